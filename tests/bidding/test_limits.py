"""Secret limits: opened before the prices by their agency's own client, or never."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import dossier, limits
from bidding.clients import limit_duty
from bidding.clients.duty import Grounds, Refused
from bidding.clients.limit_duty import Kept
from bidding.clients.offer import Check, Withheld
from bidding.facts import BoxKey
from bidding.ranking import BELOW_MINIMUM
from bidding.steps import Step
from notary.canonical import Json
from notary.entropy import system_entropy
from notary.refusal import Refusal
from notary.shape import Fen, write
from sql.database import Database
from tests.bidding.acts import appended, outcome, verified
from tests.bidding.staged import (
    a_staged_draft,
    bid_at,
    box_at,
    log_of,
    open_stage,
    place,
    reject_as_agency,
)
from tests.bidding.town import DEADLINE, TENDER, Town, a_town, announce, award_lot, once
from trading.types import Stage

MICROSECOND = timedelta(microseconds=1)
GATE_WAIT = timedelta(minutes=15)
REFERENCE = limit_duty.draw_up("reference", Fen(1_250_000_000), system_entropy)


def bound(*kept: Kept) -> tuple[dict[str, Json], ...]:
    return tuple(dict(write(one.limit)) for one in kept)  # type: ignore[arg-type]


async def open_as(town: Town, kept: Kept, *, fen: int | None = None, name: str = "") -> str:
    """Open a limit over the service; return what came of it."""
    return await outcome(
        limits.open_limit(
            town.database,
            town.hall,
            town.people["drafter"].actor,
            once("drafter"),
            TENDER,
            "1",
            name=name or kept.name,
            fen=Fen(kept.fen if fen is None else fen),
            salt=kept.salt,
        )
    )


async def run_client(town: Town, kept: Iterable[Kept]) -> list[str]:
    """Let the agency's duty client open what is due, over the hall's own services."""

    async def send(method: str, path: str, body: Json = None, *, key: str | None = None) -> Json:
        actor = town.people["drafter"].actor
        if path.startswith("/agency/limits"):
            return {
                "limits": [
                    {
                        **one.box._asdict(),
                        "name": one.limit.name,
                        "commit": one.limit.commit,
                    }
                    for one in await limits.wanted(town.database, actor)
                ]
            }
        _, _, tender, *rest = path.split("/")
        if method == "GET":
            return await dossier.for_sealing(town.database, BoxKey(tender, rest[0], Stage(rest[1])))
        assert isinstance(body, dict)
        assert key is not None
        try:
            return await limits.open_limit(
                town.database,
                town.hall,
                actor,
                once("drafter"),
                tender,
                rest[1],
                name=str(body["name"]),
                fen=Fen(int(str(body["fen"]))),
                salt=bytes.fromhex(str(body["salt"])),
            )
        except Refusal as refusal:
            raise Refused(refusal.code) from refusal

    grounds = Grounds(
        log=await log_of(town), authorities=town.hall.authorities, clock=lambda: town.clock.now
    )
    return await limit_duty.open_due(send, grounds, kept)


async def test_the_agencys_client_opens_its_limit_before_shares_are_asked_for(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft("technical", "price", limits=bound(REFERENCE)))
    envelopes = await bid_at(town, "technical", "price")
    await open_stage(town, "technical")
    await town.carry(place("price"))
    assert await open_as(town, REFERENCE) == "limit.not_now"  # it waits for the technical bids
    assert await run_client(town, [REFERENCE]) == []
    town.clock.move_to((await box_at(town, "price")).open_at)
    assert await town.carry(place("price")) == [Step.REVISE]

    assert await open_as(town, REFERENCE, fen=1_250_000_001) == "limit.not_good"
    assert await open_as(town, REFERENCE, name="minimum") == "limit.unknown"
    assert await run_client(town, [REFERENCE]) == [REFERENCE.limit.commit]
    assert await open_as(town, REFERENCE) == "accepted"  # again: the first receipt
    assert (await open_stage(town, "price"))[:1] == [Step.ASK]
    assert (await award_lot(town))["winner"] == envelopes["firm-1", "price"]
    record = await verified(town, tmp_path / "export")
    (award,) = record.awards.values()
    assert [one.fen for one in award.award.limits] == [1_250_000_000]


async def test_a_limit_that_stays_shut_until_the_gate_ends_is_none_for_good(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft("price", limits=bound(REFERENCE)))
    await bid_at(town, "price")
    town.clock.move_to(DEADLINE)
    assert await town.carry(place("price")) == [Step.CLOSE, Step.LIST]
    town.clock.move_to(DEADLINE + GATE_WAIT - MICROSECOND)
    assert await town.carry(place("price")) == []

    town.clock.move_to(DEADLINE + GATE_WAIT)
    assert await town.carry(place("price")) == [Step.FORFEIT, Step.ASK, Step.POSTPONE]
    assert await open_as(town, REFERENCE) == "limit.not_now"
    (forfeited,) = [said for kind, said in await appended(town) if kind == limits.OPENED]
    assert (forfeited["name"], forfeited["fen"], forfeited["salt"]) == ("reference", None, None)
    await open_stage(town, "price")
    await award_lot(town)
    record = await verified(town, tmp_path / "export")
    (award,) = record.awards.values()
    assert award.award.limits == ()


async def test_a_price_below_an_opened_minimum_has_to_be_rejected(
    database: Database, tmp_path: Path
) -> None:
    minimum = limit_duty.draw_up("minimum", Fen(1_200_000_001), system_entropy)
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft("price", limits=bound(minimum), rules="replay/2026-11"))
    envelopes = await bid_at(town, "price")
    town.clock.move_to(DEADLINE)
    await town.carry(place("price"))
    assert await run_client(town, [minimum]) == [minimum.limit.commit]
    await open_stage(town, "price")

    assert await outcome(award_lot(town)) == "award.not_rejected"
    assert (
        await outcome(reject_as_agency(town, envelopes["firm-2", "price"], ground=BELOW_MINIMUM))
    ) == "award.not_rejected"
    await reject_as_agency(town, envelopes["firm-1", "price"], ground=BELOW_MINIMUM)
    assert (await award_lot(town))["winner"] == envelopes["firm-2", "price"]
    await verified(town, tmp_path / "export")


async def test_a_client_opens_nothing_before_the_deadline_whatever_the_hall_says(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft("price", limits=bound(REFERENCE)))
    await bid_at(town, "price")
    town.clock.move_to(DEADLINE)
    await town.carry(place("price"))

    town.clock.now = DEADLINE - MICROSECOND
    with pytest.raises(Withheld) as withheld:
        await run_client(town, [REFERENCE])
    assert withheld.value.check is Check.CLOCK
    town.clock.now = DEADLINE
    assert await run_client(town, [REFERENCE]) == [REFERENCE.limit.commit]
