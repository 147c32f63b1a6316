"""A colleague who prepares binds the firm by no act: not by a signature, and not by a word."""

from pathlib import Path

import pytest

from bidding import contested, objecting
from notary import colleagues, home
from notary.colleagues import Right
from notary.identity import Line, PreparesOnly, Role
from sql.database import Database
from tests.bidding.disputed import a_lawful_town, in_room, read_out, to_documents, withdraw
from tests.bidding.town import TENDER, Town, bid, enrol, kinds, once
from trading import clarifying, complaints
from trading.complaints import Wish
from trading.disputes import Matter


async def with_colleague(town: Town, folder: Path) -> None:
    """Give the second firm a colleague `li`, who signs with a certificate of the firm."""
    own = home.demo_authority(folder / "home")
    firm = town.people["firm-2"].actor
    town.people["li"] = await enrol(
        town.database, town.hall, own, "li", firm.org, Line.NONE, (Role.BIDDER,)
    )


async def let(town: Town, right: Right) -> None:
    """Let the head of the firm say what the colleague may do."""
    head = town.people["firm-2"].actor
    await colleagues.set_right(town.database, town.hall, head, once("firm-2"), "li", right)


async def ask(town: Town) -> None:
    li = town.people["li"].actor
    await clarifying.ask(town.database, town.hall, li, once("li"), TENDER, "图纸 3 缺页？")


async def complain(town: Town) -> None:
    await complaints.complain(
        town.database,
        town.hall,
        town.people["li"].actor,
        once("li"),
        Wish(tender=TENDER, about=Matter.OTHER, known_on="2026-11-02", text="请求查处"),
        in_the_room=contested.objected_in_rooms,
    )


async def test_before_the_deadline_a_preparer_neither_bids_nor_objects_asks_or_complains(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    await with_colleague(town, tmp_path)
    await let(town, "prepare")
    before = await kinds(town)
    for act in (ask(town), complain(town), to_documents(town, "li"), bid(town, "li", 7)):
        with pytest.raises(PreparesOnly):
            await act
    assert await kinds(town) == before

    await let(town, "submit")
    await ask(town)
    await complain(town)
    raised = await to_documents(town, "li")
    await let(town, "prepare")
    with pytest.raises(PreparesOnly):
        await withdraw(town, raised, "li")
    await let(town, "submit")
    await withdraw(town, raised, "li")


async def test_in_the_opening_room_a_preparer_neither_objects_nor_confirms(
    database: Database, tmp_path: Path
) -> None:
    town = await a_lawful_town(database, tmp_path)
    await with_colleague(town, tmp_path)
    await let(town, "prepare")
    await read_out(town)
    with pytest.raises(PreparesOnly):
        await in_room(town, objecting.confirm, "li")
    with pytest.raises(PreparesOnly):
        await in_room(town, objecting.raise_objection, "li", "单位没有授权")

    await let(town, "submit")
    await in_room(town, objecting.confirm, "li")
    await in_room(town, objecting.raise_objection, "li", "价格读错")
