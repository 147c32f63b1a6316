"""A drill over the wire: the terminal answers the hall's question, and no other answer counts."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from bidding.clients import rehearsing
from bidding.clients.rehearsing import Drills
from bidding.store import drills
from notary.shape import read
from sql.database import Database
from tests.bidding.town import a_draft, once
from tests.web.test_bidder import Fair, a_fair
from trading import service as trading
from web.client import Refused
from web.commands import trustee


async def a_machine(fair: Fair, name: str) -> Path:
    """Return the folder of a duty client that has given its key to a draft."""
    town = fair.town
    await trading.draft(town.database, town.hall, town.people["drafter"].actor, once(), a_draft())
    async with fair.duty(name) as duty:
        assert await rehearsing.answer_requests(duty) == ["ok"]
    return fair.key_folder(name) / "duty"


async def last(fair: Fair, name: str) -> dict[str, object]:
    async with fair.town.database.transaction() as tx:
        return dict(await drills.last_of(tx, fair.town.people[name].actor.org))


async def test_a_drill_counts_when_the_terminal_reads_the_question_and_only_then(
    database: Database, tmp_path: Path
) -> None:
    async with a_fair(database, tmp_path) as fair:
        folder = await a_machine(fair, "officer")
        async with fair.client(folder) as hall:
            [asked] = read(Drills, await hall.send("GET", "/trustee/drills?member=chief")).drills
            said = {"key_sha256": asked.key_sha256, "at": asked.at, "outcome": "ok"}
            with pytest.raises(Refused) as refused:
                await hall.send("POST", "/trustee/drills", {**said, "answer": 64 * "0"})
        assert refused.value.code == "drill.not_answered"
        assert await last(fair, "officer") == {}

        words = ["drill", "--key", str(folder), "--url", fair.origin]
        done = await asyncio.to_thread(CliRunner().invoke, trustee.command, words)

        assert (done.exit_code, done.output[:3]) == (0, "ok\n"), done.output
        assert await last(fair, "officer") == {"chief": fair.now()}
