"""What a bidder's own desk knows of its sealed bids."""

from datetime import timedelta
from pathlib import Path

from bidding import standing
from bidding.store.watched import FRESH
from sql.database import Database
from tests.bidding.crowd import let_many_boxes_follow
from tests.bidding.disputed import a_lawful_town, finish, read_out, room_of
from tests.bidding.drafts import DEADLINE
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


BEFORE, AFTER = "-1 minute", "1 minute"
CONCERNED = ("ORG-AGENCY", "ORG-PURCHASER", "FIRM-1", "FIRM-4")


async def lots_of(town: Town, org: str) -> list[str]:
    """Return the lots whose boxes may stand on the desk of a body, but those that crowd around."""
    scenes, _ = await standing.for_desk(town.database, town.hall, org)
    return [lot for one in scenes if not (lot := one.standing.box.key.lot).startswith("later-")]


async def test_a_finished_box_stays_with_whom_it_concerns_however_many_came_after_it(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await a_lawful_town(database, tmp_path)
    await read_out(town)
    await finish(town)
    await let_many_boxes_follow(owner_dsn, apart=AFTER)
    town.clock.move_to(town.clock.now + timedelta(hours=2))
    own = {org: await lots_of(town, org) for org in CONCERNED}
    town.clock.move_to(town.clock.now + FRESH + timedelta(days=1))

    assert own == {"ORG-AGENCY": ["1"], "ORG-PURCHASER": ["1"], "FIRM-1": ["1"], "FIRM-4": []}
    assert await lots_of(town, "ORG-AGENCY") == ["1"]


async def test_a_box_not_opened_is_told_to_its_agency_for_a_month(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await a_town(database, tmp_path / "home", 1)
    await announce(town)
    town.clock.move_to(DEADLINE)
    await town.carry()
    await let_many_boxes_follow(owner_dsn, apart=AFTER)
    town.clock.move_to(DEADLINE + FRESH - timedelta(hours=1))

    assert await lots_of(town, "ORG-AGENCY") == ["1"]
    town.clock.move_to(DEADLINE + FRESH + timedelta(hours=1))
    assert await lots_of(town, "ORG-AGENCY") == []


async def test_a_coming_box_stays_with_its_trustees_and_bidders_behind_fifty_others(
    database: Database, tmp_path: Path, owner_dsn: str
) -> None:
    town = await a_town(database, tmp_path / "home", 2)
    await announce(town)
    await bid(town, "firm-1", 1)
    await let_many_boxes_follow(owner_dsn, "NULL", BEFORE)
    town.clock.move_to(DEADLINE - timedelta(days=2))

    found = {org: await lots_of(town, org) for org in ("ORG-OFFICER", "FIRM-1", "FIRM-2")}
    assert found == {"ORG-OFFICER": ["1"], "FIRM-1": ["1"], "FIRM-2": []}
    assert await own(town, "firm-1") == ({room_of(town)}, set())
