"""An opened lot: what its agency rejects and awards from.

The box with the price is the one whose form asks for it; what was rejected at an earlier stage of
the lot is here too.

Source: `bid-seal/v1` section 3, award.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bidding import ranking, rules
from bidding.facts import (
    Awarded,
    BoxFacts,
    BoxKey,
    Envelope,
    LimitOpened,
    Rejection,
    Result,
    Voiding,
)
from bidding.sealed.statements import OpenedLimit
from bidding.store import awards, boxes, envelopes, limits, results
from bidding.types import EnvelopeId, Verdict
from notary.shape import Fen
from sql.database import Tx
from trading import lawbook
from trading import notice as notices
from trading import service as trading
from trading.rules.approval import TenderUnknown
from trading.rules.sets import RuleSet
from trading.types import Lot, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A lot whose box with the price is finished. `rejections`: those in force, of all stages.

    `law`: the rule set that the notice pins.
    """

    notice: Notice
    law: RuleSet
    lot: Lot
    box: BoxFacts
    results: list[Result]
    envelopes: Mapping[str, Envelope]
    rejections: list[Rejection]
    opened_limits: Mapping[str, LimitOpened]
    voiding: Voiding | None
    awards: list[Awarded]

    @property
    def prices(self) -> dict[EnvelopeId, Fen]:
        """The price of every opened envelope: what is ranked unless it is rejected."""
        return {
            EnvelopeId(one.envelope_id): one.price_fen
            for one in self.results
            if one.price_fen is not None and one.verdict == Verdict.OPENED
        }

    @property
    def limits(self) -> tuple[OpenedLimit, ...]:
        """The secret limits that were opened in time, in the order of the notice."""
        found = [self.opened_limits.get(limit.name) for limit in self.lot.limits]
        return tuple(
            OpenedLimit(name=bound.name, fen=one.fen, salt=bytes.fromhex(one.salt))
            for bound, one in zip(self.lot.limits, found, strict=True)
            if one is not None and one.fen is not None and one.salt is not None
        )

    @property
    def earlier(self) -> frozenset[EnvelopeId]:
        """Envelopes that were rejected before the prices were opened."""
        rejected = {EnvelopeId(one.envelope_id) for one in self.rejections}
        return frozenset(rejected - self.prices.keys())


async def terms_of(tx: Tx, tender: str, lot: str, org: str) -> tuple[Notice, Lot]:
    """Return the notice in force and the lot, for its agency.

    Raises TenderUnknown for what is not published or another's, BoxUnknown.
    """
    revisions = await trading.revisions(tx, tender)
    if not revisions or org != revisions[-1].notice.agency:
        raise TenderUnknown(tender=tender)
    terms = notices.lot_of(revisions[-1].notice, lot)
    if terms is None:
        raise rules.BoxUnknown(tender=tender, lot=lot)
    return revisions[-1].notice, terms


async def opened_lot(tx: Tx, tender: str, lot: str, org: str) -> Opened:
    """Gather a lot for its agency. Raises TenderUnknown, BoxUnknown, LotNotOpened."""
    notice, terms = await terms_of(tx, tender, lot, org)
    stage = ranking.priced(terms)
    box = None if stage is None else await boxes.box(tx, BoxKey(tender, lot, stage))
    if box is None or box.finished_at is None:
        raise rules.LotNotOpened(tender=tender, lot=lot)
    rejections = await results.rejections_of(tx, tender, lot)
    return Opened(
        notice=notice,
        law=await lawbook.pinned(tx, notice.rules),
        lot=terms,
        box=box,
        results=await results.results_of(tx, box.key),
        envelopes={one.envelope_id: one for one in await envelopes.envelopes_in(tx, box.key)},
        rejections=[one for one in rejections if one.overturned_at is None],
        opened_limits=await limits.opened_of(tx, tender, lot),
        voiding=await awards.voiding_of(tx, tender, lot),
        awards=await awards.awards_of(tx, tender, lot),
    )
