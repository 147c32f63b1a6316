from pathlib import Path

from bidding.awarded import verify_awards
from bidding.record import verify_boxes
from tests.bidding.recorded import golden_record


def test_the_golden_tender_is_verified(tmp_path: Path) -> None:
    boxes = verify_boxes(golden_record().facts(tmp_path))
    awards = verify_awards(boxes)

    assert [(box.box.lot, box.box.stage) for box in boxes] == [("1", "price"), ("2", "single")]
    assert [one.result.verdict for box in boxes for one in box.judged.values()] == [
        "opened",
        "opened",
    ]
    [award] = awards.values()
    assert award.awarded
    assert award.award.winner is not None
