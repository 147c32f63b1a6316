"""`hall demo`: the whole life of the one tender, over the public interface, verified offline."""

import csv
import re
from dataclasses import replace

import pytest

from tests import shared
from tests.web.halls import a_home, hall
from web.commands.demo import FIRST_PRICE_GOAL_S, FirstPriceLate, require_in_time
from web.demo.cast import BIDDERS, CAST
from web.demo.play import Played
from web.demo.tender import read_tender
from web.house import running_at

PLAY_S = 240


def test_the_tender_is_played_to_its_verified_end_and_only_once() -> None:
    with a_home() as home:
        played = hall(home, "demo", "--fast", seconds=PLAY_S)
        again = hall(home, "demo", "--fast")
        running = running_at(home)

    assert played.returncode == 0, played.stderr
    waited = re.search(r"first price (\d+\.\d) s after the deadline, nobody pressed", played.stdout)
    assert waited is not None
    assert float(waited[1]) < 15.0
    assert "awarded to 投标人甲" in played.stdout
    assert re.search(
        r"^Verified: \d+ entries, opened tenders: 1, bids: 7", played.stdout, re.MULTILINE
    )
    assert "/tenders/GC-2026-0918" in played.stdout
    assert (again.returncode, running) == (0, None)
    assert again.stdout.startswith("GC-2026-0918 is awarded already")


def test_a_price_is_in_time_until_the_goal_and_late_at_it() -> None:
    done = Played(tender="GC-1", room="o-1", first_price_s=FIRST_PRICE_GOAL_S, winner="投标人甲")
    require_in_time(replace(done, first_price_s=FIRST_PRICE_GOAL_S - 0.001))

    with pytest.raises(FirstPriceLate, match="not within 15"):
        require_in_time(done)


def test_the_figures_are_those_of_the_source() -> None:
    tender = read_tender()
    with shared.path("data/tsuchiura_bids.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["tender_id"] == "TSU-918"]

    assert [(str(bid.price), bid.rejected is not None) for bid in tender.bids] == [
        (row["bid_amount"], row["status"] == "disqualified") for row in rows
    ]
    assert {str(tender.ceiling)} == {row["reserve_price"] for row in rows}
    assert min(bid.price for bid in tender.bids if bid.rejected is None) == tender.bids[0].price


def test_no_name_of_the_source_is_shown() -> None:
    with shared.path("data/tsuchiura_bids.csv").open(encoding="utf-8") as stream:
        names = [
            row["bidder_name"] for row in csv.DictReader(stream) if row["tender_id"] == "TSU-918"
        ]

    assert [bid.player for bid in read_tender().bids] == list(BIDDERS)
    assert not {player.org_name for player in CAST} & set(names)


@pytest.mark.parametrize("player", CAST, ids=lambda player: player.name)
def test_every_player_has_a_name_that_a_ledger_takes(player: object) -> None:
    assert re.fullmatch(r"[a-z][a-z-]{1,30}", str(getattr(player, "name", "")))
