"""A draft is handed over as it stands; what its agency or purchaser finds at the desk."""

import pytest

from notary.once import Answer
from tests.trading.house import (
    TENDER,
    House,
    a_draft,
    announce,
    draft_as,
    kinds,
    once,
    publish_as,
    text_of,
)
from trading import handing, service
from trading.disputes import NothingSaid
from trading.handing import HandedOver
from trading.rules import approval, phases


async def hand_over(house: House, name: str = "drafter") -> Answer:
    actor = house.people[name].actor
    return await handing.hand_over(house.database, house.hall, actor, once(), TENDER)


async def hand_back(house: House, name: str = "approver", *, note: str = "补充保证金") -> Answer:
    actor = house.people[name].actor
    return await handing.hand_back(house.database, house.hall, actor, once(), TENDER, note)


async def note_of(house: House) -> str | None:
    drafts = await service.drafts_of(house.database, house.people["drafter"].actor)
    back = (await handing.handed_back(house.database, drafts)).get(TENDER)
    return None if back is None else back.note


async def with_the_purchaser(house: House) -> bool:
    drafts = await service.drafts_of(house.database, house.people["approver"].actor)
    return TENDER in await handing.handed_over(house.database, drafts)


async def test_a_draft_is_with_the_purchaser_as_long_as_it_stays_as_it_is(house: House) -> None:
    await draft_as(house, a_draft(house))
    assert not await with_the_purchaser(house)
    await hand_over(house)
    assert await with_the_purchaser(house)
    await draft_as(house, a_draft(house, deposit_fen="0"))
    assert not await with_the_purchaser(house)
    await hand_over(house)

    assert await with_the_purchaser(house)
    assert await kinds(house) == [
        "trading.drafted.v1",
        "trading.draft-handed-over.v1",
        "trading.drafted.v1",
        "trading.draft-handed-over.v1",
    ]


async def test_the_same_draft_is_handed_over_once(house: House) -> None:
    await draft_as(house, a_draft(house))
    await hand_over(house)

    with pytest.raises(HandedOver):
        await hand_over(house)


async def test_a_purchaser_hands_a_draft_back_and_it_is_changed_before_it_comes_again(
    house: House,
) -> None:
    await draft_as(house, a_draft(house))
    with pytest.raises(handing.NotHandedOver):
        await hand_back(house)
    await hand_over(house)
    for name in ("drafter", "other-drafter"):
        with pytest.raises(approval.TenderUnknown):
            await hand_back(house, name)
    with pytest.raises(NothingSaid):
        await hand_back(house, note=" ")
    await hand_back(house)

    assert not await with_the_purchaser(house)
    assert await note_of(house) == "补充保证金"
    with pytest.raises(handing.WasHandedBack):
        await hand_over(house)
    with pytest.raises(handing.NotHandedOver):
        await hand_back(house)
    await draft_as(house, a_draft(house, deposit_fen="0"))
    assert await note_of(house) is None
    await hand_over(house)
    assert await with_the_purchaser(house)
    assert "trading.draft-handed-back.v1" in await kinds(house)


@pytest.mark.parametrize("name", ["other-drafter", "approver"])
async def test_only_its_agency_hands_a_draft_over(house: House, name: str) -> None:
    await draft_as(house, a_draft(house))

    with pytest.raises(approval.TenderUnknown):
        await hand_over(house, name)


async def test_handing_over_bars_nothing_and_ends_with_the_publication(house: House) -> None:
    await draft_as(house, a_draft(house))
    await publish_as(house, await text_of(house))

    with pytest.raises(phases.AlreadyPublished):
        await hand_over(house)


async def test_a_tender_is_listed_to_its_two_bodies_once_it_is_published(house: House) -> None:
    drafter, approver = house.people["drafter"].actor, house.people["approver"].actor
    other = house.people["other-drafter"].actor
    await draft_as(house, a_draft(house))
    assert await handing.tenders_of(house.database, drafter, take=10) == []
    assert [one.tender for one in await handing.models_of(house.database, drafter, take=10)] == [
        TENDER
    ]
    await announce(house, a_draft(house, deposit_fen="0"))

    for actor in (drafter, approver):
        (found,) = await handing.tenders_of(house.database, actor, take=10)
        assert found.facts.tender_id == TENDER
    assert await handing.tenders_of(house.database, other, take=10) == []
    assert await handing.models_of(house.database, other, take=10) == []
