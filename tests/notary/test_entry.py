import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notary import canonical, entry, merkle
from tests import shared
from tests.notary import golden

SALT = bytes(range(32))
BID: entry.Fields = {
    "kind": "bidding.bid-received.v1",
    "origin": "hall.example/log/00000000",
    "at": "2026-11-30T08:00:05.123456Z",
    "actor": "91210300MA00000000",
    "tender": "A1",
    "lot": "1",
    "stage": "price",
    "envelope": "0" * 64,
    "p7s_sha256": "1" * 64,
    "seq": 1,
    "complete": True,
}
CLOSED: entry.Fields = {
    "kind": "bidding.box-closed.v1",
    "origin": "hall.example/log/00000000",
    "at": "2026-12-01T01:30:00.000412Z",
    "actor": "hall",
    "tender": "A1",
    "lot": "1",
    "stage": "price",
    "closing": 1,
    "list_sha256": "2" * 64,
}


def reason(error: pytest.ExceptionInfo[entry.BadEntry]) -> str:
    return error.value.reason


def test_the_golden_kinds_have_their_names_and_marks() -> None:
    for name, marks in golden.log()["kinds"].items():
        kind = entry.kind(name)
        assert list(kind.names) == marks["names"]
        assert kind.plain == (None if marks["plain"] is None else tuple(marks["plain"]))
        assert (kind.held, kind.public) == (marks["held"], marks["public"])


def test_the_facts_of_the_golden_tender_are_entries() -> None:
    seal = json.loads(shared.path("vectors/seal-v1-golden.json").read_text())
    for fact in seal["ledger"]["entries"]:
        plain = entry.kind(fact["fields"]["kind"]).plain is not None
        assert entry.record(fact["fields"], None if plain else SALT)


def test_the_golden_entries_are_recorded_alike() -> None:
    for case in golden.log()["entries"]:
        salt = case["salt"] and bytes.fromhex(case["salt"])
        record = entry.record(case["fields"], salt)
        assert record.hex() == case["record"]
        assert merkle.leaf_hash(record).hex() == case["leaf_hash"]
        if salt:
            salts = {name: entry.field_salt(salt, name).hex() for name in case["fields"]}
            assert salts == case["field_salts"]


def test_the_golden_disclosures_are_written_and_read_alike() -> None:
    log = golden.log()
    for case in log["proofs"]:
        source = log["entries"][case["index"]]
        salt = source["salt"] and bytes.fromhex(source["salt"])
        written = canonical.dumps(entry.disclosure(source["fields"], salt, case["shown"]))

        opened = entry.open_disclosure(written, log["entries"][0]["fields"]["origin"])

        assert written.decode() == case["disclosure_jcs"]
        assert opened.record.hex() == source["record"]
        shown = case["shown"] or list(source["fields"])
        assert opened.fields == {name: source["fields"][name] for name in shown}
        assert opened.names == tuple(sorted(source["fields"]))


def test_every_schema_is_one_that_a_stranger_can_use() -> None:
    for name in entry.kinds():
        schema: Any = entry.schema(name)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["title"] == name
        assert schema["properties"]["kind"] == {"const": name}
        assert list(schema["properties"]) == schema["required"] == sorted(schema["required"])
        assert schema["additionalProperties"] is False
        assert {"actor", "at", "kind", "origin"} <= set(schema["required"])
        for value in schema["properties"].values():
            pattern = value.get("pattern", "^$")
            assert (pattern[0], pattern[-1]) == ("^", "$")


def test_the_marks_of_every_kind_agree() -> None:
    for name in entry.kinds():
        kind = entry.kind(name)
        assert set(kind.plain or ()) <= set(kind.names)
        assert [kind.plain is not None, kind.held, kind.public].count(True) <= 1
        if kind.plain and kind.plain[-1] == "revision":
            assert "notice_sha256" in kind.names


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from(
        ["", "0", "01", "1\n", "price", "Price", "hall", "opened", "ceiling", "a" * 65]
    ),
    st.sampled_from(["0" * 64, "2026-11-30T08:00:05.123456Z", "2026-11-30T08:00:05Z", "投标人甲"]),
    st.lists(st.sampled_from(["g1", "", "A b"]), max_size=3),
)


@settings(deadline=None)
@given(VALUES)
def test_a_general_validator_judges_every_value_alike(value: canonical.Json) -> None:
    for name in entry.kinds():
        properties: Any = entry.schema(name)["properties"]
        for field, schema in properties.items():
            general = jsonschema.Draft202012Validator(schema).is_valid(value)
            newline_at_end = isinstance(value, str) and value.endswith("\n")
            assert entry.kind(name).tests[field](value) == (general and not newline_at_end)


@pytest.mark.parametrize(
    ("change", "reason_expected"),
    [
        ({"kind": "bidding.bid-received.v2"}, "form"),
        ({"kind": "../schemas/bidding.bid-received.v1"}, "form"),
        ({"kind": 1}, "form"),
        ({"price": "1"}, "names"),
        ({"envelope": "0" * 63}, "names"),
        ({"envelope": "0" * 64 + "\n"}, "names"),
        ({"stage": "Price"}, "names"),
        ({"at": "2026-02-30T08:00:05.123456Z"}, "names"),
        ({"at": "2026-11-30T08:00:05Z"}, "names"),
        ({"seq": 0}, "names"),
        ({"seq": True}, "names"),
        ({"complete": 1}, "names"),
    ],
)
def test_fields_that_are_not_those_of_the_kind_are_refused(
    change: entry.Fields, reason_expected: str
) -> None:
    with pytest.raises(entry.BadEntry) as error:
        entry.record({**BID, **change}, SALT)

    assert reason(error) == reason_expected


def test_a_name_left_out_is_refused() -> None:
    with pytest.raises(entry.BadEntry) as error:
        entry.record({name: value for name, value in BID.items() if name != "seq"}, SALT)

    assert reason(error) == "names"


def test_a_committed_entry_needs_its_salt_and_a_plain_one_has_none() -> None:
    with pytest.raises(entry.BadEntry):
        entry.record(BID, None)
    with pytest.raises(entry.BadEntry):
        entry.record(BID, SALT[1:])
    with pytest.raises(entry.BadEntry):
        entry.record(CLOSED, SALT)


def test_keys_are_those_of_the_ledger() -> None:
    assert entry.key(BID) is None
    assert entry.key(CLOSED) == '["bidding.box-closed","A1","1","price",1]'
    amended: entry.Fields = {
        "kind": "trading.amended.v1",
        "origin": "hall.example/log/00000000",
        "at": "2026-12-01T01:30:00.000412Z",
        "actor": "ORG",
        "tender": "A1",
        "revision": 2,
        "notice_sha256": "3" * 64,
    }
    assert entry.key(amended) == entry.key({**amended, "kind": "trading.cancelled.v1"})


def test_a_disclosure_without_kind_and_origin_is_not_made() -> None:
    with pytest.raises(entry.BadEntry) as error:
        entry.disclosure(BID, SALT, ["kind", "seq"])

    assert reason(error) == "closed"


@given(
    salt=st.binary(min_size=32, max_size=32),
    shown=st.sets(st.sampled_from(sorted(BID))),
    seq=st.integers(1, 2**53 - 1),
)
def test_whatever_is_disclosed_leads_to_the_record(salt: bytes, shown: set[str], seq: int) -> None:
    fields: entry.Fields = {**BID, "seq": seq}
    shown |= {"kind", "origin"}

    written = canonical.dumps(entry.disclosure(fields, salt, shown))
    opened = entry.open_disclosure(written, str(BID["origin"]))

    assert opened.record == entry.record(fields, salt)
    assert opened.fields == {name: fields[name] for name in shown}
    assert salt.hex().encode() not in written


@given(st.data())
def test_an_edited_disclosure_leads_elsewhere_or_nowhere(data: st.DataObject) -> None:
    written = canonical.dumps(entry.disclosure(BID, SALT, ["kind", "origin", "seq", "lot"]))
    place = data.draw(st.integers(0, len(written) - 1))
    edited = bytearray(written)
    edited[place] ^= 1 << data.draw(st.integers(0, 7))

    try:
        opened = entry.open_disclosure(bytes(edited), str(BID["origin"]))
    except entry.BadEntry:
        return
    assert opened.record != entry.record(BID, SALT)


def test_a_plain_entry_too_long_for_its_record_is_refused() -> None:
    missing: list[canonical.Json] = [f"g{n:060}" for n in range(20)]
    postponed: entry.Fields = {
        **{name: value for name, value in CLOSED.items() if name not in {"closing", "list_sha256"}},
        "kind": "bidding.opening-postponed.v1",
        "n": 1,
        "missing": missing,
        "next": "2026-12-01T03:00:00Z",
    }
    with pytest.raises(entry.BadEntry) as error:
        entry.record(postponed, None)

    assert reason(error) == "form"
    assert entry.record({**postponed, "missing": missing[:5]}, None)[:1] == entry.PLAIN
