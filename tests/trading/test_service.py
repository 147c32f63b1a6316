import asyncio
from datetime import timedelta

import asyncpg
import pytest

from notary import canonical
from tests.trading.house import (
    NOW,
    TENDER,
    House,
    a_draft,
    announce,
    draft_as,
    publish_as,
    text_of,
)
from trading import service
from trading.notice import invited_commitment
from trading.types import Milestone

MICROSECOND = timedelta(microseconds=1)


async def test_those_invited_are_hidden_behind_a_commitment(house: House) -> None:
    invited: list[canonical.Json] = ["ORG-C", "ORG-A", "ORG-B"]
    await announce(house, a_draft(house, method="invited", invited=invited))

    [revision] = (await service.record(house.database, house.hall, TENDER)).notices
    async with house.database.transaction() as tx:
        opened = await service.invited_record(tx, TENDER)
        assert opened is not None
        assert opened["ids"] == ["ORG-A", "ORG-B", "ORG-C"]
        assert revision.notice.invited == invited_commitment(
            ["ORG-A", "ORG-B", "ORG-C"], bytes.fromhex(str(opened["salt"]))
        )
        tender = await service.hold_tender(tx, TENDER)
        assert [await service.may_bid(tx, tender, org) for org in ("ORG-A", "ORG-PURCHASER")] == [
            True,
            False,
        ]
    assert b'"ORG-A"' not in revision.json


async def test_in_an_open_tender_everybody_may_bid(house: House) -> None:
    await announce(house, a_draft(house))

    async with house.database.transaction() as tx:
        tender = await service.hold_tender(tx, TENDER)
        assert await service.may_bid(tx, tender, "ORG-A")
        assert await service.invited_record(tx, TENDER) is None


async def test_a_change_of_a_tender_without_an_entry_fails_at_the_commit(house: House) -> None:
    await announce(house, a_draft(house))

    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with house.database.transaction() as tx:
            await service.tell(tx, TENDER, Milestone.AWARDED, NOW)

    assert (
        await service.record(house.database, house.hall, TENDER)
    ).tender.facts.awarded_at is None


async def test_no_fault_of_the_program_changes_a_notice(house: House) -> None:
    await announce(house, a_draft(house))

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with house.database.transaction() as tx:
            await tx.execute("UPDATE trading.notice SET p7s = ''")


async def test_a_closing_waits_for_the_submissions_that_hold_the_tender(house: House) -> None:
    await announce(house, a_draft(house))
    order = []

    async def close() -> None:
        async with house.database.transaction() as tx:
            await service.hold_tender(tx, TENDER, "update")
            order.append("closed")

    async with house.database.transaction() as tx, house.database.transaction() as other:
        await service.hold_tender(tx, TENDER)
        await service.hold_tender(other, TENDER)
        closing = asyncio.create_task(close())
        await asyncio.sleep(0.05)
        order.append("submitted")
    await closing

    assert order == ["submitted", "closed"]


async def test_drafts_ask_the_bodies_they_name_for_keys(house: House) -> None:
    await draft_as(house, a_draft(house))

    async with house.database.transaction() as tx:
        [asking] = await service.drafts_asking(tx, "ORG-SUPERVISOR")
        assert (asking.draft.tender, asking.agency) == (TENDER, "ORG-AGENCY")
        assert await service.drafts_asking(tx, "ORG-A") == []
    await publish_as(house, await text_of(house))
    async with house.database.transaction() as tx:
        assert await service.drafts_asking(tx, "ORG-SUPERVISOR") == []
        assert await service.drafted(tx, TENDER) is None
