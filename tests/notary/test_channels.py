"""What a second channel signs, and when it counts."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from notary import channels, cms, shape
from notary.channels import BadReceipt, Lodged
from tests.bidding.golden import certificate, key

AT = datetime(2026, 11, 22, 1, 29, 58, 999999, tzinfo=UTC)
TEXT, P7S = b'{"v":"hall-seal/v1"}', b"a signature"


@dataclass(frozen=True)
class Receipt:
    """What a channel answered."""

    text: bytes
    p7s: bytes


def signed(told: Lodged) -> Receipt:
    text = shape.dump(told)
    return Receipt(text, cms.sign(text, key("bidder"), certificate("bidder")))


PINNED = cms.cert_sha256(certificate("bidder"))
GOOD = channels.lodged("市公证处", AT, TEXT, P7S)


@pytest.mark.parametrize("pinned", [PINNED, None])
def test_a_receipt_of_these_bytes_counts(pinned: str | None) -> None:
    receipt = signed(GOOD)
    told = channels.require_lodged(receipt.text, receipt.p7s, TEXT, P7S, pinned)

    assert told == GOOD
    assert told.at == AT.replace(microsecond=0)  # never later than it was


@pytest.mark.parametrize(
    ("told", "pinned", "why"),
    [
        (GOOD, "0" * 64, "another than the notice names"),
        (replace(GOOD, object_sha256="0" * 64), PINNED, "something else"),
        (replace(GOOD, p7s_sha256="0" * 64), PINNED, "something else"),
        (replace(GOOD, p7s_sha256=None), PINNED, "something else"),
    ],
)
def test_any_other_receipt_is_none(told: Lodged, pinned: str, why: str) -> None:
    receipt = signed(told)
    with pytest.raises(BadReceipt, match=why):
        channels.require_lodged(receipt.text, receipt.p7s, TEXT, P7S, pinned)


def test_a_receipt_that_is_not_of_its_form_or_not_signed_is_none() -> None:
    receipt = signed(GOOD)
    other = b'{"v":"hall-lodged/v2"}'
    forms = [
        (receipt.text + b" ", receipt.p7s),
        (receipt.text, b""),
        (other, cms.sign(other, key("bidder"), certificate("bidder"))),
    ]
    for text, p7s in forms:
        with pytest.raises(BadReceipt):
            channels.require_lodged(text, p7s, TEXT, P7S, None)
