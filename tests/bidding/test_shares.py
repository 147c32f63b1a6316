import base64
from dataclasses import replace
from typing import Any

import pytest

from bidding.sealed import seal
from bidding.sealed.objects import Manifest
from bidding.types import Code, Complaint, Finding, Party
from notary import age
from tests.bidding.golden import (
    BIDS,
    Facts,
    bid,
    golden,
    manifest,
    outcome,
    policy,
    policy_of,
)


def codes(raised: pytest.ExceptionInfo[Finding]) -> tuple[Code, Party]:
    return raised.value.code, raised.value.fault


def altered(at: int, **changes: Any) -> Manifest:  # noqa: ANN401 - of any member
    sealed = manifest("second")
    shares = list(sealed.shares)
    shares[at] = replace(shares[at], **changes)
    return replace(sealed, shares=tuple(shares))


def test_v7_accepts_the_golden_entries() -> None:
    for name in BIDS:
        seal.require_shares(manifest(name), policy_of(name))


def test_v7_refuses_entries_of_another_form(subtests: pytest.Subtests) -> None:
    texts: list[Facts] = [
        {"group": "notary"},
        {"commit": "00"},
        {"commit": "A" * 64},
        {"age": ""},
        {"age": "!"},
    ]
    for changes in [{"x": 2}, *texts]:
        with subtests.test(str(changes)):
            assert outcome(seal.require_shares, altered(0, **changes), policy()) == Code.SHARES


def test_v7_refuses_a_second_spelling_of_base64() -> None:
    spelled = manifest("second").shares[1].age
    assert spelled.endswith("=")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = spelled.rstrip("=")[-1]
    pads = spelled.count("=")
    other = spelled[: -pads - 1] + letters[letters.index(last) + 1] + "=" * pads
    assert base64.b64decode(other) == base64.b64decode(spelled)

    with pytest.raises(Finding) as raised:
        seal.require_shares(altered(1, age=other), policy())

    assert codes(raised) == (Code.SHARES, Party.BIDDER)


def test_v7_wants_no_shares_in_mode_bidder() -> None:
    sealed = replace(manifest("solo"), shares=manifest("second").shares)

    with pytest.raises(Finding) as raised:
        seal.require_shares(sealed, policy("policy_bidder"))

    assert codes(raised) == (Code.SHARES, Party.BIDDER)


def test_every_flipped_bit_of_a_share_envelope_is_the_bidders_or_a_true_complaint() -> None:
    """A flipped bit fails V7, or the member cannot open its share and its complaint is true."""
    sealed, group = manifest("second"), policy().groups[1]
    supervisor = next(one for one in golden()["trustees"] if one["group"] == group.id)
    secret, sha256 = age.secret_of(supervisor["identity"]), golden()["policy"]["sha256"]
    envelope = base64.b64decode(sealed.shares[1].age)
    honest = seal.deal(sealed.core, policy(), bytes.fromhex(bid("second")["S"]))
    shut = 0

    for bit in range(8 * len(envelope)):
        flipped = bytearray(envelope)
        flipped[bit // 8] ^= 1 << bit % 8
        bad = altered(1, age=base64.b64encode(flipped).decode())
        assert bad.shares != honest  # V11: inconsistent, whoever opens it
        judged = outcome(seal.require_shares, bad, policy())
        assert judged in {"ok", Code.SHARES}
        if judged == "ok":
            shut += 1
            opened = seal.open_share(bad, policy(), sha256, group, secret)
            assert opened is Complaint.UNDECRYPTABLE

    assert shut > 0


def complaint_about(sealed: Manifest, text: bytes | None = None) -> bytes | Complaint:
    """Give the supervisor an envelope of `text`, or that of `sealed`, and return its answer."""
    group = policy().groups[1]
    supervisor = next(one for one in golden()["trustees"] if one["group"] == group.id)
    if text is not None:
        envelope = age.seal_one_chunk(
            text, [group.members[0].recipient], bytes(16), bytes(16), [b"\x08" + bytes(31)]
        )
        shares = list(sealed.shares)
        shares[1] = replace(shares[1], age=base64.b64encode(envelope).decode())
        sealed = replace(sealed, shares=tuple(shares))
    return seal.open_share(
        sealed,
        policy(),
        golden()["policy"]["sha256"],
        group,
        age.secret_of(supervisor["identity"]),
    )


def test_row_3_a_copied_share_is_answered_with_context() -> None:
    planted = replace(manifest("second"), core=replace(manifest("second").core, nonce="c0" * 16))

    assert complaint_about(planted) is Complaint.CONTEXT
    other_policy = replace(manifest("second").core, policy_sha256="00" * 32)
    assert complaint_about(replace(manifest("second"), core=other_policy)) is Complaint.CONTEXT


def test_complaints_come_in_their_order() -> None:
    sealed = manifest("second")
    ctx = seal.context(sealed.core).hex()
    share = bid("second")["shares"][1]["share"]

    def text(ctx: str, share: str) -> bytes:
        return f"bid-share/v1\nctx {ctx}\nshare {share}\n".encode()

    assert complaint_about(sealed, b"nothing") is Complaint.FORMAT
    assert complaint_about(sealed, text(ctx, share[:-2] + "03")) is Complaint.FORMAT
    assert complaint_about(sealed, text("00" * 32, share)) is Complaint.CONTEXT
    assert complaint_about(sealed, text(ctx, "00" + share[2:])) is Complaint.COMMIT
    assert complaint_about(sealed, text(ctx, share)) == bytes.fromhex(share)
