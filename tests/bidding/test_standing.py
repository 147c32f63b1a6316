"""What a bidder's own desk knows of its sealed bids."""

from pathlib import Path

from bidding import standing
from sql.database import Database
from tests.bidding.disputed import room_of
from tests.bidding.revising import a_change, amend
from tests.bidding.test_completing import unsent
from tests.bidding.town import Town, a_town, announce, bid, send_part, submit_as


async def own(town: Town, name: str) -> tuple[set[str], set[str]]:
    _, found = await standing.for_desk(town.database, town.hall, town.people[name].actor.org)
    return set(found.live), set(found.voided)


async def test_an_amendment_that_wants_a_bid_sealed_again_voids_it_and_no_other_does(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 2)
    await announce(town)
    room = {room_of(town)}
    await bid(town, "firm-1", 1)
    await amend(town, a_change(max_bytes=6_000_000))
    harmless = await own(town, "firm-1")
    await amend(town, a_change(max_bytes=5_000_000, reseal=True))
    voided = await own(town, "firm-1")
    await bid(town, "firm-1", 2)

    assert harmless == (room, set())
    assert voided == (room, room)
    assert await own(town, "firm-1") == (room, set())
    assert await own(town, "firm-2") == (set(), set())


async def test_a_bid_that_waits_for_parts_is_shown_as_that_and_counts_with_the_last_one(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town)
    sealed, firm = await unsent(town, "firm-1", 1), town.people["firm-1"].actor.org

    await submit_as(town, "firm-1", sealed)
    _, waiting = await standing.for_desk(town.database, town.hall, firm)
    await send_part(town, sealed.part_0)
    _, whole = await standing.for_desk(town.database, town.hall, firm)

    assert (waiting.live, waiting.incomplete) == (frozenset(), frozenset({room_of(town)}))
    assert (whole.live, whole.incomplete) == (frozenset({room_of(town)}), frozenset())
