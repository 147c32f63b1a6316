from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest

from notary import canonical, cms, instant, receipt
from notary.canonical import Json
from notary.entry import BadEntry
from tests.notary import golden


def receipts() -> list[dict[str, Any]]:
    log = golden.log()
    return [log["receipt"], *log["more_receipts"]]


def test_the_golden_receipts_are_read_and_written_alike() -> None:
    for case in receipts():
        data = case["json"].encode()
        read = receipt.parse(data)
        if read.record is None:
            assert receipt.write_unrecorded(read.fields) == data
        else:
            assert receipt.write(read.outcome, read.fields, read.salt) == data


def test_the_golden_receipts_are_signed_by_the_hall() -> None:
    for case in receipts():
        signer = cms.verify(case["json"].encode(), b64decode(case["p7s"]))
        assert "golden hall" in signer.subject.rfc4514_string()


def test_the_promise_is_sixty_seconds_and_none_for_a_held_kind() -> None:
    held, _, not_held, *_ = map(receipt.parse, (case["json"].encode() for case in receipts()))

    assert held.merge_by is None
    at = instant.parse_micros(str(not_held.fields["at"]))
    assert not_held.merge_by == at + timedelta(seconds=60)


def test_every_tampered_receipt_is_refused_with_its_reason() -> None:
    for case in golden.log()["tampers"]["receipts"]:
        with pytest.raises(BadEntry) as error:
            receipt.parse(case["json"].encode())
        assert error.value.reason == case["reason"], case["name"]


@pytest.mark.parametrize(
    ("member", "value"),
    [("fields", []), ("record", 1), ("record", "0A"), ("salt", ""), ("v", None), ("outcome", [])],
    ids=range(6),
)
def test_a_member_of_another_type_is_refused(member: str, value: Json) -> None:
    good = canonical.load_signed(receipts()[0]["json"].encode())

    with pytest.raises(BadEntry) as error:
        receipt.parse(canonical.dumps({**good, member: value}))

    assert error.value.reason == "json"


def test_a_text_that_is_not_canonical_is_refused() -> None:
    with pytest.raises(BadEntry) as error:
        receipt.parse(receipts()[0]["json"].encode() + b"\n")

    assert error.value.reason == "json"
