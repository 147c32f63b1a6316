import asyncio
import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from notary import canonical, cms, ledger
from notary.channels import Channel
from notary.hall import Hall
from notary.once import Answered
from notary.signature import CertificateUntrusted, SignatureBad
from sql.database import Tx
from tests.trading.house import (
    DEADLINE,
    NOW,
    TENDER,
    House,
    a_draft,
    announce,
    draft_as,
    in_box,
    kinds,
    no_boxes,
    once,
    publish_as,
    text_of,
)
from trading import approving, service
from trading import notice as notices
from trading.rules import approval, phases
from trading.types import Notice, Phase, Signed

MICROSECOND = timedelta(microseconds=1)


async def test_a_tender_is_drafted_by_one_and_published_by_another(house: House) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)
    answer = await publish_as(house, text)

    assert await kinds(house) == ["trading.drafted.v1", "trading.published.v1"]
    [revision] = (await service.record(house.database, house.hall, TENDER)).notices
    assert (revision.json, revision.at) == (text, NOW)
    assert answer["notice_sha256"] == hashlib.sha256(text).hexdigest() == revision.notice_sha256
    tender = (await service.record(house.database, house.hall, TENDER)).tender
    assert phases.phase(tender.facts, NOW) is Phase.BIDDING
    async with house.database.transaction() as tx:
        entry = await ledger.entry_of(tx, revision.entry_id)
    assert entry is not None
    assert entry.fields == {
        "kind": "trading.published.v1",
        "origin": house.hall.origin,
        "at": "2026-11-02T01:00:00.000000Z",
        "actor": "ORG-PURCHASER",
        "tender": TENDER,
        "revision": 1,
        "notice_sha256": revision.notice_sha256,
    }


async def test_a_notice_names_the_second_channels_of_the_hall(house: House) -> None:
    named = Channel(name="市公证处", url="https://lodge.example", cert_sha256="c" * 64)
    at_home = replace(house, hall=replace(house.hall, channels=(named,)))
    await draft_as(at_home, a_draft(house))
    text = await text_of(at_home)
    assert notices.parse(text).channels == (named,)

    with pytest.raises(approval.NoticeDiffers):  # started again without them, meanwhile
        await publish_as(house, text)
    await publish_as(at_home, text)
    [revision] = (await service.record(house.database, house.hall, TENDER)).notices
    assert revision.notice.channels == (named,)


async def test_who_acts_gets_a_receipt_that_the_hall_signed(house: House) -> None:
    answer = await announce(house, a_draft(house))

    receipt = str(answer["receipt"]).encode()
    p7s = base64.b64decode(str(answer["receipt_p7s"]))
    assert cms.verify(receipt, p7s) == house.hall.certificate
    assert json.loads(receipt)["fields"]["notice_sha256"] == answer["notice_sha256"]


async def test_times_that_the_agency_does_not_choose_come_from_the_rule_set(house: House) -> None:
    await draft_as(house, a_draft(house))

    box = notices.parse(await text_of(house)).lots[0].boxes[0]
    assert box.deadline == box.parts_by == box.open_at == DEADLINE
    assert box.release_by == DEADLINE + timedelta(minutes=30)
    # The third working day after Monday the 23rd, 17:00 in Beijing.
    assert box.owner_by == DEADLINE.replace(day=26, hour=9, minute=0)
    assert (box.min_envelopes, box.close_slack_s, box.gate_wait_min) == (3, 60, 15)


async def test_a_demonstration_counts_in_minutes(demo: House) -> None:
    soon = NOW + timedelta(seconds=90)
    wish = in_box(a_draft(demo, rules="demo/2026-11"), deadline="2026-11-02T01:01:30Z")
    await draft_as(demo, wish)

    box = notices.parse(await text_of(demo)).lots[0].boxes[0]
    assert box.release_by == soon + timedelta(minutes=10)
    assert box.owner_by == soon + timedelta(minutes=20)


async def test_boxes_are_made_in_the_transaction_that_publishes(house: House) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)
    approver = house.people["approver"]

    async def fail(_tx: Tx, _hall: Hall, notice: Notice) -> None:
        assert notice.tender == TENDER
        raise approval.DocumentsMissing(path="", sha256="")

    with pytest.raises(approval.DocumentsMissing):
        await service.publish(
            house.database,
            house.hall,
            house.vault,
            approver.actor,
            once(),
            TENDER,
            Signed(json=text, p7s=approver.sign(text)),
            set_boxes=fail,
        )

    with pytest.raises(approval.TenderUnknown):
        await service.record(house.database, house.hall, TENDER)
    assert await kinds(house) == ["trading.drafted.v1"]


async def test_of_many_publications_at_once_one_happens(house: House) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)

    outcomes = await asyncio.gather(
        *(publish_as(house, text) for _ in range(20)), return_exceptions=True
    )

    refused = [one for one in outcomes if isinstance(one, phases.AlreadyPublished)]
    assert (len(refused), len(outcomes) - len(refused)) == (19, 1)
    assert await kinds(house) == ["trading.drafted.v1", "trading.published.v1"]


async def test_the_same_request_again_is_answered_already(house: House) -> None:
    asked = once("approver")
    await draft_as(house, a_draft(house))
    await publish_as(house, await text_of(house), asked=asked)
    other = a_draft(house, tender="GC-2026-0919")
    await draft_as(house, other)

    with pytest.raises(Answered):
        await publish_as(
            house, await text_of(house, "GC-2026-0919"), tender="GC-2026-0919", asked=asked
        )

    with pytest.raises(approval.TenderUnknown):
        await service.record(house.database, house.hall, "GC-2026-0919")


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=10)])
async def test_a_notice_is_good_for_ten_minutes(house: House, late: timedelta) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)
    house.clock.move_to(NOW + late)

    await publish_as(house, text)

    assert (
        await service.record(house.database, house.hall, TENDER)
    ).tender.facts.published_at == NOW + late


@pytest.mark.parametrize("late", [-MICROSECOND, timedelta(minutes=10) + MICROSECOND])
async def test_a_notice_of_another_time_is_refused(house: House, late: timedelta) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)
    house.clock.move_to(NOW + late)

    with pytest.raises(approval.NoticeStale):
        await publish_as(house, text)

    assert await kinds(house) == ["trading.drafted.v1"]


async def test_who_drafted_does_not_approve(house: House) -> None:
    await draft_as(house, a_draft(house), name="clerk")
    text = await text_of(house)

    with pytest.raises(approval.SamePerson):
        await publish_as(house, text, name="clerk")
    with pytest.raises(approval.SamePerson):
        await publish_as(house, text, name="approver", signer="clerk")


async def test_only_the_purchaser_approves(house: House) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)

    for name, signer in [("drafter", "drafter"), ("firm-a", "approver"), ("approver", "firm-a")]:
        with pytest.raises(approval.NotThePurchaser):
            await publish_as(house, text, name=name, signer=signer)
    with pytest.raises(approval.NotThePurchaser):
        await publish_as(house, text, name="approver", signer="clerk")  # no such role


async def test_a_signature_is_over_the_exact_text(house: House) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)
    signed = Signed(json=text, p7s=house.people["approver"].sign(text + b" "))

    with pytest.raises(SignatureBad):
        await service.publish(
            house.database,
            house.hall,
            house.vault,
            house.people["approver"].actor,
            once(),
            TENDER,
            signed,
            set_boxes=no_boxes,
        )


async def test_a_certificate_is_judged_at_the_moment_of_publication(demo: House) -> None:
    demo.clock.move_to(NOW + timedelta(days=366))
    wish = in_box(a_draft(demo, rules="demo/2026-11"), deadline="2028-01-04T01:30:00Z")
    await draft_as(demo, wish)

    with pytest.raises(CertificateUntrusted):
        await publish_as(demo, await text_of(demo))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("title", {"zh": "别的", "en": "another"}),
        ("deposit_fen", "0"),
        ("origin", "other.example/log/00000000"),
        ("agency", "ORG-RIVAL"),
        ("documents", []),
    ],
)
async def test_a_notice_that_is_not_what_was_drafted_is_refused(
    house: House, place: str, value: canonical.Json
) -> None:
    await draft_as(house, a_draft(house))
    text = canonical.dumps({**json.loads(await text_of(house)), place: value})

    with pytest.raises(approval.NoticeDiffers) as refused:
        await publish_as(house, text)

    assert refused.value.facts == {"members": place}


async def test_a_notice_of_other_lots_is_refused(house: House) -> None:
    await draft_as(house, a_draft(house))
    whole = json.loads(await text_of(house))
    whole["lots"][0]["lot"] = "2"

    with pytest.raises(approval.NoticeDiffers) as refused:
        await publish_as(house, canonical.dumps(whole))

    assert refused.value.facts == {"members": "lots"}


async def test_a_text_that_is_no_notice_is_refused(house: House) -> None:
    await draft_as(house, a_draft(house))

    with pytest.raises(approval.NoticeMalformed) as refused:
        await publish_as(house, b"{}")

    assert refused.value.facts["code"] == "E-JSON"


async def test_a_tender_that_was_never_drafted_is_unknown(house: House) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)

    with pytest.raises(approval.TenderUnknown):
        await publish_as(house, text, tender="GC-2026-0000")


async def test_a_revoked_certificate_approves_nothing(house: House) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)
    async with house.database.transaction() as tx:
        await tx.execute(
            "UPDATE notary.certificate SET revoked_at = $1 WHERE person_id = 'approver'", NOW
        )

    with pytest.raises(approval.NotThePurchaser):
        await publish_as(house, text)


async def test_no_key_is_younger_than_the_text_that_it_signs(house: House) -> None:
    await draft_as(house, a_draft(house))
    text = await text_of(house)
    approver = house.people["approver"]
    signed = Signed(json=text, p7s=approver.sign(text))  # whose chain is good from NOW on

    async with house.database.transaction() as tx:
        assert await approving.signer(tx, house.hall, signed, NOW, NOW)
        with pytest.raises(CertificateUntrusted):
            await approving.signer(tx, house.hall, signed, NOW, NOW - timedelta(seconds=1))
