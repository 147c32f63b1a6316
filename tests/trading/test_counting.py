from datetime import UTC, datetime, timedelta

import pytest

from tests.trading.house import House, a_draft, draft_as, in_box, in_lot, publish_as, text_of
from trading import counting
from trading.calendar import YearMissing
from trading.rules import limits, notices
from trading.rules.approval import TenderUnknown

TENDER = "GC-2026-0918"
# The deadline is on 23 November. In Beijing the 3rd, from which it is twenty days, ends here:
LAST = datetime(2026, 11, 3, 15, 59, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ISSUE = "tender.min_days_issue_to_deadline"


async def broken(house: House, name: str = "drafter") -> list[str]:
    """Count the limits of the draft; return those that are not kept."""
    actor = house.people[name].actor
    found = await counting.of_draft(house.database, house.hall, actor, TENDER)
    assert found.is_lawful == all(one.is_kept for one in found.limits)
    return [one.rule.id for one in found.limits if not one.is_kept]


async def test_a_draft_is_lawful_to_its_last_second_and_refused_after_it(house: House) -> None:
    await draft_as(house, a_draft(house))
    house.clock.move_to(LAST + SECOND)
    assert await broken(house) == [ISSUE]
    with pytest.raises(limits.DeadlineTooSoon):
        await text_of(house)

    house.clock.move_to(LAST)
    assert await broken(house) == []
    text = await text_of(house)
    house.clock.move_to(LAST + SECOND)  # signed in time: the notice says when it is published
    await publish_as(house, text)

    with pytest.raises(TenderUnknown):
        await broken(house)


async def test_what_is_counted_is_what_a_publication_refuses(house: House) -> None:
    await draft_as(house, in_lot(a_draft(house, deposit_fen="30250001"), ceiling_fen="1512500000"))

    assert await broken(house, "approver") == ["tender.max_deposit_permille"]
    with pytest.raises(limits.DepositTooHigh):
        await text_of(house)
    await draft_as(house, a_draft(house, deposit_fen="30250000"))
    assert await broken(house, "approver") == []
    await text_of(house)


async def test_only_its_two_bodies_count_a_draft(house: House) -> None:
    await draft_as(house, a_draft(house))

    for name in ("other-drafter", "officer", "firm-a"):
        with pytest.raises(TenderUnknown):
            await broken(house, name)


async def test_a_draft_under_no_law_is_not_counted_in_a_real_hall(house: House) -> None:
    await draft_as(house, a_draft(house, rules="demo/2026-11"))

    with pytest.raises(notices.DemonstrationOnly):
        await broken(house)


async def test_a_year_without_its_holidays_is_refused_and_not_guessed(house: House) -> None:
    await draft_as(house, in_box(a_draft(house), deadline="2031-11-24T01:30:00Z"))

    with pytest.raises(YearMissing) as refused:
        await broken(house)
    assert refused.value.facts == {"year": 2031}
