"""What may hold a box up beside its own row: stays, objections, gaps in the hall's heartbeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding.facts import BoxFacts, BoxKey, BoxPhase
from notary import heartbeat, pulse
from notary.pulse import Gap, Run
from sql.database import Tx
from trading import objections, staying
from trading.rules import outages, stays
from trading.rules.outages import WATCHED, Exposed, Interruption
from trading.rules.stays import Stay
from trading.types import TenderFacts

_OVER = frozenset({BoxPhase.FINISHED, BoxPhase.NOT_OPENED, BoxPhase.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The facts; what they mean follows from the clock. `runs`: none once shares are asked for.

    `suspended_since`: when the first objection to the documents was raised that has no answer.
    """

    tender: TenderFacts
    runs: Sequence[Run]
    suspended_since: datetime | None = None

    def stay(self, now: datetime) -> Stay | None:
        """Return what supervision holds up at `now`."""
        return stays.stay(self.tender, now)

    def interruption(self, box: BoxFacts, now: datetime) -> Interruption | None:
        """Return what keeps a box that is not closing from being closed at `now`."""
        if box.closing_at is not None or box.outage is None or not self.runs:
            return None
        return outages.interruption(box.outage, self.exposed(box), self.runs, now)

    def phase(self, box: BoxFacts, now: datetime, *, opened: bool = False) -> BoxPhase:
        """Return the phase of a box at `now`, with what holds it up."""
        bare = box.phase(now, opened=opened)
        if bare in _OVER:
            return bare
        if self.stay(now) is not None:
            return BoxPhase.PAUSED
        return bare if self.interruption(box, now) is None else BoxPhase.INTERRUPTED

    def missing(self, box: BoxFacts, now: datetime) -> list[Gap]:
        """Return the gaps that count for a box and that nobody has judged."""
        if box.outage is None:
            return []
        return outages.missing(box.outage, self.exposed(box), self.runs, now)

    def exposed(self, box: BoxFacts) -> Exposed:
        """Return what of a box an outage can touch."""
        assert self.tender.published_at is not None  # noqa: S101 - a box is made by a publication
        return Exposed(
            deadline=box.deadline,
            published_at=self.tender.published_at,
            judged_at=box.outage_judged_at,
        )


async def interrupted(
    tx: Tx, box: BoxFacts, tender: TenderFacts, now: datetime
) -> Interruption | None:
    """Return what interrupts a box to which a bid comes; before its last hour nothing is read."""
    if box.closing_at is not None or now < box.deadline - WATCHED:
        return None
    runs = await heartbeat.runs(tx, box.deadline - WATCHED)
    return Circumstances(tender=tender, runs=runs).interruption(box, now)


async def circumstances(tx: Tx, box: BoxFacts) -> Circumstances:
    """Read what may hold up a box."""
    return (await circumstances_of(tx, [box]))[box.key]


async def circumstances_of(tx: Tx, found: Sequence[BoxFacts]) -> dict[BoxKey, Circumstances]:
    """Read what may hold up these boxes: no more than can, and in as many queries as for one."""
    known = await staying.read_all(tx, {box.key.tender for box in found})
    unclosed = {box.key.tender for box in found if box.closing_at is None}
    since = await objections.suspended_since(tx, unclosed) if unclosed else {}
    watched = [box.deadline - WATCHED for box in found if box.asked_at is None]
    runs = await heartbeat.runs(tx, min(watched)) if watched else []
    return {
        box.key: Circumstances(
            tender=known[box.key.tender].facts,
            runs=pulse.reaching(runs, box.deadline - WATCHED) if box.asked_at is None else (),
            suspended_since=since.get(box.key.tender) if box.closing_at is None else None,
        )
        for box in found
    }
