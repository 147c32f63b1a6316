from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sql.database import Database
from tests.trading.house import DEADLINE, NOW, House, a_draft, a_house, announce, in_box, in_lot
from trading import service
from trading.rules import phases
from trading.types import Fen, Kind, Milestone, Order, Phase, Search

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    """Open a demonstration hall with five tenders, published a minute apart."""
    house = await a_house(database, tmp_path, demo=True)
    rows = [
        ("T-1", "construction", "市场维修改造工程", "100", "2026-11-23T01:30:00Z"),
        ("T-2", "construction", "道路改造工程", "300", "2026-11-24T01:30:00Z"),
        ("T-3", "land", "宗地出让", None, "2026-11-25T01:30:00Z"),
        ("T-4", "construction", "桥梁 100% 加固", "200", "2026-11-26T01:30:00Z"),
        ("T-5", "construction", "绿化工程", "400", "2026-11-27T01:30:00Z"),
    ]
    for n, (tender, kind, title, ceiling, deadline) in enumerate(rows):
        house.clock.move_to(NOW + n * MINUTE)
        draft = a_draft(
            house,
            tender=tender,
            kind=kind,
            title={"zh": title, "en": f"Works {n}"},
            rules="replay/2026-11",
            deposit_fen="0",
        )
        await announce(house, in_box(in_lot(draft, ceiling_fen=ceiling), deadline=deadline))
    return house


async def tell(house: House, tender: str, milestone: Milestone, at: datetime) -> None:
    """Note a milestone as `bidding` does, with an entry of its own."""
    async with house.database.transaction() as tx:
        await service.tell(tx, tender, milestone, at)
        await tx.execute(
            """
            INSERT INTO notary.ledger_body (kind, subject, at, body, salt, record)
            VALUES ('test', $1, $2, $3, $4, $5)
            """,
            tender,
            at,
            b"{}",
            bytes(32),
            b"\x01" + house.hall.entropy(32),
        )


async def found(house: House, wanted: Search) -> list[str]:
    page = await service.search(house.database, house.hall, wanted)
    return [tender.facts.tender_id for tender in page.tenders]


async def test_the_nearest_deadline_comes_first_and_past_ones_last(house: House) -> None:
    assert await found(house, Search()) == ["T-1", "T-2", "T-3", "T-4", "T-5"]

    house.clock.move_to(DEADLINE + timedelta(days=1))

    assert await found(house, Search()) == ["T-3", "T-4", "T-5", "T-2", "T-1"]


async def test_other_orders(house: House) -> None:
    newest = ["T-5", "T-4", "T-3", "T-2", "T-1"]
    by_amount = ["T-5", "T-2", "T-4", "T-1", "T-3"]

    assert await found(house, Search(order=Order.NEWEST)) == newest
    assert await found(house, Search(order=Order.AMOUNT)) == by_amount


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("改造", ["T-1", "T-2"]),
        ("改造 道路", ["T-2"]),
        ("造", ["T-1", "T-2"]),
        ("ＷＯＲＫＳ　３", ["T-3", "T-4"]),
        ("100%", ["T-4"]),
        ("%", ["T-4"]),
        ("t-3", ["T-3"]),
        ("ORG-PURCHASER 单位", ["T-1", "T-2", "T-3", "T-4", "T-5"]),
        ("nothing", []),
    ],
)
async def test_words_are_looked_for_as_they_stand(
    house: House, words: str, expected: list[str]
) -> None:
    assert await found(house, Search(words=tuple(words.split()))) == expected


async def test_a_word_is_found_by_its_pairs_and_not_by_reading_everything(house: House) -> None:
    async with house.database.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        lines = await tx.fetch(
            """
            EXPLAIN SELECT tender_id
                      FROM trading.searchable
                     WHERE pairs @> ARRAY(SELECT unnest(trading.pairs(trading.plain('改造工程'))))
            """
        )

    assert "searchable_by_pair" in " ".join(line[0] for line in lines)


async def test_ceilings_agencies_and_branches_narrow(house: House) -> None:
    assert await found(house, Search(least=Fen(200), most=Fen(300))) == ["T-2", "T-4"]
    assert await found(house, Search(most=Fen(99))) == []
    assert await found(house, Search(branches=("-",), take=1)) == ["T-1"]
    assert await found(house, Search(branches=("north",))) == []
    assert await found(house, Search(agencies=("NOBODY",))) == []
    assert await found(house, Search(tenders=("T-2", "T-9"))) == ["T-2"]
    page = await service.search(house.database, house.hall, Search(agencies=("NOBODY",)))
    assert page.total == 0
    assert page.by_agency == {"ORG-AGENCY": 5}
    assert page.by_branch == {"-": 0}


async def test_conditions_narrow_and_pages_follow(house: House) -> None:
    since, until = NOW + MINUTE, NOW + 3 * MINUTE

    assert await found(house, Search(kinds=(Kind.LAND,))) == ["T-3"]
    assert await found(house, Search(since=since, until=until)) == ["T-2", "T-3"]
    assert await found(house, Search(skip=2, take=2)) == ["T-3", "T-4"]
    page = await service.search(house.database, house.hall, Search(skip=4, take=2))
    assert (len(page.tenders), page.total) == (1, 5)


async def test_phases_in_a_search_are_those_of_the_rules(house: House) -> None:
    now = DEADLINE + timedelta(days=2)
    await tell(house, "T-1", Milestone.CANDIDATES, now)
    await tell(house, "T-1", Milestone.AWARDED, now)
    await tell(house, "T-2", Milestone.ENDED, now)
    await tell(house, "T-4", Milestone.CANDIDATES, now)
    await tell(house, "T-5", Milestone.CANCELLED, now)
    house.clock.move_to(now)

    every = await service.search(house.database, house.hall, Search())
    for tender in every.tenders:
        phase = phases.phase(tender.facts, now)
        assert tender.facts.tender_id in await found(house, Search(phases=(phase,)))
    assert every.by_phase == {
        Phase.DRAFT: 0,
        Phase.BIDDING: 0,
        Phase.OPENING: 1,
        Phase.CANDIDATES: 1,
        Phase.AWARDED: 1,
        Phase.ENDED: 1,
        Phase.CANCELLED: 1,
    }


async def test_counts_of_a_filter_leave_out_its_own_condition(house: House) -> None:
    house.clock.move_to(DEADLINE)
    wanted = Search(kinds=(Kind.LAND,), phases=(Phase.BIDDING,))
    page = await service.search(house.database, house.hall, wanted)

    assert page.total == 1
    assert (page.by_kind[Kind.CONSTRUCTION], page.by_kind[Kind.LAND]) == (3, 1)
    assert (page.by_phase[Phase.BIDDING], page.by_phase[Phase.OPENING]) == (1, 0)


async def test_the_first_instant_of_a_milestone_stays(house: House) -> None:
    await tell(house, "T-1", Milestone.CANDIDATES, DEADLINE)
    await tell(house, "T-1", Milestone.CANDIDATES, DEADLINE + MINUTE)

    record = await service.record(house.database, house.hall, "T-1")
    assert record.tender.facts.candidates_at == DEADLINE
