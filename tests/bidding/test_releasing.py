"""After the deadline: promises, releases and owners' secrets, in time, late, false and repeated."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bidding import dossier, rules
from bidding.clients.sealing import SealedBid
from bidding.facts import BoxFacts
from bidding.sealed.statements import Checkpoint, ComplaintItem, ShareItem
from bidding.store import trustees
from bidding.types import Complaint
from notary import receipt, rooms
from notary.duty import Use
from notary.once import Answered
from sql.database import Database
from tests.bidding.acts import (
    appended,
    box_facts,
    entries,
    hand_in,
    outcome,
    promise_as,
    release_of,
    show_secret,
)
from tests.bidding.giving import a_duty_key
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TRUSTEES,
    Town,
    a_town,
    announce,
    once,
    seal_as,
    submit_as,
)

MICROSECOND = timedelta(microseconds=1)
PRICES = {"firm-1": 1_310_000_000, "firm-2": 1_200_000_000, "firm-3": 1_250_000_000}


async def a_closed_box(database: Database, folder: Path) -> tuple[Town, dict[str, SealedBid]]:
    """Bring three bids to the deadline and ask for shares."""
    town = await a_town(database, folder)
    await announce(town)
    bids = {name: await seal_as(town, name, price) for name, price in PRICES.items()}
    for name, sealed in bids.items():
        await submit_as(town, name, sealed)
    town.clock.move_to(DEADLINE)
    await town.carry()
    return town, bids


async def good(town: Town) -> dict[str, bool]:
    """Return which groups have released, and whether some share of each fits."""
    async with town.database.transaction() as tx:
        return {one.group_id: one.good for one in await trustees.releases_of(tx, BOX)}


# When


def a_box(**times: datetime | None) -> BoxFacts:
    """Return a box whose shares were asked for at the opening."""
    usual = BoxFacts(
        key=BOX,
        room="o-0123456789abcdef",
        mode="shared",
        policy_sha256="ab" * 32,
        deadline=DEADLINE,
        parts_by=DEADLINE,
        open_at=DEADLINE + timedelta(minutes=1),
        release_by=DEADLINE + timedelta(minutes=10),
        owner_by=DEADLINE + timedelta(minutes=20),
        min_envelopes=3,
        max_bytes=1,
        announce_ms=1500,
        confirm_s=0,
        asked_at=DEADLINE,
    )
    return replace(usual, **times)  # type: ignore[arg-type]  # times alone


def test_shares_are_taken_from_the_opening_on_and_not_a_microsecond_before() -> None:
    box = a_box()

    rules.require_asked(box, box.open_at)
    with pytest.raises(rules.SharesNotAsked):
        rules.require_asked(box, box.open_at - MICROSECOND)
    with pytest.raises(rules.SharesNotAsked):
        rules.require_asked(a_box(asked_at=None), box.owner_by)


def test_shares_count_at_owner_by_and_not_a_microsecond_after() -> None:
    box = a_box()

    rules.require_counting(box, box.owner_by)
    with pytest.raises(rules.ReleaseTooLate):
        rules.require_counting(box, box.owner_by + MICROSECOND)
    with pytest.raises(rules.ReleaseTooLate):
        rules.require_counting(a_box(finished_at=DEADLINE), DEADLINE)


async def test_nothing_is_taken_before_shares_are_asked_for(
    database: Database, tmp_path: Path
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    release = await release_of(town, "officer")
    box = await box_facts(town)
    town.clock.move_to(box.open_at - MICROSECOND)
    before = await appended(town)

    said = [
        await outcome(promise_as(town, "officer", release)),
        await outcome(hand_in(town, "officer", release)),
        await outcome(show_secret(town, bids["firm-1"])),
    ]

    assert said == ["release.not_asked"] * 3
    assert await appended(town) == before


async def test_the_dossier_is_shown_once_the_log_has_the_question(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path)
    await announce(town)

    with pytest.raises(rules.SharesNotAsked):
        await dossier.for_release(database, BOX)
    with pytest.raises(rules.BoxUnknown):
        await dossier.for_release(database, BOX._replace(lot="2"))
    with pytest.raises(rules.BoxUnknown):
        await dossier.for_sealing(database, BOX._replace(lot="2"))
    with pytest.raises(rules.CheckpointUnknown):
        await dossier.consistency(database, 1, 1_000_000)


async def test_who_waits_for_the_dossier_of_a_box_that_nobody_opens_is_told_so(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path)
    await announce(town)
    await submit_as(town, "firm-1", await seal_as(town, "firm-1", PRICES["firm-1"]))
    town.clock.move_to(DEADLINE - MICROSECOND)
    await town.carry()
    with pytest.raises(rules.SharesNotAsked):
        await dossier.for_release(database, BOX)
    town.clock.move_to(DEADLINE)
    await town.carry()

    assert (await box_facts(town)).not_opened_at == DEADLINE
    with pytest.raises(dossier.BoxNotOpened):
        await dossier.for_release(database, BOX)


# Whose


async def test_only_the_pinned_holder_speaks_for_its_group_and_list(
    database: Database, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    own = await release_of(town, "officer")
    other = await release_of(town, "operator")
    twin = await a_duty_key(town, "officer", Use.TRUSTEE, timedelta(days=1))
    spoiled = {
        "another's signature": hand_in(town, "officer", own, signer=town.people["operator"]),
        "another certificate of the same body": hand_in(town, "officer", own, signer=twin),
        "a key that no policy pins": hand_in(town, "officer", replace(own, key_sha256="ab" * 32)),
        "another's key": hand_in(town, "officer", replace(own, key_sha256=other.key_sha256)),
        "another list": hand_in(town, "officer", replace(own, list_sha256="ab" * 32)),
        "a promise of another list": promise_as(town, "officer", own, list_sha256="ab" * 32),
    }
    before = await appended(town)

    for what, act in spoiled.items():
        with subtests.test(what):
            assert await outcome(act) == "release.not_good"
    elsewhere = replace(own, lot="2")
    with pytest.raises(rules.BoxUnknown):
        await hand_in(town, "officer", elsewhere)

    assert await appended(town) == before
    assert await good(town) == {}


# What


async def test_a_release_is_taken_whatever_is_wrong_with_it_and_good_if_one_share_fits(
    database: Database, tmp_path: Path
) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    sound = await release_of(town, "officer")
    first, *rest = sound.items
    assert isinstance(first, ShareItem)
    wrong = ShareItem(envelope=first.envelope, share=bytes(32) + b"\x01")
    complaints = tuple(
        ComplaintItem(envelope=item.envelope, complaint=Complaint.COMMIT)
        for item in (await release_of(town, "supervisor")).items
    )

    await hand_in(town, "officer", replace(sound, x=3, items=(wrong, *rest)))
    await hand_in(town, "operator", await release_of(town, "operator", items=()))
    await hand_in(town, "supervisor", await release_of(town, "supervisor", items=complaints))

    assert await good(town) == {"officer": True, "operator": False, "supervisor": False}
    async with database.transaction() as tx:
        events = await rooms.read(tx, (await box_facts(town)).room, 0)
    told = [one.data for one in events if one.kind == "bidding.release-received.v1"]
    assert told == [
        {"group": "officer", "good": True, "released": 1},
        {"group": "operator", "good": False, "released": 1},
        {"group": "supervisor", "good": False, "released": 1},
    ]


async def test_the_same_promise_and_release_again_get_their_first_receipts(
    database: Database, tmp_path: Path
) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    own = await release_of(town, "officer")

    promises = [await promise_as(town, "officer", own) for _ in range(2)]
    first = await hand_in(town, "officer", own)
    town.clock.move_to((await box_facts(town)).owner_by + MICROSECOND)  # its answer was lost
    second = await hand_in(town, "officer", own)

    assert promises[0]["receipt"] == promises[1]["receipt"]
    assert first["receipt"] == second["receipt"]
    assert len(await entries(town, "release-promised")) == 1
    assert len(await entries(town, "release-received")) == 1


async def test_a_key_promises_and_releases_once_for_a_list(
    database: Database, tmp_path: Path
) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    own = await release_of(town, "officer")
    other = replace(own, checkpoint=Checkpoint(size=1, root="ab" * 32))
    await promise_as(town, "officer", own)
    await hand_in(town, "officer", own)

    with pytest.raises(rules.ReleaseRepeated):
        await promise_as(town, "officer", other)
    with pytest.raises(rules.ReleaseRepeated):
        await hand_in(town, "officer", other)

    assert len(await entries(town, "release-promised")) == 1
    assert len(await entries(town, "release-received")) == 1


async def test_a_body_is_asked_until_it_has_released(database: Database, tmp_path: Path) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    await hand_in(town, "officer")

    asked = {name: await dossier.waiting_for(database, f"ORG-{name.upper()}") for name in TRUSTEES}

    assert asked == {"officer": [], "operator": [BOX], "supervisor": [BOX]}


@pytest.mark.parametrize("finished", [True, False])
async def test_a_release_that_opens_nothing_any_more_has_a_receipt_and_no_entry(
    database: Database, tmp_path: Path, *, finished: bool
) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    late = await release_of(town, "supervisor")
    if finished:
        await town.open_box()
    else:
        town.clock.move_to((await box_facts(town)).owner_by + MICROSECOND)
    before = await appended(town)

    with pytest.raises(rules.ReleaseTooLate) as error:
        await hand_in(town, "supervisor", late)
    with pytest.raises(rules.ReleaseTooLate):
        await promise_as(town, "supervisor", late)

    given = receipt.parse(str(error.value.facts["receipt"]).encode())
    assert (given.outcome, given.record) == ("refused", None)
    assert given.fields["kind"] == "bidding.release-received.v1"
    assert given.fields["group"] == "supervisor"
    assert await appended(town) == before
    assert "supervisor" not in await good(town)


# Owners


async def test_a_secret_counts_only_if_it_derives_the_whole_envelope(
    database: Database, tmp_path: Path
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    own = bids["firm-1"]
    twin = bytes([own.secret[0] ^ 1]) + own.secret[1:]  # X25519 ignores this bit
    stranger = replace(own, seal=bids["firm-2"].seal + b" ")

    assert await outcome(show_secret(town, own, secret=bids["firm-2"].secret)) == (
        "owner.wrong_secret"
    )
    assert await outcome(show_secret(town, own, secret=twin)) == "owner.wrong_secret"
    assert await outcome(show_secret(town, stranger)) == "owner.wrong_secret"
    first = await show_secret(town, own)
    assert (await show_secret(town, own))["receipt"] == first["receipt"]
    assert await outcome(show_secret(town, own, secret=twin)) == "owner.wrong_secret"
    assert [one["envelope"] for one in await entries(town, "owner-released")] == [own.envelope_id]


async def test_a_secret_is_refused_where_k_good_shares_exist(
    database: Database, tmp_path: Path
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    await hand_in(town, "officer")
    await show_secret(town, bids["firm-1"])
    await hand_in(town, "operator")

    with pytest.raises(rules.OwnerSecretWrong):
        await show_secret(town, bids["firm-2"])

    assert len(await entries(town, "owner-released")) == 1


async def test_a_secret_is_taken_after_owner_by_and_not_after_the_end(
    database: Database, tmp_path: Path
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    town.clock.move_to((await box_facts(town)).owner_by + MICROSECOND)
    await show_secret(town, bids["firm-1"])
    await town.carry()

    with pytest.raises(rules.ReleaseTooLate):
        await show_secret(town, bids["firm-2"])

    assert len(await entries(town, "owner-released")) == 1


# One outcome


async def test_each_act_sent_twice_at_once_has_one_outcome(
    database: Database, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    own = await release_of(town, "officer")

    for what in ("release-promised", "release-received", "owner-released"):
        request = once()
        match what:
            case "release-promised":
                acts = [promise_as(town, "officer", own, request=request) for _ in range(2)]
            case "release-received":
                acts = [hand_in(town, "officer", own, request=request) for _ in range(2)]
            case _:
                acts = [show_secret(town, bids["firm-1"], request=request) for _ in range(2)]
        said = await asyncio.gather(*acts, return_exceptions=True)
        with subtests.test(what):
            [answer] = [one for one in said if not isinstance(one, Answered)]
            async with database.transaction() as tx:
                remembered = await request.recall(tx)
            assert remembered is not None
            assert (remembered.refused, remembered.body) == (None, answer)
            assert len(await entries(town, what)) == 1
