import pytest

from notary import entry, records
from tests.notary import golden


def test_the_golden_logs_are_judged_with_index_and_reason() -> None:
    log = golden.log()
    origin = log["entries"][0]["fields"]["origin"]
    for case in log["tampers"]["logs"]:
        whole = [bytes.fromhex(record) for record in case["records"]]
        if case["reason"] is None:
            plain = records.plain_entries(whole, origin)
            assert [whole[index] for index in plain] == [r for r in whole if r[:1] == entry.PLAIN]
        else:
            with pytest.raises(records.BadRecord) as error:
                records.plain_entries(whole, origin)
            found = (error.value.index, error.value.reason)
            assert found == (case["index"], case["reason"]), case["name"]


def test_a_log_begins_with_its_inception_in_clear() -> None:
    log = golden.log()
    committed = bytes.fromhex(log["entries"][2]["record"])

    with pytest.raises(records.BadRecord) as error:
        records.plain_entries([committed], log["entries"][0]["fields"]["origin"])

    assert (error.value.index, error.value.reason) == (0, "key")
    assert records.plain_entries([], "hall.example/log") == {}


def test_a_repeated_commitment_after_a_bad_record_is_not_the_first_offence() -> None:
    log = golden.log()
    whole = [bytes.fromhex(each["record"]) for each in log["entries"]]

    with pytest.raises(records.BadRecord) as error:
        records.plain_entries([*whole, b"\x03", whole[2]], log["entries"][0]["fields"]["origin"])

    assert (error.value.index, error.value.reason) == (11, "form")


def test_a_repeat_before_the_next_plain_record_is_the_first_offence() -> None:
    log = golden.log()
    whole = [bytes.fromhex(each["record"]) for each in log["entries"]]

    with pytest.raises(records.BadRecord) as error:
        records.plain_entries(
            [*whole[:3], whole[2], b"\x03"], log["entries"][0]["fields"]["origin"]
        )

    assert (error.value.index, error.value.reason) == (3, "repeat")
