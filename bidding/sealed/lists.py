"""Which envelopes count: lists, how one may follow another, and the order of a box's entries.

Pure.

Source: `sealing.md` 3, list and limits; 8.2, 8.3; ledger kinds.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from bidding.sealed.statements import LIST_LIMIT, BidList, KeptShut, Listed
from bidding.types import Code, EnvelopeId, Finding, Party
from notary.shape import load

# Plain entries of a box: what may come after what, by the last word of the kind.
_AFTER_CLOSING = {"list-revised", "opening-postponed", "box-finished"}
_FOLLOWS: dict[str | None, set[str]] = {
    None: {"box-closed"},
    "box-closed": {"box-reopened", "box-not-opened", *_AFTER_CLOSING},
    "box-reopened": {"box-closed"},
    "list-revised": _AFTER_CLOSING,
    "opening-postponed": _AFTER_CLOSING,
    "box-not-opened": set(),
    "box-finished": set(),
}

PLAIN_KINDS = frozenset(name for name in _FOLLOWS if name is not None)
"""The plain entries of a box, without `bidding.` and version."""


def require_order(kinds: Iterable[str]) -> None:
    """Refuse plain entries of one box, in the order of the log, that tell no life of a box."""
    last = None
    for kind in kinds:
        if kind not in _FOLLOWS[last]:
            raise _bad(f"{kind} after {last or 'nothing'}")
        last = kind


def read_list(data: bytes) -> BidList:
    """Read a list and check it against itself, or raise E-LIST."""
    try:
        bids = load(BidList, data, limit=LIST_LIMIT)
    except ValueError as error:
        raise _bad(str(error)) from error
    _require_ascending(bids.envelopes)
    _require_ascending(bids.kept_shut)
    if bids.from_ is None and bids.kept_shut:
        raise _bad("a closing list keeps nothing shut")
    return bids


def require_revised(revised: BidList, closing: BidList, closing_sha256: str) -> None:
    """Refuse a revised list that does more than keep envelopes of the closing list shut."""
    kept = [
        Listed(envelope=one.envelope, index=one.index, complete=one.complete)
        for one in revised.kept_shut
    ]
    envelopes = sorted([*revised.envelopes, *kept], key=_by_id)
    undone = replace(revised, from_=None, kept_shut=(), envelopes=tuple(envelopes))
    if revised.from_ != closing_sha256 or undone != closing:
        raise _bad("a revised list differs from its closing list in more than what it keeps shut")


def may_follow(second: BidList, first: BidList) -> bool:
    """Tell whether a trustee that released for `first` may release for `second` too (8.3)."""
    if second == first:
        return True
    same_closing = first.from_ is not None and first.from_ == second.from_
    return same_closing and envelopes_of(first) <= envelopes_of(second)


def envelopes_of(bids: BidList) -> set[EnvelopeId]:
    """Return the ids of the envelopes that count."""
    return {one.envelope for one in bids.envelopes}


def excluding(lists: Sequence[BidList]) -> bool:
    """Tell whether one key, releasing for these lists in this order, did what 8.3 forbids."""
    return not all(
        may_follow(second, first) for n, first in enumerate(lists) for second in lists[n + 1 :]
    )


def _require_ascending(envelopes: Collection[Listed] | Collection[KeptShut]) -> None:
    ids = [one.envelope for one in envelopes]
    if ids != sorted(set(ids)):
        raise _bad("envelopes are not in ascending order, each once")


def _by_id(listed: Listed) -> EnvelopeId:
    return listed.envelope


def _bad(detail: str) -> Finding:
    return Finding(Code.LIST, Party.HALL, detail)
