"""What came out of a box: what its releases are worth, and the opening that follows (V8, V13).

Pure.

Source: `sealing.md` 3, opening; 8.3 to 8.6; 9.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from bidding.sealed.lists import excluding
from bidding.sealed.objects import Policy
from bidding.sealed.policy import find_group
from bidding.sealed.statements import (
    BidList,
    Item,
    Opening,
    Promise,
    Release,
    Result,
    SealedItem,
    ShareItem,
    TrusteeResult,
)
from bidding.types import Code, EnvelopeId, Finding, Party, Verdict
from bidding.verdict import Asked, Given, Judged
from trading.types import Stage

_BEFORE_PARTS = {Code.JSON, Code.CERT, Code.BIND, Code.POLICY, Code.LIST, Code.LOG}
"""What V1 to V4 find: it decides before the parts do."""

_AFTER_SHARES = {
    Code.REL_QUORUM,
    Code.SEAL_INCONSISTENT,
    Code.SEAL_UNCURED,
    Code.PAYLOAD,
    Code.INDEX,
    Code.FILE,
}
"""What V9 to V12 find."""


def counting(releases: Iterable[Given], asked: Asked) -> list[Given]:
    """Return the releases that answer this list and came by owner_by: the others do not count."""
    return [
        given
        for given in releases
        if given.release.list_sha256 == asked.list_sha256 and given.received <= asked.owner_by
    ]


def judge_release(given: Given, asked: Asked, policies: Mapping[EnvelopeId, Policy]) -> set[Code]:
    """Return what is wrong with a release that counts, its shares aside (V8).

    `policies`: of each listed envelope whose manifest could be read.
    """
    release, codes = given.release, set()
    if release.at < asked.open_at or release.checkpoint.size <= asked.entry:
        codes.add(Code.REL_EARLY)
    if given.received > asked.release_by:
        codes.add(Code.REL_LATE)
    groups = {
        one.envelope: find_group(policies[one.envelope], release.key_sha256)
        for one in asked.bids.envelopes
        if one.envelope in policies
    }
    wanted = [envelope for envelope, group in groups.items() if group is not None]
    # An envelope that nobody can read names no policy: its item may be there or not.
    given_for = [item.envelope for item in _fitting(release) if item.envelope in groups]
    if given_for != wanted:
        codes.add(Code.REL_INCOMPLETE)
    if any(
        group and (group.id, group.x) != (release.group, release.x) for group in groups.values()
    ):
        codes.add(Code.REL_WRONG)
    return codes


def _fitting(release: Release) -> list[Item]:
    """Return the items that their box may have: shares, or in a restricted one sealed shares."""
    unfit = ShareItem if release.stage == Stage.RESTRICTED else SealedItem
    return [item for item in release.items if not isinstance(item, unfit)]


def promising(promises: Iterable[Promise], releases: Iterable[Given], asked: Asked) -> set[str]:
    """Return the groups that promised to release for this list, or did.

    `promises`: under the signature of the pinned holder.
    """
    promised = {one.group for one in promises if one.list_sha256 == asked.list_sha256}
    return promised | {given.release.group for given in counting(releases, asked)}


def judge_trustees(
    judged: Iterable[Judged],
    releases: Sequence[Given],
    asked: Asked,
    policies: Mapping[EnvelopeId, Policy],
    lists: Mapping[str, BidList],
) -> dict[str, set[Code]]:
    """Return the codes of each group over all envelopes of a box.

    `releases`: all that the pinned holders signed for this box, in time or not. `lists`: those of
    the box by hash; a release for a list that nobody has says nothing.
    """
    codes: dict[str, set[Code]] = {}
    for one in judged:
        for group, found in one.codes.items():
            codes.setdefault(group, set()).update(found)
    for given in counting(releases, asked):
        codes.setdefault(given.release.group, set()).update(judge_release(given, asked, policies))
    for group in _released_twice(releases, lists):
        codes.setdefault(group, set()).add(Code.REL_DOUBLE)
    return codes


def _released_twice(releases: Iterable[Given], lists: Mapping[str, BidList]) -> set[str]:
    """Return the groups with a key that released for two lists that exclude each other."""
    of_key: dict[tuple[str, str], list[BidList]] = {}
    for given in sorted(releases, key=lambda given: given.release.at):
        release = given.release
        if release.list_sha256 in lists:
            of_key.setdefault((release.group, release.key_sha256), []).append(
                lists[release.list_sha256]
            )
    return {group for (group, _), signed in of_key.items() if excluding(signed)}


def opening(
    judged: Sequence[Judged], codes: Mapping[str, Collection[Code]], asked: Asked, policy: Policy
) -> Opening:
    """Return the opening that follows from the verdicts, which are in the order of the list."""
    box = asked.bids.box
    return Opening(
        origin=box.origin,
        tender=box.tender,
        lot=box.lot,
        stage=asked.bids.stage,
        list_sha256=asked.list_sha256,
        results=tuple(one.result for one in judged),
        trustees=tuple(
            TrusteeResult(group=group.id, codes=tuple(sorted(set(codes.get(group.id, ())))))
            for group in policy.groups
        ),
    )


def require_opening(stated: Opening, found: Opening, unseen: Collection[EnvelopeId]) -> None:
    """Refuse an opening that says anything but what follows from the record (V13).

    `unseen`: envelopes with parts that are not in this record; on these the hall's word stands
    that a part was bad, and on nothing else. In a `restricted` box the panel's word stands on
    whatever only an opened share can show.
    """
    if (stated.box, stated.list_sha256, len(stated.results)) != (
        found.box,
        found.list_sha256,
        len(found.results),
    ):
        raise _bad("the opening of another box or list")
    for said, seen in zip(stated.results, found.results, strict=True):
        if said == seen or (said.envelope in unseen and _part_was_bad(said, seen)):
            continue
        if found.stage != Stage.RESTRICTED or not _panel_may_say(said, seen):
            raise _bad(f"envelope {seen.envelope} is {seen.verdict}, {seen.code}")
    if found.stage != Stage.RESTRICTED and stated.trustees != found.trustees:
        raise _bad("codes of trustees are not those that follow from their releases")


def _part_was_bad(said: Result, seen: Result) -> bool:
    """Tell whether what is said rests on parts 1 … m alone, and comes before what is seen."""
    match said.code:
        case Code.PART_LOST:
            stated = (Verdict.UNOPENED, Party.HALL)
            first = seen.code not in _BEFORE_PARTS
        case Code.PROFILE | Code.SIZE:
            stated = (Verdict.IMPROPER, Party.BIDDER)
            first = seen.code not in _BEFORE_PARTS
        case Code.FILE:
            stated = (Verdict.IMPROPER, Party.BIDDER)
            first = seen.code is None
        case _:
            return False
    return first and (said.verdict, said.fault, said.secret) == (*stated, None)


def _panel_may_say(said: Result, seen: Result) -> bool:
    """Tell whether a result rests on shares that only the panel has opened."""
    return seen.verdict is Verdict.OPENED and said.secret is None and said.code in _AFTER_SHARES


def _bad(detail: str) -> Finding:
    return Finding(Code.VERDICT, Party.HALL, detail)
