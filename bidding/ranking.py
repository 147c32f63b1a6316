"""The award of a lot by the lowest price: how it is reckoned, and whether one is right (V14).

Pure. The agency's server reckons and every verifier reckons again.

Source: `sealing.md` 3, award and limits; 9, V14.
"""

from collections.abc import Collection, Iterable, Mapping

from bidding.sealed.statements import Award, OpenedLimit, Ranked, Rejected, Void
from bidding.types import Code, EnvelopeId, Finding, Party
from notary.canonical import sha256_hex
from notary.shape import Fen
from trading.types import Limit, Lot, Stage

PRICE = "price_fen"
"""The field of the form that holds the price (`sealing.md` 3, notice)."""

ABOVE_CEILING = "price.above_ceiling"
BELOW_MINIMUM = "price.below_minimum"
_OF_PRICES = {ABOVE_CEILING, BELOW_MINIMUM}


def priced(lot: Lot) -> Stage | None:
    """Return the stage whose form asks for the price, None where the lot has none."""
    asking = (one.stage for one in lot.boxes if PRICE in {field.name for field in one.form})
    return next(asking, None)


def limit_commitment(name: str, salt: bytes, fen: Fen) -> str:
    """Return what a notice binds a secret limit by, in hex; `salt` has 32 bytes."""
    label = b"hall-tender/v1/limit\x00" + name.encode("ascii") + b"\x00"
    return sha256_hex(label + salt + fen.to_bytes(8, "big"))


def forced_ground(price: Fen, lot: Lot, limits: Iterable[OpenedLimit]) -> str | None:
    """Return the ground on which a price must be rejected, if it is outside the lot's bounds."""
    opened = {limit.name: limit.fen for limit in limits}
    ceilings = [fen for fen in (lot.ceiling_fen, opened.get("ceiling")) if fen is not None]
    if any(price > ceiling for ceiling in ceilings):
        return ABOVE_CEILING
    if price < opened.get("minimum", 0):
        return BELOW_MINIMUM
    return None


def ranking(
    prices: Mapping[EnvelopeId, Fen], rejected: Collection[EnvelopeId]
) -> tuple[Ranked, ...]:
    """Return the opened envelopes that are not rejected, by price, then id."""
    left = sorted(
        (price, envelope) for envelope, price in prices.items() if envelope not in rejected
    )
    return tuple(
        Ranked(envelope=envelope, price_fen=price, rank=1 + sum(other < price for other, _ in left))
        for price, envelope in left
    )


def tied(ranked: Collection[Ranked]) -> bool:
    """Tell whether several have the lowest price."""
    return sum(one.rank == 1 for one in ranked) > 1


def winner(ranked: Collection[Ranked], void: Void | None) -> EnvelopeId | None:
    """Return the one of rank 1; nobody wins a tie or a void award."""
    if void is not None or tied(ranked):
        return None
    return next((one.envelope for one in ranked if one.rank == 1), None)


def require_award(
    award: Award,
    prices: Mapping[EnvelopeId, Fen],
    lot: Lot,
    earlier: Collection[EnvelopeId] = (),
) -> None:
    """Refuse an award that does not follow from the prices, the bounds and its own rejections.

    `prices`: of every opened envelope of the box with the price. `earlier`: envelopes that may have
    been rejected before these were opened, at an earlier stage or shut.
    """
    rejected = {one.envelope: one for one in award.rejected}
    if len(rejected) != len(award.rejected) or not rejected.keys() <= {*prices, *earlier}:
        raise _bad("rejections are of opened envelopes, each once")
    if any(rejected[one].ground in _OF_PRICES for one in rejected.keys() - prices.keys()):
        raise _bad("a price that nobody saw is beyond no limit")
    for envelope, price in prices.items():
        _require_bounds(rejected.get(envelope), forced_ground(price, lot, award.limits))
    if award.ranking != ranking(prices, rejected):
        raise _bad("the ranking is not that of the prices")
    if award.tied is not tied(award.ranking):
        raise _bad("a tie is several of the lowest price")
    if not award.ranking and award.void is None:
        raise _bad("an award that nobody is left for says why it is void")
    if award.winner != winner(award.ranking, award.void):
        raise _bad("the winner is not the one of the lowest price")


def _require_bounds(rejected: Rejected | None, forced: str | None) -> None:
    if forced is not None and rejected is None:
        raise _bad(f"a price that must be rejected: {forced}")
    if rejected is not None:
        require_ground(rejected.ground, forced)


def require_ground(ground: str, forced: str | None) -> None:
    """Refuse to reject a price as beyond a limit that it is not beyond."""
    if ground in _OF_PRICES and ground != forced:
        raise _bad(f"rejected as {ground}, which it is not")


def require_limits(
    limits: Collection[OpenedLimit], bound: Collection[Limit], opened: Collection[OpenedLimit]
) -> None:
    """Refuse limits that are not those of the notice, opened before the prices were.

    `bound`: the notice's commitments. `opened`: what the ledger shows as opened in time.
    """
    commits = {limit.name: limit.commit for limit in bound}
    for limit in limits:
        if commits.get(limit.name) != limit_commitment(limit.name, limit.salt, limit.fen):
            raise _bad(f"the limit {limit.name} is not the one of the notice")
    if sorted(limits, key=_name) != sorted(opened, key=_name):
        raise _bad("limits are not those opened in time")


def _name(limit: OpenedLimit) -> str:
    return limit.name


def _bad(detail: str) -> Finding:
    return Finding(Code.AWARD, Party.AGENCY, detail)
