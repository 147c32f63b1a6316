"""Submit, replace, withdraw, wait, close, in any order: a box against a model of ten lines."""

import asyncio
import itertools
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from bidding.facts import BoxKey
from bidding.sealed.lists import read_list
from bidding.steps import Step
from bidding.store import boxes
from notary import ledger, receipt
from notary.instant import seconds
from notary.once import Answer
from notary.refusal import Refusal
from sql.database import Database
from tests.bidding.acts import withdraw_as
from tests.bidding.town import Town, a_draft, a_town, announce, seal_as, submit_as
from trading.types import Stage

FIRMS = ("firm-1", "firm-2", "firm-3")
TAKING_FOR = timedelta(seconds=20)

T = TypeVar("T")

_numbers = itertools.count(1)


class Machine(RuleBasedStateMachine):
    """One tender after the other in one town.

    The model: `last`: each bidder's last envelope that was accepted, or None once it is withdrawn;
    whoever is refused changes nothing.
    """

    town: ClassVar[Town]
    runner: ClassVar[asyncio.Runner]

    def __init__(self) -> None:
        super().__init__()
        town = self.town
        # Later than every tender before: the clock of a town never goes back. A whole second: a
        # notice takes the keys that were tried by then.
        town.clock.move_to(town.clock.now.replace(microsecond=0) + timedelta(seconds=1))
        self.deadline = town.clock.now + TAKING_FOR
        self.key = BoxKey(f"T-{next(_numbers)}", "1", Stage.SINGLE)
        draft = a_draft(tender=self.key.tender)
        draft["lots"][0]["boxes"][0]["deadline"] = seconds(self.deadline)
        self.run(announce(town, draft))
        self.last: dict[str, str | None] = {}
        self.receipts: list[bytes] = []
        self.closed = False

    @property
    def is_taking(self) -> bool:
        """Whether the model takes bids now."""
        return self.town.clock.now < self.deadline and not self.closed

    @rule(name=st.sampled_from(FIRMS), price=st.integers(1, 9))
    def submit(self, name: str, price: int) -> None:
        """Submit a bid, in place of an earlier one if there is one."""
        sealed = self.run(seal_as(self.town, name, price, self.key))
        if self._accepted(submit_as(self.town, name, sealed)):
            self.last[name] = sealed.envelope_id

    @rule(name=st.sampled_from(FIRMS))
    @precondition(lambda self: any(self.last.values()))
    def withdraw(self, name: str) -> None:
        """Withdraw the last envelope of a bidder, whoever asks."""
        owner = next(one for one, envelope in self.last.items() if envelope is not None)
        envelope = self.last[owner]
        assert envelope is not None
        wish = withdraw_as(self.town, name, envelope, tender=self.key.tender)
        if self._accepted(wish, allowed=name == owner):
            self.last[owner] = None

    @rule(microseconds=st.sampled_from([1, 1_000_000, 4_999_999, 5_000_000]))
    def wait(self, microseconds: int) -> None:
        """Let the clock go on."""
        self.town.clock.move_to(self.town.clock.now + timedelta(microseconds=microseconds))

    @rule()
    def close(self) -> None:
        """Let the clerk do what is due: nothing before the deadline."""
        steps = self.run(self.town.carry(self.key))
        counting = [one for one in self.last.values() if one is not None]
        if self.closed or self.town.clock.now < self.deadline:
            assert steps == []
            return
        end = Step.ASK if len(counting) >= len(FIRMS) else Step.LEAVE_SHUT
        assert steps == [Step.CLOSE, Step.LIST, end]
        self.closed = True

    @invariant()
    def the_list_is_the_models(self) -> None:
        """List in a closed box what the model counts; find every accepted receipt in the log."""
        if not self.closed:
            return
        listed, log = self.run(self._seen())
        assert listed == sorted(one for one in self.last.values() if one is not None)
        places = [log.index(record) for record in self.receipts]
        assert places == sorted(places)

    @override
    def teardown(self) -> None:
        """Come to the end of every box: the list is looked at each time."""
        if not self.closed:
            self.town.clock.move_to(max(self.town.clock.now, self.deadline))
            self.close()
            self.the_list_is_the_models()

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        """Do an act on the loop to which the town's connections belong."""
        return self.runner.run(act)

    def _accepted(self, act: Coroutine[Any, Any, Answer], *, allowed: bool = True) -> bool:
        """Do an act that the model accepts while the box takes bids, if it is `allowed`."""
        expected = self.is_taking and allowed
        try:
            answer = self.run(act)
        except Refusal:
            assert not expected
            return False
        assert expected
        given = receipt.parse(str(answer["receipt"]).encode())
        assert given.record is not None
        self.receipts.append(given.record)
        return True

    async def _seen(self) -> tuple[list[str], list[bytes]]:
        await self.town.settle()
        async with self.town.database.transaction() as tx:
            box = await boxes.box(tx, self.key)
            log = await ledger.entries_about(tx, self.key.tender)
        assert box is not None
        assert box.list_json is not None
        return [one.envelope for one in read_list(box.list_json).envelopes], [
            one.record for one in log
        ]


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.nightly)])
def test_a_box_is_its_model(database_dsn: str, tmp_path: Path, examples: int) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(Database.open(database_dsn))
        Machine.runner = runner
        Machine.town = runner.run(a_town(database, tmp_path, len(FIRMS)))
        wanted = settings(max_examples=examples, stateful_step_count=20, deadline=None)
        run_state_machine_as_test(Machine, settings=wanted)
        runner.run(database.close())
