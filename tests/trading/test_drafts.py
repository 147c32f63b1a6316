from datetime import timedelta

import pytest

from notary import canonical
from tests.trading.house import (
    TENDER,
    House,
    a_draft,
    draft_as,
    in_box,
    in_lot,
    kinds,
    publish_as,
    text_of,
)
from trading import service
from trading.rules import approval, limits, phases
from trading.rules import notices as rules
from trading.rules.sets import UnknownRuleSet

MICROSECOND = timedelta(microseconds=1)


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


async def test_the_purchaser_is_told_before_signing(house: House) -> None:
    await draft_as(house, in_box(a_draft(house), deadline="2026-11-19T01:30:00Z"))

    with pytest.raises(limits.DeadlineTooSoon) as refused:
        await text_of(house)

    assert refused.value.facts == {
        "set": "construction/2026-11",
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

    with pytest.raises(limits.CeilingNotPublished) as refused:
        await text_of(demo)

    assert "演示规则" in str(refused.value.facts["article"])
