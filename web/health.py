"""Is the hall well at this moment: the lights of the status page.

A light says a word and a figure that counts nothing the law hides: rows that are held for a
closing are never counted here.

Source: `people.md` 7.
"""

from datetime import datetime, timedelta

from bidding import opening
from notary import published, sequencer
from notary.hall import Hall
from notary.vault import Vault
from sql.database import Database
from web.views_house import Reading, Vital

LATE = timedelta(seconds=10)
"""What the clerk and the sequencer do each second is late after this."""

_NO_FILE = "0" * 64


async def readings(database: Database, hall: Hall, vault: Vault) -> tuple[Reading, ...]:
    """Return a light for each part of the hall; raises what a database that is away raises."""
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        newest = await published.newest(tx)
        oldest = await sequencer.oldest_free(tx)
        late = await opening.not_closing(tx, now - LATE)
    size = 0 if newest is None else newest.size
    return (
        Reading(Vital.DATABASE, well=True, fact=""),
        Reading(Vital.VAULT, well=await vault.size(_NO_FILE) is None, fact=""),
        Reading(Vital.CLERK, well=not late, fact=str(len(late)) if late else ""),
        Reading(Vital.SEQUENCER, well=_is_recent(oldest, now), fact=""),
        Reading(Vital.CHECKPOINT, well=newest is not None, fact=str(size)),
    )


def _is_recent(oldest: datetime | None, now: datetime) -> bool:
    return oldest is None or now - oldest < LATE
