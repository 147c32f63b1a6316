import base64
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bidding.awarded import verify_awards
from bidding.record import BoxRecord, verify_boxes
from bidding.types import Verdict
from notary import cms
from notary.canonical import dumps, sha256_hex
from notary.sums import NotVerified
from notary.verify import ExportFacts
from tests.bidding.golden import Facts, bid, certificate, golden, key
from tests.bidding.recorded import (
    BOX,
    LOT,
    PRICE,
    SINGLE,
    TENDER,
    Recorded,
    an_entry,
    golden_paths,
    golden_record,
)

SECOND = f"{PRICE}bids/37ac483d574c98288638cece5138eaa153ee5a9da2927bceb213c8d034797a99/"
AWARD = f"tender/{TENDER}/1/award"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> ExportFacts:
    """Write the golden export, which no test changes."""
    return golden_record().facts(tmp_path_factory.mktemp("golden"))


def verify(facts: ExportFacts) -> list[BoxRecord]:
    boxes = verify_boxes(facts)
    verify_awards(boxes)
    return boxes


def refusal(facts: ExportFacts) -> NotVerified:
    with pytest.raises(NotVerified) as raised:
        verify(facts)
    return raised.value


def resign(made: Recorded, stem: str, signer: str) -> str:
    """Sign a changed object anew and return its hash."""
    data = made.files[f"{stem}.json"]
    made.files[f"{stem}.p7s"] = cms.sign(data, key(signer), certificate(signer))
    return sha256_hex(data)


def changed(made: Recorded, path: str, change: Callable[[Facts], object]) -> None:
    facts = json.loads(made.files[path])
    change(facts)
    made.files[path] = dumps(facts)


def test_the_golden_tender_is_verified(export: ExportFacts) -> None:
    boxes = verify_boxes(export)
    [award] = verify_awards(boxes).values()

    assert [(box.box.lot, box.box.stage) for box in boxes] == [("1", "price"), ("2", "single")]
    assert [one.result.verdict for box in boxes for one in box.judged.values()] == [
        Verdict.OPENED,
        Verdict.OPENED,
    ]
    assert award.awarded
    assert award.award.winner == golden()["seal"]["envelope_id"]


def test_the_record_of_one_tender_is_verified_without_the_tree(export: ExportFacts) -> None:
    boxes = verify(replace(export, log=replace(export.log, tree=None)))

    assert [box.ledger.whole for box in boxes] == [False, False]


# Files


def test_one_flipped_bit_in_any_file_is_found_and_named_without_the_sums(
    export: ExportFacts, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """The sums are left out of it: a re-made sum file must not help (`ledger.md` 9.1)."""
    copy = replace(export, folder=Path(shutil.copytree(export.folder, tmp_path / "copy")))
    verify(copy)
    for path in golden_paths():
        whole = (copy.folder / path).read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 3] ^= 1 << len(whole) % 7
        (copy.folder / path).write_bytes(flipped)
        with subtests.test(path):
            assert refusal(copy).file == named_for(path)
        (copy.folder / path).write_bytes(whole)
    verify(copy)


def named_for(path: str) -> str:
    """Return the file that is named: of a part, the opening that no longer follows from it."""
    if path.endswith("/p0000.age"):
        return path.partition("bids/")[0] + "opening.json"
    return path


def test_no_file_of_a_record_can_be_missing(export: ExportFacts, subtests: pytest.Subtests) -> None:
    for path in golden_paths():
        with subtests.test(path):
            refusal(replace(export, files=export.files - {path}))


def test_no_file_beside_those_of_a_record_is_taken(export: ExportFacts) -> None:
    for path in (f"{PRICE}notes.txt", f"tender/{TENDER}/award.json", f"{SECOND}p2048.age"):
        assert refusal(replace(export, files=export.files | {path})).file == path


# V1 to V3, V8, V13


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


def test_row_16_a_part_that_is_gone_is_not_opened(export: ExportFacts) -> None:
    found = refusal(replace(export, files=export.files - {f"{SECOND}p0000.age"}))

    assert found.file == f"{PRICE}opening.json"
    assert found.sentence.startswith("E-VERDICT (hall)")
    assert "E-PART-LOST" in found.sentence


def test_parts_beside_part_0_are_judged_where_they_are_exported(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    part = base64.b64decode(bid("second")["parts"][1]["age"])
    for name, data in {"whole": part, "damaged": part[:-1] + b"\0"}.items():
        made = golden_record()
        made.files[f"{SECOND}p0001.age"] = data
        with subtests.test(name):
            facts = made.facts(tmp_path / name)
            if name == "whole":
                verify(facts)
            else:
                assert "E-PART-LOST" in refusal(facts).sentence


def restated(made: Recorded, prefix: str, change: Callable[[Facts], object]) -> None:
    """Let the hall state another opening, which it signs and enters."""
    changed(made, f"{prefix}opening.json", change)
    sha256 = resign(made, f"{prefix}opening", "hall")
    index = 75 if prefix == PRICE else 51
    made.entries[index] = {**made.entries[index], "opening_sha256": sha256}


def test_v13_finds_an_opening_that_does_not_follow(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    changes: dict[str, Callable[[Facts], object]] = {
        "shut": lambda text: text["results"][0].update(
            verdict="improper", code="E-INDEX", fault="bidder", secret=None
        ),
        "a twin": lambda text: text["results"][0].update(
            secret="21" + text["results"][0]["secret"][2:]
        ),
        "a trustee blamed": lambda text: text["trustees"][0].update(codes=["E-REL-LATE"]),
        "another list": lambda text: text.update(list_sha256="00" * 32),
    }
    for name, change in changes.items():
        made = golden_record()
        restated(made, PRICE, change)
        with subtests.test(name):
            found = refusal(made.facts(tmp_path / name))

            assert found.file == f"{PRICE}opening.json"
            assert found.sentence.startswith("E-VERDICT (hall)")


def test_v13_leaves_verdicts_on_parts_that_are_not_here_to_the_hall(tmp_path: Path) -> None:
    made = golden_record()
    restated(
        made,
        PRICE,
        lambda text: text["results"][0].update(
            verdict="improper", code="E-FILE", fault="bidder", secret=None
        ),
    )
    for path in (f"{AWARD}.json", f"{AWARD}.p7s"):
        del made.files[path]
    del made.files[f"{SECOND}identity.txt"]

    verify(made.facts(tmp_path))


def test_row_4_a_secret_is_counted_at_the_time_of_its_entry(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[49] = {**made.entries[49], "at": "2026-12-01T02:00:01.000000Z"}
    made.entries[50] = {**made.entries[50], "at": "2026-12-01T02:00:02.000000Z"}

    found = refusal(made.facts(tmp_path))

    assert found.file == f"{SINGLE}opening.json"
    assert "unopened, E-SEAL-UNCURED" in found.sentence


def test_row_7_a_release_counts_at_the_time_of_its_entry(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[73] = {**made.entries[73], "at": "2026-12-04T01:30:01.000000Z"}

    assert "codes of trustees" in refusal(made.facts(tmp_path / "unsaid")).sentence
    restated(made, PRICE, lambda text: text["trustees"][2].update(codes=["E-REL-LATE"]))
    for path in (f"{AWARD}.json", f"{AWARD}.p7s"):
        del made.files[path]
    verify(made.facts(tmp_path / "said"))


# Notices, policies, keys


def test_a_revision_may_not_be_kept_from_the_record(tmp_path: Path) -> None:
    made = golden_record()
    for name in ("3.json", "3.p7s"):
        del made.files[f"{PRICE}notice/{name}"]
    del made.proofs[f"{PRICE}notice/3.tlog-proof"]

    found = refusal(made.facts(tmp_path))

    assert (found.file, found.sentence) == (
        f"{PRICE}notice/2.json",
        "E-POLICY (hall): the ledger has further revisions",
    )


@pytest.mark.parametrize("signer", ["agency", "hall", "rival"])
def test_a_notice_is_signed_by_the_purchaser(signer: str, tmp_path: Path) -> None:
    made = golden_record()
    resign(made, f"{PRICE}notice/2", signer)

    assert refusal(made.facts(tmp_path)).file == f"{PRICE}notice/2.p7s"


def test_the_hall_may_sign_a_revision_that_moves_times_later_and_no_other(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[62] = {**made.entries[62], "kind": "trading.outage-recorded.v1"}
    for prefix in (PRICE, SINGLE):
        resign(made, f"{prefix}notice/3", "hall")
    verify(made.facts(tmp_path / "later"))

    made.entries[17] = {**made.entries[17], "kind": "trading.outage-recorded.v1"}
    changed(made, f"{PRICE}notice/2.json", lambda text: text.update(deposit_fen="1"))
    sha256 = resign(made, f"{PRICE}notice/2", "hall")
    made.entries[17] = {**made.entries[17], "notice_sha256": sha256}
    changed(made, f"{PRICE}notice/3.json", lambda text: text.update(previous=sha256))
    made.entries[62] = {
        **made.entries[62],
        "notice_sha256": resign(made, f"{PRICE}notice/3", "hall"),
    }
    found = refusal(made.facts(tmp_path / "more"))

    assert (found.file, found.sentence[:15]) == (f"{PRICE}notice/2.p7s", "E-POLICY (hall)")


def test_row_11_a_key_that_the_platform_signed_fails_the_record(tmp_path: Path) -> None:
    made = golden_record()
    sha256 = golden()["trustees"][0]["key"]["sha256"]
    resign(made, f"{PRICE}keys/{sha256}", "hall")

    found = refusal(made.facts(tmp_path))

    assert found.file == f"{PRICE}keys/{sha256}.p7s"
    assert found.sentence.startswith("E-POLICY (hall)")


def test_row_10_a_release_of_another_signer_has_no_place_in_a_record(tmp_path: Path) -> None:
    made = golden_record()
    stem = f"{PRICE}releases/{golden()['releases'][0]['sha256']}"
    resign(made, stem, "rival")

    assert refusal(made.facts(tmp_path)).file == f"{stem}.p7s"


# V14


def reawarded(made: Recorded, change: Callable[[Facts], object]) -> None:
    """Let the agency sign another award, which the hall enters."""
    changed(made, f"{AWARD}.json", change)
    sha256 = resign(made, AWARD, "agency")
    made.entries[80] = {**made.entries[80], "award_sha256": sha256}


def test_v14_finds_an_award_that_does_not_follow(tmp_path: Path, subtests: pytest.Subtests) -> None:
    changes: dict[str, Callable[[Facts], object]] = {
        "no winner": lambda text: text.update(winner=None),
        "another price": lambda text: text["ranking"][0].update(price_fen="1"),
        "another opening": lambda text: text.update(opening_sha256="00" * 32),
        "other rules": lambda text: text["rules"].update(sha256="00" * 32),
        "another lot": lambda text: text.update(lot="2"),
        "no limit": lambda text: text.update(limits=[]),
        "an objection nobody raised": lambda text: text["objections"][0].update(entry=78),
        "a rejection nobody decided": lambda text: text.update(
            rejected=[
                {
                    "envelope": golden()["seal"]["envelope_id"],
                    "ground": "technical.required",
                    "article": "TL 51",
                    "reason": "x",
                    "entry": 61,  # of another bidder
                }
            ],
            ranking=[],
            winner=None,
        ),
    }
    for name, change in changes.items():
        made = golden_record()
        reawarded(made, change)
        with subtests.test(name):
            found = refusal(made.facts(tmp_path / name))

            assert found.file == f"{AWARD}.json"
            assert found.sentence.startswith("E-AWARD (agency)")


def test_row_20_a_limit_opened_after_the_shares_were_asked_for_is_none(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[68] = {**made.entries.pop(64), "at": "2026-12-04T01:00:02.500000Z"}

    assert "limits are not those opened in time" in refusal(made.facts(tmp_path / "late")).sentence
    reawarded(made, lambda text: text.update(limits=[]))
    verify(made.facts(tmp_path / "none"))


def test_the_last_award_of_the_ledger_is_the_one_in_the_record(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[82] = an_entry(
        "bidding.awarded", "2026-12-08T11:00:00.000000Z", **LOT, n=2, award_sha256="00" * 32
    )

    assert "the ledger names another award" in refusal(made.facts(tmp_path)).sentence


def test_an_award_is_signed_by_the_agency(tmp_path: Path) -> None:
    made = golden_record()
    resign(made, AWARD, "purchaser")

    assert refusal(made.facts(tmp_path)).file == f"{AWARD}.p7s"


def test_an_award_of_a_lot_without_prices_is_not_verified(export: ExportFacts) -> None:
    alone = {path for path in export.files if not path.startswith(PRICE)}

    assert refusal(replace(export, files=frozenset(alone))).file == f"{AWARD}.json"
