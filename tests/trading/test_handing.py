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
from trading.handing import HandedOver
from trading.rules import approval, phases


async def hand_over(house: House, name: str = "drafter") -> Answer:
    actor = house.people[name].actor
    return await handing.hand_over(house.database, house.hall, actor, once(), TENDER)


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
