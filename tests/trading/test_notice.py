import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary import canonical
from tests import shared
from trading import notice
from trading.types import Method, Notice


def golden() -> list[bytes]:
    vectors = json.loads(shared.path("vectors/seal-v1-golden.json").read_text())
    return [revision["json"].encode() for revision in vectors["notices"]]


def changed(place: list[str | int], value: object, revision: int = 0) -> bytes:
    """Return a golden notice with `value` put at `place`; `...` takes the member away."""
    whole: Any = json.loads(golden()[revision])
    target = whole
    for step in place[:-1]:
        target = target[step]
    if value is ...:
        del target[place[-1]]
    else:
        target[place[-1]] = value
    return canonical.dumps(whole)


@pytest.mark.parametrize("revision", [0, 1, 2])
def test_golden_notice_is_read_and_written_back(revision: int) -> None:
    text = golden()[revision]

    found = notice.parse(text)

    assert found.revision == revision + 1
    assert notice.dump(found) == text


def test_golden_revisions_are_one_chain() -> None:
    assert [found.revision for found in notice.parse_chain(golden())] == [1, 2, 3]


BOX: list[str | int] = ["lots", 0, "boxes", 0]
PRICE: list[str | int] = ["lots", 0, "boxes", 1]
OWNER: list[str | int] = ["lots", 1, "boxes", 0]


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        (["v"], "hall-notice/v2", "E-JSON"),
        (["extra"], 1, "E-JSON"),
        (["title"], ..., "E-JSON"),
        (["title", "de"], "x", "E-JSON"),
        (["title", "zh"], " ", "E-JSON"),
        (["tender"], "a/b", "E-JSON"),
        (["tender"], "a\n", "E-JSON"),
        (["origin"], "has space", "E-JSON"),
        (["published"], "2026-11-02T09:00:00+08:00", "E-JSON"),
        (["published"], "2026-11-31T01:00:00Z", "E-JSON"),
        (["currency"], "rmb", "E-JSON"),
        (["deposit_fen"], 0, "E-JSON"),
        (["deposit_fen"], "01", "E-JSON"),
        (["method"], "closed", "E-JSON"),
        (["kind"], "robbery", "E-JSON"),
        (["rules", "set"], "construction", "E-JSON"),
        (["documents", 0, "sha256"], "AB" * 32, "E-JSON"),
        (["documents", 0, "size"], 0, "E-JSON"),
        (["channels", 0, "url"], "http://lodge.example", "E-JSON"),
        (["lots"], {}, "E-JSON"),
        ([*BOX, "stage"], "first", "E-JSON"),
        ([*BOX, "mode"], "trusted", "E-JSON"),
        ([*BOX, "max_bytes"], True, "E-JSON"),
        ([*BOX, "min_envelopes"], 0, "E-JSON"),
        ([*BOX, "close_slack_s"], -1, "E-JSON"),
        ([*BOX, "reseal"], None, "E-JSON"),
        ([*BOX, "form", 0, "name"], "Name", "E-JSON"),
        ([*BOX, "form", 0, "type"], "number", "E-JSON"),
        (["lots", 0, "limits", 0, "name"], "floor", "E-JSON"),
        (["lots", 0, "ceiling_fen"], 1, "E-JSON"),
        (["revision"], 2, "E-POLICY"),
        (["previous"], "0" * 64, "E-POLICY"),
        (["reason"], {"en": "x", "zh": "x"}, "E-POLICY"),
        (["invited"], "0" * 64, "E-POLICY"),
        (["method"], "invited", "E-POLICY"),
        (["documents", 0, "path"], "../x", "E-POLICY"),
        (["documents", 0, "path"], "/x", "E-POLICY"),
        (["documents", 0, "path"], "a\\b", "E-POLICY"),
        (["documents", 0, "path"], "x" * 201, "E-POLICY"),
        (["documents", 0, "path"], "e\u0301", "E-POLICY"),
        (["documents", 0, "path"], "x\u0085", "E-POLICY"),
        (["lots"], [], "E-POLICY"),
        (["lots", 0, "lot"], "2", "E-POLICY"),
        (["lots", 0, "boxes"], [], "E-POLICY"),
        ([*BOX, "stage"], "price", "E-POLICY"),
        ([*BOX, "after"], "price", "E-POLICY"),
        ([*BOX, "after"], "technical", "E-POLICY"),
        ([*PRICE, "after"], "single", "E-POLICY"),
        ([*BOX, "parts_by"], "2026-11-30T01:29:59Z", "E-POLICY"),
        ([*BOX, "open_at"], "2026-11-30T01:29:59Z", "E-POLICY"),
        ([*BOX, "release_by"], "2026-11-30T01:29:59Z", "E-POLICY"),
        ([*BOX, "owner_by"], "2026-11-30T01:59:59Z", "E-POLICY"),
        ([*OWNER, "owner_by"], "2026-11-30T02:00:01Z", "E-POLICY"),
        ([*PRICE, "form", 3, "type"], "int", "E-POLICY"),
        ([*PRICE, "form", 1, "type"], "fen", "E-POLICY"),
        ([*PRICE, "form", 1, "name"], "bidder_name", "E-POLICY"),
    ],
)
def test_a_notice_that_strays_from_its_format_is_refused(
    place: list[str | int], value: object, code: str
) -> None:
    with pytest.raises(notice.BadNotice) as refused:
        notice.parse(changed(place, value))

    assert refused.value.code == code


def test_documents_whose_names_differ_in_case_only_are_refused() -> None:
    whole = json.loads(golden()[0])
    whole["documents"] = [{**whole["documents"][0], "path": path} for path in ("A.pdf", "a.PDF")]

    with pytest.raises(notice.BadNotice):
        notice.parse(canonical.dumps(whole))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["previous"], "0" * 64),
        (["revision"], 4),
        (["tender"], "other"),
        (["purchaser"], "ORG-OTHER"),
        (["published"], "2026-11-19T00:00:00Z"),
        ([*BOX, "owner_by"], "2026-12-04T08:59:59Z"),
        ([*BOX, "open_at"], "2026-12-01T01:30:01Z"),
        ([*BOX, "deadline"], "2026-12-01T01:29:59Z"),
        ([*BOX, "min_envelopes"], 1),
        ([*BOX, "stage"], "qualification"),
        (["published"], "2026-12-04T09:00:00Z"),
        (["lots", 1], ...),
    ],
)
def test_a_revision_that_does_not_follow_breaks_the_chain(
    place: list[str | int], value: object
) -> None:
    first, second, _ = golden()

    with pytest.raises(notice.BadNotice) as refused:
        notice.parse_chain([first, second, changed(place, value, revision=2)])

    assert refused.value.code == "E-POLICY"


def test_the_release_of_a_closed_box_may_move_later_until_owner_by() -> None:
    first, second, _ = golden()
    third = changed([*BOX, "owner_by"], "2026-12-05T09:00:00Z", revision=2)

    assert len(notice.parse_chain([first, second, third])) == 3


@given(st.lists(st.text("ABCabc019", min_size=1), unique=True), st.binary(min_size=32, max_size=32))
def test_the_commitment_to_the_invited_does_not_depend_on_their_order(
    ids: list[str], salt: bytes
) -> None:
    expected = notice.invited_commitment(ids, salt)

    assert notice.invited_commitment(list(reversed(ids)), salt) == expected
    assert notice.invited_commitment([*ids, "another.one"], salt) != expected


def test_a_notice_finds_its_boxes() -> None:
    found = notice.parse(golden()[0])

    box = notice.box_of(found, "1", "price")
    assert box is not None
    assert box.after == "technical"
    assert notice.box_of(found, "2", "price") is None
    assert notice.lot_of(found, "3") is None


def test_every_member_of_a_notice_is_covered_by_its_bytes() -> None:
    found = notice.parse(golden()[0])

    assert notice.dump(dataclasses.replace(found, method=Method.INVITED)) != golden()[0]
    assert {field.name for field in dataclasses.fields(Notice)} == json.loads(golden()[0]).keys()
