from collections.abc import Callable
from pathlib import Path

import pytest

from notary.canonical import sha256_hex
from tests.bidding.golden import Facts, golden
from tests.bidding.recorded import (
    BOX,
    PRICE,
    SINGLE,
    Recorded,
    an_entry,
    golden_record,
)
from tests.bidding.tampered import SECOND, changed, refusal, verify


def test_row_14_a_bid_received_at_the_deadline_may_not_be_listed(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[43] = {**made.entries[43], "at": "2026-12-01T01:29:59.999999Z"}
    verify(made.facts(tmp_path / "before"))

    made.entries[43] = {**made.entries[43], "at": "2026-12-01T01:30:00.000000Z"}
    found = refusal(made.facts(tmp_path / "at"))

    assert (found.file, found.sentence[:13]) == (f"{SECOND}entry.tlog-proof", "E-LIST (hall)")


def test_row_14_a_bid_completed_after_the_time_for_parts_may_not_be_listed(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[44] = {**made.entries[44], "at": "2026-12-01T01:30:00.000000Z"}

    assert "E-LIST (hall)" in refusal(made.facts(tmp_path)).sentence


def test_row_15_a_bid_that_the_ledger_shows_may_not_be_left_off(tmp_path: Path) -> None:
    made = golden_record()
    received = made.entries[41]
    made.entries[39] = {**received, "envelope": "ee" * 32, "seq": 2}
    found = refusal(made.facts(tmp_path / "left off"))

    assert found.file == f"{PRICE}list.json"
    assert "E-LIST (hall): entry 39 is left off" in found.sentence
    made.entries[38] = an_entry(
        "bidding.bid-withdrawn",
        "2026-11-29T07:00:06.000000Z",
        **BOX,
        envelope="ee" * 32,
        withdrawal_sha256="00" * 32,
        p7s_sha256="00" * 32,
    )
    verify(made.facts(tmp_path / "withdrawn"))


def test_row_18_a_second_stage_opens_by_a_revised_list_only(tmp_path: Path) -> None:
    made = golden_record()
    del made.files[f"{PRICE}revised.json"], made.proofs[f"{PRICE}revised.tlog-proof"]
    asked = {**made.entries[65], "list_sha256": golden()["list"]["sha256"]}
    made.entries[65] = asked

    found = refusal(made.facts(tmp_path))

    assert "a box that waits for another stage is opened by a revised list" in found.sentence


def test_row_18_what_stays_shut_rests_on_a_decision(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[61] = {**made.entries[61], "lot": "2"}

    found = refusal(made.facts(tmp_path))

    assert (found.file, found.sentence[:13]) == (f"{PRICE}revised.json", "E-LIST (hall)")


def test_row_14_a_box_that_was_closed_again_has_another_list(tmp_path: Path) -> None:
    made = golden_record()
    again = {**made.entries[46], "at": "2026-12-01T01:31:00.000000Z"}
    made.entries[48] = an_entry(
        "bidding.box-reopened",
        "2026-12-01T01:30:30.000000Z",
        **BOX,
        closing=1,
        evidence_sha256="00" * 32,
    )
    made.entries[52] = {**again, "closing": 2}

    assert "E-LIST (hall): the box was closed again" in refusal(made.facts(tmp_path)).sentence


def relisted(made: Recorded, change: Callable[[Facts], object]) -> None:
    """Let the hall close by another list, from which the revised one follows."""
    changed(made, f"{PRICE}list.json", change)
    sha256 = sha256_hex(made.files[f"{PRICE}list.json"])
    made.entries[46] = {**made.entries[46], "list_sha256": sha256}
    changed(made, f"{PRICE}revised.json", lambda text: text.update({"from": sha256}))
    revised = sha256_hex(made.files[f"{PRICE}revised.json"])
    made.entries[63] = {**made.entries[63], "from": sha256, "list_sha256": revised}
    made.entries[65] = {**made.entries[65], "list_sha256": revised}


def test_v4_finds_a_closing_that_is_not_the_notices(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    changes: dict[str, Callable[[Facts], object]] = {
        "another notice": lambda text: text.update(notice_sha256="00" * 32),
        "another deadline": lambda text: text.update(deadline="2026-12-01T01:30:01Z"),
        "other revocation lists": lambda text: text.update(crls_sha256=None),
        "another box": lambda text: text.update(stage="technical"),
        "too few": lambda text: text["envelopes"].pop(0),
        "out of order": lambda text: text["envelopes"].reverse(),
    }
    for name, change in changes.items():
        made = golden_record()
        relisted(made, change)
        with subtests.test(name):
            found = refusal(made.facts(tmp_path / name))

            assert found.file == f"{PRICE}list.json"
            assert found.sentence.startswith("E-LIST (hall)")


def test_v4_finds_a_box_that_was_closed_too_early(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[46] = {**made.entries[46], "at": "2026-12-01T01:29:59.999999Z"}

    assert "closed before the time for parts was over" in refusal(made.facts(tmp_path)).sentence


def test_v4_finds_a_list_that_was_revised_again(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[74] = {**made.entries[63], "n": 2, "at": "2026-12-04T01:15:00.000000Z"}

    assert "the list was revised again" in refusal(made.facts(tmp_path)).sentence


def test_v4_finds_an_envelope_that_was_never_complete(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[42] = {**made.entries[42], "complete": False}

    found = refusal(made.facts(tmp_path))

    assert (found.file.startswith(f"{SINGLE}bids/"), found.sentence[:13]) == (True, "E-LIST (hall)")
