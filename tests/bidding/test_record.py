import base64
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bidding.proof.awarded import verify_awards
from bidding.proof.record import verify_boxes
from bidding.types import Verdict
from notary.verify import ExportFacts
from tests.bidding.golden import Facts, bid, golden
from tests.bidding.recorded import (
    PRICE,
    SINGLE,
    TENDER,
    golden_paths,
    golden_record,
)
from tests.bidding.tampered import AWARD, SECOND, refusal, resign, restated, verify


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> ExportFacts:
    """Write the golden export, which no test changes."""
    return golden_record().facts(tmp_path_factory.mktemp("golden"))


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


def test_row_10_a_release_of_another_signer_has_no_place_in_a_record(tmp_path: Path) -> None:
    made = golden_record()
    stem = f"{PRICE}releases/{golden()['releases'][0]['sha256']}"
    resign(made, stem, "rival")

    assert refusal(made.facts(tmp_path)).file == f"{stem}.p7s"


def test_what_the_ledger_says_came_is_in_the_record(tmp_path: Path) -> None:
    made = golden_record()
    stem = f"{PRICE}releases/{golden()['releases'][2]['sha256']}"
    del made.files[f"{stem}.json"], made.files[f"{stem}.p7s"]

    assert refusal(made.facts(tmp_path)).file == f"{stem}.json"


def test_what_the_ledger_does_not_say_came_is_not(tmp_path: Path) -> None:
    made = golden_record()
    del made.entries[73]

    found = refusal(made.facts(tmp_path))

    assert found.sentence == "the ledger does not say that it came"


def test_an_identity_stands_beside_opened_bids_only(tmp_path: Path) -> None:
    made = golden_record()
    made.files[f"{SECOND}identity.txt"] = f"{bid('solo')['identity']}\n".encode()

    assert refusal(made.facts(tmp_path)).file == f"{SECOND}identity.txt"
