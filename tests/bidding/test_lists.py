import pytest

from bidding.sealed import lists
from bidding.types import Code, Finding, Party
from notary import shape
from notary.canonical import dumps, sha256_hex
from tests.bidding.golden import cases, golden


def closing() -> bytes:
    text: str = golden()["list"]["json"]
    return text.encode()


def test_golden_lists_are_read_and_written() -> None:
    for name in ("list", "list_revised", "list_bidder"):
        data = golden()[name]["json"].encode()

        assert shape.dump(lists.read_list(data)) == data
        assert sha256_hex(data) == golden()[name]["sha256"]


def revised_outcome(data: bytes) -> str:
    try:
        lists.require_revised(
            lists.read_list(data), lists.read_list(closing()), golden()["list"]["sha256"]
        )
    except Finding as found:
        return found.code if found.fault is Party.HALL else str(found)
    return "ok"


def test_row_18_a_revised_list_only_keeps_shut(subtests: pytest.Subtests) -> None:
    for case in cases()["revised_lists"]:
        with subtests.test(case["name"]):
            assert revised_outcome(dumps(case["revised"])) == case["expect"]


def test_row_15_releases_for_two_lists(subtests: pytest.Subtests) -> None:
    for case in cases()["two_releases"]:
        pair = [lists.read_list(dumps(case[which])) for which in ("first", "second")]
        with subtests.test(case["name"]):
            code = Code.REL_DOUBLE if lists.excluding(pair) else "ok"

            assert code == case["expect"]


def test_plain_entries_come_in_one_order(subtests: pytest.Subtests) -> None:
    for case in cases()["plain_order"]:
        with subtests.test(" ".join(case["plain"])):
            if case["expect"] == "ok":
                lists.require_order(case["plain"])
                continue
            with pytest.raises(Finding) as raised:
                lists.require_order(case["plain"])
            assert (raised.value.code, raised.value.fault) == (Code.LIST, Party.HALL)
