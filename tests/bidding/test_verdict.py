import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from bidding import outcome
from bidding.sealed import seal
from bidding.sealed.objects import Manifest, Policy, ShareEntry
from bidding.sealed.policy import require_policy
from bidding.sealed.statements import (
    BidList,
    Checkpoint,
    ComplaintItem,
    Item,
    Listed,
    Release,
    ShareItem,
)
from bidding.types import Complaint
from bidding.verdict import Asked, Given, Judged, Sealed, Shown, judge
from notary import shape
from notary.canonical import dumps
from notary.instant import parse_seconds, seconds
from tests.bidding.golden import Facts, bid, cases, golden, manifest, part, policy, revisions
from trading.notice import box_of

SHARES_ASKED = 65
LIST_SHA256 = "ab" * 32


def case_policy(case: Facts) -> Policy:
    if "policy" in case:
        return shape.read(Policy, case["policy"])
    return policy("policy_bidder" if case["bid"] == "solo" else "policy")


def case_manifest(case: Facts, pinned: Policy) -> Manifest:
    golden_one = manifest(case["bid"])
    core = shape.write(golden_one.core)
    assert isinstance(core, dict)
    changed = seal.read_manifest(
        dumps({"v": "bid-seal/v1", "core": core | case.get("core_change", {}), "shares": []})
    ).core
    if case.get("shares") == "dealt":
        shares = seal.deal(changed, pinned, bytes.fromhex(bid(case["bid"])["S"]))
    else:
        given = case.get("shares", ["golden"] * len(golden_one.shares))
        shares = tuple(
            golden_one.shares[n] if entry == "golden" else shape.read(ShareEntry, entry)
            for n, entry in enumerate(given)
        )
    return Manifest(core=changed, shares=shares)


def case_parts(case: Facts) -> dict[int, bytes | None]:
    name = case["bid"]
    given = case.get("parts", ["golden"] * len(bid(name)["parts"]))
    parts: dict[int, bytes | None] = {}
    for n, one in enumerate(given):
        if one == "golden":
            parts[n] = part(name, n)
        elif one != "not in this record":
            parts[n] = None if one is None else base64.b64decode(one)
    return parts


def case_asked(sealed: Sealed) -> Asked:
    box, notice = sealed.manifest.core.box, revisions()[-1]
    terms = box_of(notice.notice, box.lot, box.stage)
    assert terms is not None
    return Asked(
        bids=BidList(
            origin=box.origin,
            tender=box.tender,
            lot=box.lot,
            stage=sealed.manifest.core.stage,
            notice_sha256=notice.notice_sha256,
            deadline=terms.deadline,
            from_=None,
            crls_sha256=None,
            envelopes=(Listed(envelope=sealed.envelope, index=43, complete=44),),
            kept_shut=(),
        ),
        list_sha256=LIST_SHA256,
        entry=SHARES_ASKED,
        open_at=terms.open_at,
        release_by=terms.release_by,
        owner_by=terms.owner_by,
    )


def case_given(text: Facts, sealed: Sealed, asked: Asked) -> Given:
    group = next(one for one in sealed.policy.groups if one.id == text["group"])
    members = [one["member"] for one in golden()["trustees"] if one["group"] == group.id]
    at = parse_seconds(text["at"]) if "at" in text else asked.open_at + timedelta(seconds=10)
    items: tuple[Item, ...] = ()
    if "share" in text:
        items = (ShareItem(envelope=sealed.envelope, share=bytes.fromhex(text["share"])),)
    if "complaint" in text:
        items = (ComplaintItem(envelope=sealed.envelope, complaint=Complaint(text["complaint"])),)
    member = members.index(text["member"]) if "member" in text else 0
    box = asked.bids
    release = Release(
        origin=box.origin,
        tender=box.tender,
        lot=box.lot,
        stage=box.stage,
        group=group.id,
        x=group.x,
        key_sha256=group.members[member].key_sha256,
        list_sha256=asked.list_sha256,
        checkpoint=Checkpoint(size=text.get("checkpoint_size", 66), root="00" * 32),
        at=at,
        items=items,
    )
    return Given(
        release=release,
        received=parse_seconds(text["received"]) if "received" in text else at,
    )


def judged(case: Facts) -> tuple[Judged, dict[str, list[str]]]:
    pinned = case_policy(case)
    require_policy(pinned)
    terms = box_of(revisions()[-1].notice, pinned.lot, pinned.stage)
    assert terms is not None
    sealed_manifest = case_manifest(case, pinned)
    envelope = seal.envelope_id(shape.dump(sealed_manifest))
    sealed = Sealed(
        envelope=envelope,
        manifest=sealed_manifest,
        policy=pinned,
        terms=terms,
        parts=case_parts(case),
    )
    asked = case_asked(sealed)
    shown = [
        Shown(
            secret=bytes.fromhex(one["secret"]),
            at=parse_seconds(one.get("at", seconds(asked.open_at + timedelta(seconds=10)))),
        )
        for one in case.get("owner", [])
    ]
    sealed = replace(sealed, shown=shown)
    # A signature that is not the pinned holder's makes no Given: such a release is dropped.
    good = [one for one in case["releases"] if one.get("signature") != "bad"]
    releases = [case_given(one, sealed, asked) for one in good]
    promised = outcome.promising((), releases, asked) | set(case.get("promised", []))
    verdict = judge(sealed, outcome.counting(releases, asked), promised, asked)
    codes = outcome.judge_trustees(
        [verdict], releases, asked, {envelope: pinned}, {LIST_SHA256: asked.bids}
    )
    return verdict, {group: sorted(found) for group, found in codes.items() if found}


def case(name: str) -> Facts:
    found: Facts = next(one for one in cases()["cases"] if one["name"] == name)
    return found


def outcome_of(name: str) -> tuple[str, str | None, str | None, dict[str, list[str]]]:
    verdict, trustees = judged(case(name))
    return verdict.result.verdict, verdict.result.code, verdict.result.fault, trustees


def test_every_case_has_its_verdict_code_and_fault(subtests: pytest.Subtests) -> None:
    for case in cases()["cases"]:
        with subtests.test(case["name"]):
            verdict, trustees = judged(case)

            result, expected = verdict.result, case["expect"]
            assert (result.verdict, result.code, result.fault) == (
                expected["verdict"],
                expected["code"],
                expected["fault"],
            )
            assert trustees == expected["trustees"]
            assert list(verdict.owner) == expected.get("owner", [])
            assert (result.secret is not None) is (result.verdict == "opened")


# The attacks of `sealing.md` 10, by row. The names are those of the cases.


def test_row_1_a_bad_dealing_has_one_verdict_whichever_quorum_opens_it() -> None:
    pairs = ["agency+supervisor", "agency+notary", "supervisor+notary"]
    nobody: dict[str, list[str]] = {}
    bad = ("improper", "E-SEAL-INCONSISTENT", "bidder", nobody)

    assert [outcome_of(f"inconsistent third share, {pair}") for pair in pairs] == [bad] * 3
    assert [outcome_of(f"clamped twin, {pair}") for pair in pairs[:2]] == [bad] * 2
    assert outcome_of("garbage envelope") == bad


def test_row_2_garbage_to_one_and_a_silent_friend_are_no_free_exit() -> None:
    shut = outcome_of("garbage to one, a friend silent")

    assert shut == ("unopened", "E-SEAL-UNCURED", "bidder", {"notary": ["E-REL-MISSING"]})


def test_row_3_a_copied_bid_stays_shut_to_its_copier() -> None:
    assert outcome_of("copied envelopes") == ("unopened", "E-SEAL-UNCURED", "bidder", {})
    planted = outcome_of("one planted envelope")
    assert planted == ("improper", "E-SEAL-INCONSISTENT", "bidder", {})


def test_row_4_k_trustees_open_without_the_bidder() -> None:
    assert outcome_of("honest") == ("opened", None, None, {})
    assert outcome_of("mode bidder, no S") == ("unopened", "E-SEAL-UNCURED", "bidder", {})


def test_row_5_a_part_that_two_keys_open_is_improper() -> None:
    assert outcome_of("part with two recipients") == ("improper", "E-PROFILE", "bidder", {})
    assert outcome_of("size in the core is not the file's") == ("improper", "E-SIZE", "bidder", {})


def test_row_7_what_one_trustee_does_wrong_costs_no_bid() -> None:
    opened = ("opened", None, None)

    assert outcome_of("wrong share released") == (*opened, {"agency": ["E-REL-WRONG"]})
    false = {"supervisor": ["E-REL-FALSE-COMPLAINT"]}
    assert outcome_of("false complaint") == (*opened, false)
    assert outcome_of("false complaint, one silent, S given") == (*opened, false)
    assert outcome_of("incomplete release") == (*opened, {"supervisor": ["E-REL-INCOMPLETE"]})
    assert outcome_of("one release, owner helps") == (*opened, {})


def test_row_8_a_release_before_its_time_incriminates_its_signer() -> None:
    early = ("opened", None, None, {"agency": ["E-REL-EARLY"]})

    assert outcome_of("early release") == early
    assert outcome_of("release before shares were asked for") == early


def test_row_10_wrong_secrets_and_forged_releases_are_nobodys_fault() -> None:
    verdict, trustees = judged(case("twin first, then S"))

    assert (verdict.owner, verdict.result.verdict) == (("E-OWNER", "counts"), "opened")
    assert trustees == {}
    assert outcome_of("forged release") == ("opened", None, None, {})
    silent = {"supervisor": ["E-REL-MISSING"], "notary": ["E-REL-MISSING"]}
    lost = ("unopened", "E-REL-QUORUM", "trustees", silent)
    assert outcome_of("one release, 32 random bytes as S") == lost


def test_row_16_a_part_that_the_hall_lost_is_the_halls_fault() -> None:
    nobody: dict[str, list[str]] = {}
    lost = ("unopened", "E-PART-LOST", "hall", nobody)

    assert outcome_of("part lost") == lost
    assert outcome_of("part changed in the vault") == lost


def test_row_17_promises_of_k_groups_show_that_shares_were_to_come() -> None:
    silent = ("unopened", "E-REL-QUORUM", "trustees")
    both = {"supervisor": ["E-REL-MISSING"], "notary": ["E-REL-MISSING"]}

    assert outcome_of("promised, not released") == (*silent, both)
    assert outcome_of("promises stop short of k") == (*silent, both)
    nobody = outcome_of("nobody releases")
    assert nobody == (*silent, {"agency": ["E-REL-MISSING"], **both})


def test_the_order_in_which_releases_come_changes_nothing() -> None:
    for one in cases()["cases"]:
        backwards = {**one, "releases": one["releases"][::-1]}

        assert judged(backwards) == judged(one), one["name"]
