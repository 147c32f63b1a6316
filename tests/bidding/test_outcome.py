import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from bidding import outcome
from bidding.sealed import seal
from bidding.sealed.lists import read_list
from bidding.sealed.statements import LIST_LIMIT, Opening, Release, Result, SealedItem, ShareItem
from bidding.types import Code, EnvelopeId, Finding, Party, Verdict
from bidding.verdict import Asked, Given, Sealed, judge
from notary import shape
from tests.bidding.golden import golden, manifest, part, policy, revisions
from trading.notice import box_of
from trading.types import Box, Stage

SECOND = EnvelopeId("37ac483d574c98288638cece5138eaa153ee5a9da2927bceb213c8d034797a99")
S = bytes(range(32, 64))


def golden_opening() -> Opening:
    return shape.load(Opening, golden()["opening"]["json"].encode(), limit=LIST_LIMIT)


def golden_release(n: int) -> Release:
    return shape.load(Release, golden()["releases"][n]["json"].encode(), limit=LIST_LIMIT)


def terms() -> Box:
    found = box_of(revisions()[-1].notice, "1", "price")
    assert found is not None
    return found


def golden_asked() -> Asked:
    data = golden()["list_revised"]
    return Asked(
        bids=read_list(data["json"].encode()),
        list_sha256=data["sha256"],
        entry=65,
        open_at=terms().open_at,
        release_by=terms().release_by,
        owner_by=terms().owner_by,
    )


def golden_sealed() -> Sealed:
    return Sealed(
        envelope=SECOND,
        manifest=manifest("second"),
        policy=policy(),
        terms=terms(),
        parts={0: part("second", 0), 1: part("second", 1)},
    )


def given(release: Release) -> Given:
    return Given(release=release, received=release.at)


def test_the_golden_opening_follows_from_the_golden_releases() -> None:
    releases = [given(golden_release(n)) for n in range(3)]
    asked = golden_asked()
    promised = outcome.promising((), releases, asked)

    judged = judge(golden_sealed(), outcome.counting(releases, asked), promised, asked)
    codes = outcome.judge_trustees(
        [judged], releases, asked, {SECOND: policy()}, {asked.list_sha256: asked.bids}
    )

    assert outcome.opening([judged], codes, asked, policy()) == golden_opening()
    assert shape.dump(golden_opening()).decode() == golden()["opening"]["json"]


def test_a_release_is_judged_by_itself_too(subtests: pytest.Subtests) -> None:
    release, asked = golden_release(0), golden_asked()
    item = release.items[0]
    assert isinstance(item, ShareItem)
    second = timedelta(seconds=1)
    bad = {
        "in time": (given(release), set()),
        "early": (given(replace(release, at=asked.open_at - second)), {Code.REL_EARLY}),
        "late": (
            Given(release=release, received=asked.release_by + second),
            {Code.REL_LATE},
        ),
        "nothing": (given(replace(release, items=())), {Code.REL_INCOMPLETE}),
        "too much": (
            given(replace(release, items=(item, replace(item, envelope=EnvelopeId("00" * 32))))),
            set(),  # of an envelope that nobody listed: its policy is unknown, it says nothing
        ),
        "twice": (given(replace(release, items=(item, item))), {Code.REL_INCOMPLETE}),
        "another x": (given(replace(release, x=2)), {Code.REL_WRONG}),
        "sealed to a panel": (
            given(replace(release, items=(SealedItem(envelope=SECOND, sealed=b"x"),))),
            {Code.REL_INCOMPLETE},
        ),
    }
    for name, (one, expected) in bad.items():
        with subtests.test(name):
            assert outcome.judge_release(one, asked, {SECOND: policy()}) == expected


def test_row_15_a_holder_that_released_for_two_lists_is_blamed() -> None:
    asked = golden_asked()
    closing = golden()["list"]["sha256"]
    lists = {
        asked.list_sha256: asked.bids,
        closing: read_list(golden()["list"]["json"].encode()),
    }
    both = [given(golden_release(1)), given(replace(golden_release(1), list_sha256=closing))]

    codes = outcome.judge_trustees([], both, asked, {SECOND: policy()}, lists)

    assert codes["supervisor"] == {Code.REL_DOUBLE}


# V13


def stated(verdict: Verdict, code: Code, fault: Party) -> Opening:
    result = Result(envelope=SECOND, verdict=verdict, code=code, fault=fault, secret=None)
    return replace(golden_opening(), results=(result,))


def accepted(said: Opening, found: Opening, unseen: set[EnvelopeId]) -> bool:
    try:
        outcome.require_opening(said, found, unseen)
    except Finding as finding:
        return (finding.code, finding.fault) != (Code.VERDICT, Party.HALL)
    return True


def test_v13_takes_the_halls_word_on_unseen_parts_alone() -> None:
    words = [
        stated(Verdict.UNOPENED, Code.PART_LOST, Party.HALL),
        stated(Verdict.IMPROPER, Code.PROFILE, Party.BIDDER),
        stated(Verdict.IMPROPER, Code.SIZE, Party.BIDDER),
        stated(Verdict.IMPROPER, Code.FILE, Party.BIDDER),
    ]
    lies = [
        stated(Verdict.IMPROPER, Code.PART_LOST, Party.BIDDER),
        stated(Verdict.IMPROPER, Code.PROFILE, Party.HALL),
        stated(Verdict.IMPROPER, Code.INDEX, Party.BIDDER),
        stated(Verdict.UNOPENED, Code.REL_QUORUM, Party.TRUSTEES),
    ]

    assert all(accepted(said, golden_opening(), {SECOND}) for said in words)
    assert not any(accepted(said, golden_opening(), set()) for said in words)
    assert not any(accepted(said, golden_opening(), {SECOND}) for said in lies)


def test_v13_lets_the_first_failure_decide() -> None:
    inconsistent = stated(Verdict.IMPROPER, Code.SEAL_INCONSISTENT, Party.BIDDER)
    unbound = stated(Verdict.IMPROPER, Code.BIND, Party.BIDDER)
    lost = stated(Verdict.UNOPENED, Code.PART_LOST, Party.HALL)
    file = stated(Verdict.IMPROPER, Code.FILE, Party.BIDDER)

    assert accepted(lost, inconsistent, {SECOND})  # V6 comes before V11
    assert not accepted(lost, unbound, {SECOND})  # V3 before V6
    assert not accepted(file, inconsistent, {SECOND})  # V11 before V12


# `restricted`


def restricted_sealed() -> Sealed:
    core = replace(manifest("second").core, stage=Stage.RESTRICTED)
    pinned = replace(policy(), stage=Stage.RESTRICTED)
    sealed = replace(manifest("second"), core=core, shares=seal.deal(core, pinned, S))
    return replace(golden_sealed(), manifest=sealed, policy=pinned)


def test_a_restricted_box_is_judged_up_to_its_shares() -> None:
    sealed, asked = restricted_sealed(), golden_asked()

    good = judge(sealed, [], set(), asked)
    lost = judge(replace(sealed, parts={0: None}), [], set(), asked)
    broken = judge(replace(sealed, manifest=replace(sealed.manifest, shares=())), [], set(), asked)

    assert (good.result.verdict, good.result.secret) == (Verdict.OPENED, None)
    assert (lost.result.code, lost.result.fault) == (Code.PART_LOST, Party.HALL)
    assert (broken.result.code, broken.result.fault) == (Code.SHARES, Party.BIDDER)


def test_a_restricted_release_gives_sealed_shares() -> None:
    asked = golden_asked()
    release = replace(golden_release(0), stage=Stage.RESTRICTED)
    sealed = replace(release, items=(SealedItem(envelope=SECOND, sealed=b"age"),))

    assert outcome.judge_release(given(sealed), asked, {SECOND: policy()}) == set()
    shown = outcome.judge_release(given(release), asked, {SECOND: policy()})
    assert shown == {Code.REL_INCOMPLETE}
    text = shape.dump(sealed)
    assert base64.b64encode(b"age") in text
    assert shape.load(Release, text) == sealed


def test_v13_takes_the_panels_word_after_the_shares() -> None:
    unsaid = replace(golden_opening().results[0], secret=None)
    found = replace(golden_opening(), stage=Stage.RESTRICTED, results=(unsaid,))

    def said(code: Code) -> Opening:
        return replace(stated(Verdict.IMPROPER, code, Party.BIDDER), stage=Stage.RESTRICTED)

    assert accepted(found, found, set())
    assert accepted(said(Code.INDEX), found, set())
    assert not accepted(said(Code.SHARES), found, set())
    assert not accepted(replace(found, results=golden_opening().results), found, set())
