import asyncio
import base64
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from notary import canonical, cms, ledger
from notary.hall import Hall
from notary.once import Answered
from notary.signature import CertificateUntrusted, SignatureBad
from sql.database import Database, Tx
from tests.trading.house import (
    DEADLINE,
    NOW,
    PAPER,
    TENDER,
    House,
    a_draft,
    a_house,
    announce,
    chunks,
    draft_as,
    in_box,
    in_lot,
    no_boxes,
    once,
    publish_as,
    text_of,
)
from trading import notice as notices
from trading import service
from trading.notice import invited_commitment
from trading.rules import approval, phases
from trading.rules import notices as rules
from trading.rules.sets import UnknownRuleSet
from trading.service import Signed
from trading.types import Milestone, Notice, Phase, TenderFacts

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    return await a_house(database, tmp_path)


@pytest.fixture
async def demo(database: Database, tmp_path: Path) -> House:
    return await a_house(database, tmp_path, demo=True)


async def kinds(house: House) -> list[str]:
    """Return what the ledger says of the tender, in the order of the queue."""
    async with house.database.transaction() as tx:
        rows = await tx.fetch(
            """
            SELECT kind
              FROM notary.ledger_body
             WHERE subject = $1
             ORDER BY entry_id
            """,
            TENDER,
        )
    return [row["kind"] for row in rows]


async def facts_of(house: House) -> TenderFacts:
    """Return what has happened to the tender."""
    return (await service.record(house.database, house.hall, TENDER)).tender.facts


# Publishing


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


# Documents


async def test_documents_are_in_the_vault_before_the_notice(house: House) -> None:
    other = hashlib.sha256(b"another").hexdigest()
    missing: canonical.Json = {"path": "图纸.zip", "sha256": other, "size": 7}
    await draft_as(house, a_draft(house, documents=[missing]))

    with pytest.raises(approval.DocumentsMissing) as refused:
        await publish_as(house, await text_of(house))

    assert refused.value.facts == {"path": "图纸.zip", "sha256": other}
    await service.put_document(house.vault, other, chunks(b"another"))
    await publish_as(house, await text_of(house))


async def test_a_document_of_another_size_is_refused(house: House) -> None:
    wrong: canonical.Json = {"path": "招标文件.pdf", "sha256": house.paper, "size": len(PAPER) + 1}
    await draft_as(house, a_draft(house, documents=[wrong]))

    with pytest.raises(approval.DocumentsMissing):
        await publish_as(house, await text_of(house))


async def test_bytes_are_what_their_digest_says(house: House) -> None:
    with pytest.raises(approval.DocumentNotAsNamed):
        await service.put_document(house.vault, "0" * 64, chunks(b"another"))


async def test_a_document_is_public_with_its_notice(house: House) -> None:
    firm = house.people["firm-a"].actor
    await draft_as(house, a_draft(house))

    for actor in (None, firm):
        with pytest.raises(approval.DocumentUnknown):
            await service.document(house.database, house.vault, actor, house.paper)
    approver = house.people["approver"].actor
    offered, _ = await service.document(house.database, house.vault, approver, house.paper)
    assert offered.path == "招标文件.pdf"

    await publish_as(house, await text_of(house))

    offered, content = await service.document(house.database, house.vault, None, house.paper)
    assert (offered.path, offered.size) == ("招标文件.pdf", len(PAPER))
    assert b"".join([chunk async for chunk in content]) == PAPER


# Drafting


async def test_a_draft_may_be_replaced_until_it_is_published(house: House) -> None:
    await draft_as(house, a_draft(house))
    early = await text_of(house)
    await draft_as(house, a_draft(house, deposit_fen="0"))

    with pytest.raises(approval.NoticeDiffers):
        await publish_as(house, early)
    await publish_as(house, await text_of(house))
    with pytest.raises(phases.AlreadyPublished):
        await draft_as(house, a_draft(house))
    assert await kinds(house) == [
        "trading.drafted.v1",
        "trading.drafted.v1",
        "trading.published.v1",
    ]


async def test_a_number_belongs_to_the_agency_that_took_it(house: House) -> None:
    await draft_as(house, a_draft(house))

    with pytest.raises(approval.TenderTaken):
        await draft_as(house, a_draft(house), name="other-drafter")


@pytest.mark.parametrize(
    "changes",
    [
        {"purchaser": "ORG-NOBODY"},
        {"method": "invited", "invited": ["ORG-A", "ORG-B", "ORG-NOBODY"]},
        {"trustees": [{"group": "a", "org": "ORG-NOBODY"}], "k": 1},
    ],
)
async def test_a_draft_names_bodies_that_are_enrolled(
    house: House, changes: dict[str, canonical.Json]
) -> None:
    with pytest.raises(approval.OrganisationUnknown):
        await draft_as(house, a_draft(house, **changes))

    assert await kinds(house) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"tender": "a/b"},
        {"kind": "robbery"},
        {"lots": []},
        {"method": "invited"},
        {"invited": ["ORG-A"]},
        {"method": "invited", "invited": ["ORG-A", "ORG-A"]},
        {"k": 4},
        {"unknown": 1},
        {"documents": [{"path": "../x", "sha256": "0" * 64, "size": 1}]},
    ],
)
async def test_a_draft_that_no_notice_could_follow_is_refused(
    house: House, changes: dict[str, canonical.Json]
) -> None:
    with pytest.raises(approval.DraftMalformed):
        await draft_as(house, a_draft(house, **changes))


async def test_a_draft_pins_a_set_that_the_hall_has(house: House) -> None:
    with pytest.raises(UnknownRuleSet):
        await draft_as(house, a_draft(house, rules="golden/2026-11"))


async def test_a_draft_is_shown_to_its_two_bodies_only(house: House) -> None:
    await draft_as(house, a_draft(house))

    for name in ("firm-a", "supervisor", "other-drafter"):
        with pytest.raises(approval.TenderUnknown):
            await text_of(house, name=name)
        assert await service.drafts_of(house.database, house.people[name].actor) == []
    for name in ("drafter", "approver"):
        [drafted] = await service.drafts_of(house.database, house.people[name].actor)
        assert drafted.draft.tender == TENDER


# The law, at the desk of whoever signs


async def test_the_purchaser_is_told_before_signing(house: House) -> None:
    await draft_as(house, in_box(a_draft(house), deadline="2026-11-19T01:30:00Z"))

    with pytest.raises(rules.DeadlineTooSoon) as refused:
        await text_of(house)

    assert refused.value.facts == {
        "rule": "tender.min_days_issue_to_deadline",
        "article": "招标投标法 24",
        "standing": "law",
        "needs": 20,
        "has": 17,
        "first": "2026-11-02",
        "last": "2026-11-19",
        "earliest": "2026-11-23",
    }


async def test_only_a_demonstration_pins_what_is_no_law(house: House) -> None:
    await draft_as(house, a_draft(house, rules="demo/2026-11"))

    with pytest.raises(rules.DemonstrationOnly):
        await text_of(house)


async def test_a_demonstration_says_so_when_it_refuses(demo: House) -> None:
    await draft_as(demo, in_lot(a_draft(demo, rules="demo/2026-11"), ceiling_fen=None))

    with pytest.raises(rules.CeilingNotPublished) as refused:
        await text_of(demo)

    assert "演示规则" in str(refused.value.facts["article"])


# Invited


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
        assert [await service.may_bid(tx, TENDER, org) for org in ("ORG-A", "ORG-PURCHASER")] == [
            True,
            False,
        ]
    assert b'"ORG-A"' not in revision.json


async def test_in_an_open_tender_everybody_may_bid(house: House) -> None:
    await announce(house, a_draft(house))

    async with house.database.transaction() as tx:
        assert await service.may_bid(tx, TENDER, "ORG-A")
        assert await service.invited_record(tx, TENDER) is None


# What the database holds fast


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
