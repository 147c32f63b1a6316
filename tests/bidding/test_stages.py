"""Two envelopes: what is rejected at the first stage stays shut at the second, provably."""

import asyncio
import copy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import dossier, keys, releases
from bidding.clients import gate, trustee
from bidding.clients.gate import Dossier
from bidding.clients.offer import Check, Withheld
from bidding.clients.sealing import SealedBid
from bidding.sealed.lists import read_list
from bidding.sealed.statements import OwnerRelease
from bidding.steps import Step
from notary.instant import seconds
from notary.shape import dump, read
from notary.sums import NotVerified
from sql.database import Database
from tests.bidding.acts import boxed, entries, outcome, verified
from tests.bidding.revising import a_change, amend
from tests.bidding.staged import (
    a_staged_draft,
    bid_at,
    box_at,
    duty_of,
    log_of,
    open_stage,
    overturn_as_agency,
    place,
    reject_as_agency,
    set_aside_in_silence,
)
from tests.bidding.town import Town, a_town, announce, award_lot, bid, once, seal_as, submit_as

TWO = ("technical", "price")
LONGER = timedelta(hours=1)


async def two_envelopes(
    database: Database, folder: Path
) -> tuple[Town, dict[tuple[str, str], str]]:
    """Publish, take both envelopes of three firms, and open the technical ones."""
    town = await a_town(database, folder / "home", 4)
    await announce(town, a_staged_draft(*TWO))
    envelopes = await bid_at(town, *TWO)
    await open_stage(town, "technical")
    return town, envelopes


async def test_a_bid_rejected_at_the_first_stage_is_never_opened_at_the_second(
    database: Database, tmp_path: Path
) -> None:
    town, envelopes = await two_envelopes(database, tmp_path)
    await town.carry(place("price"))
    assert (await box_at(town, "price")).revised_at is None  # it waits for its opening
    await reject_as_agency(town, envelopes["firm-1", "technical"])

    assert await open_stage(town, "price") == [
        Step.REVISE,
        Step.ASK,
        Step.ANNOUNCE,
        Step.ANNOUNCE,
        Step.FINISH,
    ]
    box = await box_at(town, "price")
    assert box.revised_json is not None
    revised = read_list(box.revised_json)
    assert [one.envelope for one in revised.kept_shut] == [envelopes["firm-1", "price"]]
    awarded = await award_lot(town)
    assert awarded["winner"] == envelopes["firm-2", "price"]
    record = await verified(town, tmp_path / "export")
    shut = tmp_path / "export" / "tender" / place("price").tender / "1" / "price" / "bids"
    names = {path.name for path in (shut / envelopes["firm-1", "price"]).iterdir()}
    assert names == {"entry.tlog-proof"}
    assert [box.box.stage for box in record.boxes] == ["price", "technical"]


async def test_a_list_is_revised_also_if_nobody_was_rejected(
    database: Database, tmp_path: Path
) -> None:
    town, envelopes = await two_envelopes(database, tmp_path)

    assert Step.REVISE in await open_stage(town, "price")
    box = await box_at(town, "price")
    assert box.revised_json is not None
    assert read_list(box.revised_json).kept_shut == ()
    assert (await award_lot(town))["winner"] == envelopes["firm-1", "price"]
    await verified(town, tmp_path / "export")


Facts = dict[str, Any]


async def test_row_18_a_client_gives_no_share_where_a_revised_list_is_not_proved(
    database: Database, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    town, envelopes = await two_envelopes(database, tmp_path)
    await reject_as_agency(town, envelopes["firm-1", "technical"])
    town.clock.move_to((await box_at(town, "price")).open_at)
    await town.carry(place("price"))
    shown = await dossier.for_release(database, place("price"))
    log, box = await log_of(town), keys.box_of(town.hall, place("price"))

    def clear(facts: Facts) -> gate.Cleared:
        return gate.clear(read(Dossier, facts), box, log, town.hall.authorities, town.clock.now)

    assert len(clear(shown).received) == 2
    lies: dict[str, tuple[Check, Callable[[Facts], object]]] = {
        "the closing list": (Check.REVISED, lambda facts: facts.update(revised=None)),
        "nothing finished": (Check.REVISED, lambda facts: facts["revised"].update(finished=None)),
        "another stage finished": (
            Check.REVISED,
            lambda facts: facts["revised"].update(finished=facts["list"]["proof"]),
        ),
        "not in the log": (Check.REVISED, lambda facts: facts["revised"].update(proof=None)),
        "the rejected one too": (
            Check.REVISED,
            lambda facts: facts["revised"].update(json=facts["list"]["json"]),
        ),
        "no decision": (
            Check.DECISION,
            lambda facts: facts["revised"]["kept_shut"][0].update(decision=None),
        ),
        "not whose it is": (
            Check.DECISION,
            lambda facts: facts["revised"]["kept_shut"][0].update(
                proof=facts["envelopes"][0]["proof"]
            ),
        ),
        "nothing of it": (Check.DECISION, lambda facts: facts["revised"].update(kept_shut=[])),
        "not asked": (
            Check.ASKED,
            lambda facts: facts["asked"].update(proof=facts["revised"]["proof"]),
        ),
    }
    for name, (check, lie) in lies.items():
        with subtests.test(name):
            facts = copy.deepcopy(dict(shown))
            lie(facts)
            with pytest.raises(Withheld) as withheld:
                clear(facts)

            assert withheld.value.check is check


async def test_a_rejection_that_is_set_aside_opens_by_a_further_list_of_the_same_closing(
    database: Database, tmp_path: Path
) -> None:
    town, envelopes = await two_envelopes(database, tmp_path)
    await reject_as_agency(town, envelopes["firm-1", "technical"])
    await reject_as_agency(town, envelopes["firm-2", "technical"])
    box, price = keys.box_of(town.hall, place("price")), place("price")
    town.clock.move_to((await box_at(town, "price")).open_at)
    await town.carry(price)
    log = await log_of(town)
    duties = [duty_of(town, name, tmp_path, log) for name in ("officer", "supervisor")]
    await asyncio.gather(*(trustee.release(duty, box) for duty in duties))

    assert await outcome(reject_as_agency(town, envelopes["firm-3", "technical"])) == (
        "rejection.stage_over"
    )
    await overturn_as_agency(town, envelopes["firm-1", "technical"])
    assert await town.carry(price) == [Step.REVISE, Step.ASK]
    steps = await asyncio.gather(*(trustee.release(duty, box) for duty in duties))
    assert steps == ["released", "released"]
    await town.carry(price)
    assert (await box_at(town, "price")).finished_at is not None
    assert [one["n"] for one in await entries(town, "list-revised")] == [1, 2]
    assert (await award_lot(town))["winner"] == envelopes["firm-1", "price"]
    record = await verified(town, tmp_path / "export")
    (opened,) = [one for one in record.boxes if one.box.stage == "price"]
    assert len(opened.judged) == 2
    assert await outcome(overturn_as_agency(town, envelopes["firm-2", "technical"])) == (
        "award.already_made"
    )


async def test_what_a_revised_list_keeps_shut_is_not_opened_by_its_secret(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town, a_staged_draft(*TWO))
    envelopes = await bid_at(town, "technical")
    sealed = {n: await seal_as(town, f"firm-{n}", n * 10, place("price")) for n in (1, 2, 3)}
    for n, one in sealed.items():
        await submit_as(town, f"firm-{n}", one)
    await open_stage(town, "technical")
    await reject_as_agency(town, envelopes["firm-1", "technical"])
    town.clock.move_to((await box_at(town, "price")).open_at)
    await town.carry(place("price"))

    def shown(one: SealedBid) -> bytes:
        of = boxed(town, place("price"))
        return dump(OwnerRelease(**of, envelope=one.envelope_id, secret=one.secret))

    assert await outcome(
        releases.release_by_owner(town.database, town.hall, once(), shown(sealed[1]))
    ) == ("owner.wrong_secret")
    assert await outcome(
        releases.release_by_owner(town.database, town.hall, once(), shown(sealed[2]))
    ) == ("accepted")


async def test_who_came_to_the_second_stage_alone_can_be_rejected_while_shut(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 4)
    await announce(town, a_staged_draft(*TWO))
    envelopes = await bid_at(town, *TWO)
    lonely = str((await bid(town, "firm-4", 7, place("price")))["envelope"])
    assert await outcome(reject_as_agency(town, lonely)) == "award.not_opened"
    await open_stage(town, "technical")
    await town.carry(place("price"))

    assert await outcome(reject_as_agency(town, envelopes["firm-1", "price"])) == (
        "envelope.unknown"
    )
    assert await outcome(reject_as_agency(town, lonely, ground="price.above_ceiling")) == (
        "award.not_rejected"
    )
    assert await outcome(reject_as_agency(town, lonely)) == "accepted"
    assert await outcome(reject_as_agency(town, lonely)) == "rejection.repeated"
    await open_stage(town, "price")
    assert (await award_lot(town))["winner"] == envelopes["firm-1", "price"]
    await verified(town, tmp_path / "export")


async def test_row_18_a_hall_that_opens_a_rejected_bid_is_found(
    database: Database, tmp_path: Path
) -> None:
    town, envelopes = await two_envelopes(database, tmp_path)
    await reject_as_agency(town, envelopes["firm-1", "technical"])
    await set_aside_in_silence(town, envelopes["firm-1", "technical"])
    await open_stage(town, "price")

    with pytest.raises(NotVerified) as found:
        await verified(town, tmp_path / "export")
    assert found.value.sentence.startswith("E-LIST (hall)")
    assert found.value.sentence.endswith("was rejected at an earlier stage")


async def test_a_revision_moves_the_opening_where_the_evaluation_takes_longer(
    database: Database, tmp_path: Path
) -> None:
    town, envelopes = await two_envelopes(database, tmp_path)
    planned = (await box_at(town, "price")).open_at
    await town.carry(place("price"))
    await amend(town, a_change(stage="price", open_at=seconds(planned + LONGER)))
    town.clock.move_to(planned)
    assert await town.carry(place("price")) == []
    await reject_as_agency(town, envelopes["firm-1", "technical"])

    assert (await box_at(town, "price")).open_at == planned + LONGER
    assert (await open_stage(town, "price"))[:2] == [Step.REVISE, Step.ASK]
    assert (await award_lot(town))["winner"] == envelopes["firm-2", "price"]
    await verified(town, tmp_path / "export")
