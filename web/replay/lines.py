"""Lines of an OCDS file: what can be played again, and why not the rest. Pure.

One release is one tender. Names and ids of the source stay here, in memory: the hall hears of
`R-<n>` alone.

Source: architecture.md, "Replay".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from notary.canonical import BadJson, Foreign, load_foreign

LINE_LIMIT = 16 * 1024 * 1024
"""Bytes of one release."""

NO_CURRENCY = "XTS"
"""ISO 4217: reserved for testing; of a tender that nobody has bid for."""

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_TITLE = 1000
_MINOR_UNIT = Decimal("0.01")
_MOST_AMOUNT = Decimal(10**16) - _MINOR_UNIT
_DISQUALIFIED = "disqualified"
_ACTIVE = "active"


class Code(StrEnum):
    """Why a line is refused before anything of it is published, in the order of the checks."""

    REPEATED = "replay.repeated"
    BAD_LINE = "replay.bad_line"
    BAD_BID = "replay.bad_bid"
    MIXED_CURRENCY = "replay.mixed_currency"
    BLANK_NAME = "replay.blank_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """A bid of the source: whose, at which price, and whether the source disqualified it."""

    tenderers: frozenset[str]
    price_fen: int
    disqualified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A tender that can be played: everything that the play needs of its line."""

    ocid: str
    title: str
    currency: str
    ceiling_fen: int | None
    bids: tuple[Bid, ...]
    suppliers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A line that is not played. `ocid`: as the source has it, else the number of the line."""

    ocid: str
    code: Code


class _Bad(Exception):  # noqa: N818 - a reason on its way to RefusedLine
    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


def read_lines(lines: Iterable[bytes]) -> Iterator[Release | RefusedLine]:
    """Read every line; a blank one is none."""
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(line, number, seen)


def _read(line: bytes, number: int, seen: set[str]) -> Release | RefusedLine:
    ocid = f"line {number}"
    try:
        release = _object(_parsed(line))
        ocid = _text(release.get("ocid"))
        return _release(release, ocid) if _is_new(ocid, seen) else _repeated(ocid)
    except _Bad as bad:
        return RefusedLine(ocid=ocid, code=bad.code)


def _is_new(ocid: str, seen: set[str]) -> bool:
    known = ocid in seen
    seen.add(ocid)
    return not known


def _repeated(ocid: str) -> RefusedLine:
    return RefusedLine(ocid=ocid, code=Code.REPEATED)


def _parsed(line: bytes) -> Foreign:
    try:
        return load_foreign(line, limit=LINE_LIMIT)
    except BadJson as error:
        raise _Bad(Code.BAD_LINE) from error


def _release(release: dict[str, Foreign], ocid: str) -> Release:
    tender = _object(release.get("tender"))
    details = _objects(_object(release.get("bids", {})).get("details", []))
    suppliers = _suppliers(release)
    title = _text(tender.get("title", ocid))
    if not _NUMBER.fullmatch(ocid) or len(title) > _LONGEST_TITLE or not title.strip():
        raise _Bad(Code.BAD_LINE)
    ceiling = _value(tender.get("value"), Code.BAD_LINE) if "value" in tender else None
    values = [_value(bid.get("value"), Code.BAD_BID) for bid in details]
    named = [_tenderers(bid) for bid in details]
    currencies = {currency for _, currency in [*values, *([ceiling] if ceiling else [])]}
    if len(currencies) > 1:
        raise _Bad(Code.MIXED_CURRENCY)
    if any(not name.strip() for tenderers in named for name in tenderers.values()):
        raise _Bad(Code.BLANK_NAME)
    return Release(
        ocid=ocid,
        title=_UNPRINTABLE.sub(" ", title),
        currency=next(iter(currencies), NO_CURRENCY),
        ceiling_fen=None if ceiling is None else ceiling[0],
        bids=tuple(
            Bid(
                tenderers=frozenset(tenderers),
                price_fen=fen,
                disqualified=bid.get("status") == _DISQUALIFIED,
            )
            for bid, (fen, _), tenderers in zip(details, values, named, strict=True)
        ),
        suppliers=suppliers,
    )


def _suppliers(release: dict[str, Foreign]) -> frozenset[str]:
    """Return the ids of all suppliers of active awards."""
    return frozenset(
        _text(supplier.get("id"))
        for award in _objects(release.get("awards", []))
        if award.get("status") == _ACTIVE
        for supplier in _objects(award.get("suppliers", []))
    )


def _value(value: Foreign, code: Code) -> tuple[int, str]:
    """Return an amount in minor units and its currency."""
    match value:
        case {"amount": Decimal() as amount, "currency": str(currency)}:
            sound = 0 <= amount <= _MOST_AMOUNT and amount == amount.quantize(_MINOR_UNIT)
            if sound and _CURRENCY.fullmatch(currency):
                return int(amount.quantize(_MINOR_UNIT).scaleb(2)), currency
        case _:
            pass
    raise _Bad(code)


def _tenderers(bid: dict[str, Foreign]) -> dict[str, str]:
    """Return the names of a bid's tenderers by id; a name that is absent is blank."""
    found = {}
    for tenderer in _objects(bid.get("tenderers", [])):
        match tenderer:
            case {"id": str(identity)}:
                name = tenderer.get("name", "")
                found[identity] = name if isinstance(name, str) else ""
            case _:
                raise _Bad(Code.BAD_BID)
    if not found:
        raise _Bad(Code.BAD_BID)
    return found


def _object(value: Foreign) -> dict[str, Foreign]:
    if not isinstance(value, dict):
        raise _Bad(Code.BAD_LINE)
    return value


def _objects(value: Foreign) -> list[dict[str, Foreign]]:
    if not isinstance(value, list):
        raise _Bad(Code.BAD_LINE)
    return [_object(one) for one in value]


def _text(value: Foreign) -> str:
    if not isinstance(value, str):
        raise _Bad(Code.BAD_LINE)
    return value
