"""Is the hall well at this moment: the lights of the status page.

A light says a word and a figure that counts nothing the law hides: rows that are held for a
closing are never counted here.

Source: `people.md` 7.
"""

from datetime import datetime, timedelta

from bidding import opening, outages
from notary import heartbeat, published, sequencer
from notary.hall import Hall
from notary.vault import Vault
from sql.database import Database
from web.views.house import Reading, Vital

LATE = timedelta(seconds=10)
"""What the clerk and the sequencer do each second is late after this."""

_NO_FILE = "0" * 64


async def readings(database: Database, hall: Hall, vault: Vault) -> tuple[Reading, ...]:
    """Return a light for each part of the hall; raises what a database that is away raises."""
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        newest = await published.newest(tx)
        oldest = await sequencer.oldest_free(tx)
        beats = await heartbeat.last_beats(tx)
        gaps = await outages.unjudged(tx, now)
        late = set(await opening.not_closing(tx, now - LATE)) - gaps.keys()
    silent = None if not beats else now - min(beats.values())
    size = 0 if newest is None else newest.size
    return (
        Reading(Vital.DATABASE, well=True, fact=""),
        Reading(Vital.VAULT, well=await _answers(vault), fact=""),
        Reading(Vital.CLERK, well=not late, fact=str(len(late)) if late else ""),
        Reading(Vital.SEQUENCER, well=_is_recent(oldest, now), fact=""),
        Reading(Vital.CHECKPOINT, well=newest is not None, fact=str(size)),
        Reading(Vital.HEART, well=silent is not None and silent < LATE, fact=_seconds(silent)),
        Reading(Vital.GAPS, well=not gaps, fact=str(len(gaps)) if gaps else ""),
    )


def _seconds(silent: timedelta | None) -> str:
    """Write how long the slowest heart has been silent; nothing where none ever beat."""
    return "" if silent is None else f"{max(silent, timedelta()) / timedelta(seconds=1):.1f} s"


async def _answers(vault: Vault) -> bool:
    try:
        return await vault.size(_NO_FILE) is None
    except OSError:  # a store that is away, a disk that fails
        return False


def _is_recent(oldest: datetime | None, now: datetime) -> bool:
    return oldest is None or now - oldest < LATE
