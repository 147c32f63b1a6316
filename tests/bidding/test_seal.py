import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bidding.sealed import seal
from bidding.sealed.objects import Core, Manifest, TrusteeKey, Withdrawal
from bidding.types import Box, Code, EnvelopeId, Finding, Party
from notary import age, canonical, shamir, shape
from notary.canonical import sha256_hex
from notary.instant import parse_micros
from tests.bidding.golden import (
    BIDS,
    PRICE,
    Facts,
    bid,
    cases,
    golden,
    manifest,
    outcome,
    part,
    policy,
    policy_of,
    revisions,
)

RECEIVED = parse_micros("2026-11-30T08:00:05.123456Z")


def codes(raised: pytest.ExceptionInfo[Finding]) -> tuple[Code, Party]:
    return raised.value.code, raised.value.fault


def test_labels_are_those_of_the_golden_file() -> None:
    labels = golden()["labels"].values()

    assert {label for label in labels if label.startswith("bid-seal")} == {
        f"bid-seal/v1/{use}"
        for use in ("ctx", "poly", "share-commit", "share-filekey", "share-nonce", "share-esk")
    }


@pytest.mark.parametrize("kind", ["trustees", "trustees_technical"])
def test_box_keys_follow_from_the_roots(kind: str) -> None:
    for trustee, rooted in zip(golden()[kind], golden()["trustees"], strict=True):
        key = shape.load(TrusteeKey, trustee["key"]["json"].encode())

        root = bytes.fromhex(rooted["root"])
        secret = seal.box_key(root, key.box, key.group, key.member, key.gen)

        assert age.recipient_of(secret) == trustee["recipient"] == key.recipient
        assert age.identity_of(secret) == trustee.get("identity", age.identity_of(secret))
        assert sha256_hex(trustee["key"]["json"].encode()) == trustee["key"]["sha256"]


@pytest.mark.parametrize("name", BIDS)
def test_every_byte_of_a_seal_follows_from_its_secret(name: str) -> None:
    given, core = bid(name), manifest(name).core
    secret = bytes.fromhex(given["S"])

    entries = seal.deal(core, policy_of(name), secret)

    assert shape.dump(core).decode() == given["core_jcs"]
    assert seal.context(core).hex() == given["ctx"]
    assert age.recipient_of(secret) == given["recipient"] == core.recipient
    assert age.identity_of(secret) == given["identity"]
    whole = shape.dump(Manifest(core=core, shares=entries))
    assert whole.decode() == given["seal"]["json"]
    assert seal.envelope_id(whole) == given["seal"]["envelope_id"]


@pytest.mark.parametrize("name", ["first", "second", "rival"])
def test_shares_commitments_and_envelopes_are_golden(name: str) -> None:
    given, core = bid(name), manifest(name).core
    ctx = seal.context(core)

    entries = seal.deal(core, policy(), bytes.fromhex(given["S"]))

    assert seal.polynomial(bytes.fromhex(given["S"]), ctx, 2).hex() == given["poly"]
    for entry, share in zip(entries, given["shares"], strict=True):
        assert entry.x == share["x"]
        assert (
            entry.commit == share["commit"] == seal.commitment(ctx, bytes.fromhex(share["share"]))
        )
        assert sha256_hex(base64.b64decode(entry.age)) == share["age_sha256"]


def test_larger_dealings_are_golden() -> None:
    for given in golden()["more_shamir"]:
        secret, ctx = bytes.fromhex(given["S"]), bytes.fromhex(given["ctx"])
        rows = seal.polynomial(secret, ctx, given["k"])

        dealt = shamir.deal(secret, rows, range(1, given["n"] + 1))

        assert [share.hex() for share in dealt] == given["shares"]


def test_every_member_opens_the_share_of_its_group() -> None:
    sealed = manifest("second")
    for trustee in golden()["trustees"]:
        group = next(one for one in policy().groups if one.id == trustee["group"])

        opened = seal.open_share(
            sealed,
            policy(),
            golden()["policy"]["sha256"],
            group,
            age.secret_of(trustee["identity"]),
        )

        assert isinstance(opened, bytes)
        assert opened.hex() == bid("second")["shares"][group.x - 1]["share"]


def test_withdrawal_is_golden() -> None:
    given = golden()["withdraw"]["json"].encode()

    assert sha256_hex(shape.dump(shape.load(Withdrawal, given))) == golden()["withdraw"]["sha256"]


def test_canary_follows_from_its_secret() -> None:
    given = golden()["canary"]
    core = seal.read_manifest(given["seal"]["json"].encode()).core

    entries = seal.deal(core, policy(), bytes.fromhex(given["S"]))

    assert seal.context(core).hex() == given["ctx"]
    assert shape.dump(Manifest(core=core, shares=entries)).decode() == given["seal"]["json"]


# V1


def test_v1_refuses_json(subtests: pytest.Subtests) -> None:
    for case in cases()["refused_json"]:
        text = case["text"].encode("utf-8", "surrogatepass")
        with subtests.test(case["name"]):
            with pytest.raises(Finding) as raised:
                seal.read_manifest(text)

            assert codes(raised) == (Code.JSON, Party.BIDDER)
            with pytest.raises(canonical.BadJson):  # for its own sake, not for its members
                canonical.load_signed(text)


def test_v1_judges_ids(subtests: pytest.Subtests) -> None:
    for case in cases()["ids"]:
        text = json.loads(bid("second")["seal"]["json"])
        text["core"]["tender"] = case["id"]
        with subtests.test(case["id"]):
            assert outcome(seal.read_manifest, canonical.dumps(text)) == case["expect"]


def test_v1_wants_exactly_the_members(subtests: pytest.Subtests) -> None:
    changes: dict[str, Callable[[Facts], object]] = {
        "unknown member": lambda text: text.update(extra=1),
        "missing member": lambda text: text.pop("shares"),
        "unknown member of core": lambda text: text["core"].update(extra=1),
        "missing member of core": lambda text: text["core"].pop("nonce"),
        "upper-case hex": lambda text: text["core"].update(nonce="B0" * 16),
        "seq 0": lambda text: text["core"].update(seq=0),
        "seq true": lambda text: text["core"].update(seq=True),
        "no such day": lambda text: text["core"].update(created="2026-11-31T08:00:00Z"),
        "parts out of order": lambda text: text["core"]["parts"].reverse(),
        "no part": lambda text: text["core"].update(parts=[]),
        "unknown stage": lambda text: text["core"].update(stage="unknown"),
        "x as text": lambda text: text["shares"][0].update(x="1"),
        "another version": lambda text: text.update(v="bid-seal/v2"),
    }
    for name, change in changes.items():
        text = json.loads(bid("second")["seal"]["json"])
        change(text)
        with subtests.test(name):
            assert outcome(seal.read_manifest, canonical.dumps(text)) == Code.JSON


def test_the_largest_manifest_fits() -> None:
    core = manifest("second").core
    largest = replace(core.parts[1], size=8_391_168)
    parts = tuple(replace(largest, n=n) for n in range(seal.PARTS_MOST))
    group = policy().groups[0]
    members = (group.members * 4)[:8]
    groups = tuple(replace(group, id=f"{x:064}", x=x, members=members) for x in range(1, 17))
    core = replace(core, parts=parts, tender="t" * 64, lot="l" * 64)

    entries = seal.deal(core, replace(policy(), k=16, groups=groups), bytes(32))

    whole = shape.dump(Manifest(core=core, shares=entries))
    assert seal.read_manifest(whole).core == core


# V3


def bound(core: Core, box: Box = PRICE, at: str = "2026-11-30T08:00:05.123456Z") -> None:
    seal.require_bound(core, box, revisions()[:2], parse_micros(at))


def test_v3_accepts_a_bid_to_any_revision_that_no_later_one_reseals() -> None:
    bound(manifest("first").core)
    bound(manifest("second").core)


@pytest.mark.parametrize("stage", ["technical", "single"])
def test_row_3_a_bid_planted_in_another_stage_is_refused(stage: str) -> None:
    with pytest.raises(Finding) as raised:
        bound(manifest("second").core, replace(PRICE, stage=stage))

    assert codes(raised) == (Code.BIND, Party.BIDDER)


def test_v3_refuses_a_notice_published_after_receipt() -> None:
    bound(manifest("second").core, at="2026-11-20T03:00:00.000000Z")

    with pytest.raises(Finding) as raised:
        bound(manifest("second").core, at="2026-11-20T02:59:59.999999Z")

    assert codes(raised) == (Code.BIND, Party.BIDDER)


def test_v3_refuses_what_a_revision_voided() -> None:
    first, second = revisions()[:2]
    lot = second.notice.lots[0]
    boxes = tuple(replace(box, reseal=box.stage == "price") for box in lot.boxes)
    notice = replace(second.notice, lots=(replace(lot, boxes=boxes), *second.notice.lots[1:]))
    resealed = [first, replace(second, notice=notice)]

    seal.require_bound(manifest("second").core, PRICE, resealed, RECEIVED)
    with pytest.raises(Finding) as raised:
        seal.require_bound(manifest("first").core, PRICE, resealed, RECEIVED)

    assert codes(raised) == (Code.BIND, Party.BIDDER)


def test_v3_refuses_another_policy() -> None:
    other = replace(manifest("second").core, policy_sha256=golden()["policy_technical"]["sha256"])

    with pytest.raises(Finding) as raised:
        bound(other)

    assert codes(raised) == (Code.POLICY, Party.BIDDER)


def test_v3_sequence(subtests: pytest.Subtests) -> None:
    for case in cases()["sequence"]:
        core = replace(manifest("second").core, seq=case["seq"], supersedes=case["supersedes"])
        earlier = [EnvelopeId(one["envelope"]) for one in case["earlier"]]
        with subtests.test(case["name"]):
            assert outcome(seal.require_sequence, core, earlier) == case["expect"]


# V5


def imprint(text: Facts) -> seal.Imprint:
    return seal.Imprint(
        bidder=text["bidder"],
        box=replace(PRICE, lot=text["lot"], stage=text["stage"]),
        recipient=text["recipient"],
        nonce=text["nonce"],
        parts=tuple(text["parts"]),
    )


def submission(new: seal.Imprint, earlier: list[seal.Imprint]) -> str:
    if new in earlier:  # the act finds the envelope's id before V5
        return "first receipt again"
    if (refused := outcome(seal.require_fresh, new, earlier)) != "ok":
        return refused
    return "accepted, alarm" if seal.copies(new, earlier) else "accepted"


def test_v5_and_row_6_judge_own_envelopes_only(subtests: pytest.Subtests) -> None:
    for case in cases()["submissions"]:
        new, earlier = imprint(case["new"]), [imprint(one) for one in case["earlier"]]
        with subtests.test(case["name"]):
            assert submission(new, earlier) == case["expect"]


def test_v5_reads_a_golden_correction_as_fresh() -> None:
    seal.require_fresh(
        seal.imprint(manifest("second").core), [seal.imprint(manifest("first").core)]
    )


# V6


def test_v6_accepts_the_golden_parts() -> None:
    for n, stated in enumerate(manifest("second").core.parts):
        given = bid("second")["parts"][n]

        assert seal.require_part(stated, seal.count(part("second", n))) == given["plaintext_size"]


def test_v6_at_submission_names_what_is_missing_or_changed() -> None:
    stated = manifest("second").core.parts[1]

    for stored, code in ((None, Code.PART_MISSING), (seal.count(b"x"), Code.PART_HASH)):
        with pytest.raises(Finding) as raised:
            seal.require_part(stated, stored)
        assert codes(raised) == (code, Party.BIDDER)


def test_row_5_a_huge_bid_is_refused_by_its_sizes_alone() -> None:
    core = manifest("second").core
    size = sum(one.size for one in core.parts)

    seal.require_caps(core, size)
    with pytest.raises(Finding) as raised:
        seal.require_caps(core, size - 1)

    assert codes(raised) == (Code.SIZE, Party.BIDDER)
