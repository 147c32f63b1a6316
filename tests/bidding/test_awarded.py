from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from notary.verify import ExportFacts
from tests.bidding.golden import Facts, golden
from tests.bidding.recorded import (
    LOT,
    PRICE,
    Recorded,
    an_entry,
    golden_record,
)
from tests.bidding.tampered import AWARD, changed, refusal, resign, verify


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> ExportFacts:
    """Write the golden export, which no test changes."""
    return golden_record().facts(tmp_path_factory.mktemp("golden"))


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


def test_an_award_over_an_unanswered_objection_is_not_verified(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    candidates = {"about": "candidates", "objection": "ab" * 16, "text_sha256": "00" * 32}
    in_room = {"stage": "price", "n": 2, "text_sha256": "00" * 32}
    for kind, said in (("trading", candidates), ("bidding", in_room)):
        made = golden_record()
        at = "2026-12-06T0{}:00:00.000000Z"
        made.entries[78] = an_entry(f"{kind}.objection-raised", at.format(1), **LOT, **said)
        with subtests.test(kind):
            assert "entry 78 has no answer" in refusal(made.facts(tmp_path / kind)).sentence

        made = golden_record()
        made.entries[74] = an_entry(f"{kind}.objection-raised", at.format(1), **LOT, **said)
        made.entries[78] = an_entry(f"{kind}.objection-answered", at.format(2), **LOT, **said)
        reawarded(made, lambda text: text["objections"].insert(0, {"entry": 74, "answer": 78}))
        with subtests.test(f"{kind}, answered"):
            verify(made.facts(tmp_path / f"{kind}-answered"))

        reawarded(made, lambda text: text["objections"][0].update(answer=79))
        with subtests.test(f"{kind}, answered by another"):
            assert "entry 79 is not" in refusal(made.facts(tmp_path / f"{kind}-other")).sentence


def test_an_award_is_made_when_the_publicity_is_over_and_not_a_microsecond_before(
    tmp_path: Path,
) -> None:
    made = golden_record()  # whose candidates are on display until 2026-12-08T09:00:00Z
    made.entries[80] = {**made.entries[80], "at": "2026-12-08T09:00:00.000000Z"}
    verify(made.facts(tmp_path / "over"))

    made.entries[80] = {**made.entries[80], "at": "2026-12-08T08:59:59.999999Z"}
    assert "before the publicity" in refusal(made.facts(tmp_path / "before")).sentence


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
