"""Amendments: what is prepared, who signs it, and what it does to bids that lie in a box."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bidding.clients.gate import require_sound
from bidding.refused import NotBound
from bidding.types import Finding, Verdict
from notary.canonical import Json, sha256_hex
from notary.instant import seconds
from sql.database import Database
from tests.bidding.revising import (
    WHY,
    a_change,
    amend,
    cleared_for_release,
    in_force,
    prepare,
    proposed,
    sign,
    text_of,
)
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    TRUSTEES,
    Town,
    a_town,
    announce,
    bid,
    kinds,
    release_as,
    seal_as,
    submit_as,
)
from trading import service as trading
from trading.rules import approval
from trading.rules.amendments import (
    AmendmentUnknown,
    NothingChanges,
    PlaceUnknown,
    ResealUnfounded,
    TimesEarlier,
)
from trading.rules.revisions import RevisionOutdated

LATER = timedelta(hours=1)
WORDS: Json = {"zh": "一行", "en": "A line"}
PAPER = b"%PDF-1.7 a drawing"
FORM: list[Json] = [
    {"name": name, "type": type_, "label": WORDS}
    for name, type_ in (("bidder_name", "text"), ("price_fen", "fen"), ("days", "int"))
]


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    town = await a_town(database, tmp_path)
    await announce(town)
    return town


async def test_a_signed_change_is_the_revision_in_force(town: Town) -> None:
    wish = {**a_change(deadline=seconds(DEADLINE + LATER)), "title": {"zh": "新名", "en": "New"}}

    await amend(town, wish)

    notice = await in_force(town)
    assert (notice.revision, notice.title.en) == (2, "New")
    assert notice.lots[0].boxes[0].deadline == DEADLINE + LATER
    assert notice.lots[0].boxes[0].open_at == DEADLINE + LATER
    assert (await kinds(town))[-2:] == ["trading.drafted.v1", "trading.amended.v1"]
    found = await trading.record(town.database, town.hall, TENDER)
    assert found.tender.title.en == "New"
    assert found.tender.facts.deadline == DEADLINE + LATER


async def test_what_is_prepared_tells_what_it_does(town: Town) -> None:
    await prepare(town, a_change(form=FORM, reseal=True))

    proposal = await proposed(town)

    assert [one.what for one in proposal.differences] == ["form"]
    assert proposal.voided == (("1", "single"),)
    assert [one.rule.id for one in proposal.counted] == ["tender.min_days_change_before_deadline"]


async def test_one_person_does_not_prepare_and_sign(town: Town) -> None:
    await prepare(town, a_change(deadline=seconds(DEADLINE + LATER)))
    text = text_of(await proposed(town))

    with pytest.raises(approval.NotThePurchaser):
        await sign(town, text, "drafter")

    assert (await in_force(town)).revision == 1


async def test_nobody_signs_what_nobody_prepared(town: Town) -> None:
    await prepare(town, a_change(deadline=seconds(DEADLINE + LATER)))
    text = text_of(await proposed(town))
    await sign(town, text)

    with pytest.raises(AmendmentUnknown):
        await proposed(town)
    with pytest.raises(AmendmentUnknown):
        await sign(town, text)


async def test_another_text_than_the_prepared_one_is_refused(town: Town) -> None:
    await prepare(town, a_change(deadline=seconds(DEADLINE + LATER)))
    text = text_of(await proposed(town))
    await prepare(town, a_change(deadline=seconds(DEADLINE + 2 * LATER)))

    with pytest.raises(approval.NoticeDiffers):
        await sign(town, text)


async def test_times_move_later_and_not_by_a_second_earlier(town: Town) -> None:
    with pytest.raises(NothingChanges):
        await prepare(town, a_change(deadline=seconds(DEADLINE)))
    with pytest.raises(TimesEarlier):
        await prepare(town, a_change(deadline=seconds(DEADLINE - timedelta(seconds=1))))

    await prepare(town, a_change(deadline=seconds(DEADLINE + timedelta(seconds=1))))


async def test_a_change_of_a_place_that_is_not_there_is_refused(town: Town) -> None:
    with pytest.raises(PlaceUnknown):
        await prepare(town, a_change(lot="2", deadline=seconds(DEADLINE + LATER)))
    with pytest.raises(PlaceUnknown):
        await prepare(town, a_change(stage="price", deadline=seconds(DEADLINE + LATER)))


async def test_bids_are_voided_only_where_form_or_files_change(town: Town) -> None:
    with pytest.raises(ResealUnfounded):
        await prepare(town, a_change(deadline=seconds(DEADLINE + LATER), reseal=True))

    await prepare(town, a_change(form=FORM, reseal=True))


async def test_a_prepared_change_that_a_revision_overtook_is_prepared_again(town: Town) -> None:
    await prepare(town, a_change(deadline=seconds(DEADLINE + LATER)))
    text = text_of(await proposed(town))
    await sign(town, text)
    town.clock.move_to(town.clock.now + timedelta(seconds=1))
    await prepare(town, a_change(deadline=seconds(DEADLINE + 2 * LATER)))

    await sign(town, text_of(await proposed(town)))

    with pytest.raises((AmendmentUnknown, RevisionOutdated)):
        await sign(town, text)
    assert (await in_force(town)).revision == 3


async def test_a_bid_to_an_older_revision_stays_good_without_reseal(town: Town) -> None:
    sealed = await seal_as(town, "firm-1", 100)
    await amend(town, a_change(deadline=seconds(DEADLINE + LATER)))

    await submit_as(town, "firm-1", sealed)

    await fill(town, 2)
    await opened(town, DEADLINE + LATER)
    assert await verdicts(town) == [Verdict.OPENED] * 3


async def test_a_smaller_limit_that_voids_nothing_leaves_a_sealed_bid_good(town: Town) -> None:
    sealed = await seal_as(town, "firm-1", 100)
    await amend(town, a_change(max_bytes=1))

    await submit_as(town, "firm-1", sealed)

    with pytest.raises(Finding):
        await seal_as(town, "firm-2", 100)


async def test_a_bid_to_an_older_revision_is_refused_after_reseal(town: Town) -> None:
    sealed = await seal_as(town, "firm-1", 100)
    await amend(town, a_change(max_bytes=5_000_000, reseal=True))

    with pytest.raises(NotBound):
        await submit_as(town, "firm-1", sealed)

    await bid(town, "firm-1", 100)


async def test_a_bid_that_lay_in_the_box_is_improper_after_reseal(town: Town) -> None:
    await fill(town, 3)
    await amend(town, a_change(max_bytes=5_000_000, reseal=True))
    await bid(town, "firm-1", 90)
    await bid(town, "firm-4", 95)

    await opened(town, DEADLINE)

    # firm-1 sealed again, firm-4 sealed after; firm-2 and firm-3 did not.
    assert sorted(await verdicts(town)) == [
        Verdict.IMPROPER,
        Verdict.IMPROPER,
        Verdict.OPENED,
        Verdict.OPENED,
    ]


async def fill(town: Town, firms: int) -> None:
    """Let so many of the last firms bid."""
    names = [f"firm-{n}" for n in range(1, 6)]
    chosen = names[:firms] if firms > 2 else names[-firms:]
    for name in chosen:
        await bid(town, name, 200)


async def opened(town: Town, deadline: object) -> None:
    """Close the box, let the trustees release, and carry it to its end."""
    town.clock.move_to(deadline)  # type: ignore[arg-type]
    await town.carry(BOX)
    for name in TRUSTEES[:2]:
        await release_as(town, name, BOX)
    await town.carry(BOX)


async def verdicts(town: Town) -> list[str]:
    async with town.database.transaction() as tx:
        rows = await tx.fetch("SELECT verdict FROM bidding.result")
    return [row["verdict"] for row in rows]


async def test_a_duty_client_follows_every_revision(town: Town, tmp_path: Path) -> None:
    await fill(town, 3)
    await amend(town, a_change(max_bytes=5_000_000, reseal=True))
    for name in ("firm-1", "firm-2", "firm-3"):
        await bid(town, name, 90)
    await bid(town, "firm-4", 95)
    town.clock.move_to(DEADLINE)
    await town.carry(BOX)
    town.clock.move_to(DEADLINE + timedelta(seconds=1))
    await amend(town, a_change(owner_by=seconds(DEADLINE + timedelta(days=1))))
    await town.settle()

    cleared = await cleared_for_release(town, tmp_path)

    assert [one.notice.revision for one in cleared.offer.revisions] == [1, 2, 3]
    for one in cleared.received:
        require_sound(cleared, one)
    assert cleared.offer.terms.owner_by == DEADLINE + timedelta(days=1)


async def test_a_document_of_a_prepared_change_is_there_for_its_two_bodies(town: Town) -> None:
    digest = sha256_hex(PAPER)

    async def paper() -> AsyncIterator[bytes]:
        yield PAPER

    await town.vault.put(digest, paper(), limit=1000)
    document: Json = {"path": "drawing.pdf", "sha256": digest, "size": len(PAPER)}
    await prepare(town, {"reason": WHY, "documents": [document]})

    for name in ("drafter", "approver"):
        offered, _ = await trading.document(
            town.database, town.vault, town.people[name].actor, digest
        )
        assert offered.path == "drawing.pdf"
    for actor in (None, town.people["firm-1"].actor):
        with pytest.raises(approval.DocumentUnknown):
            await trading.document(town.database, town.vault, actor, digest)
    await sign(town, text_of(await proposed(town)))

    assert await trading.document(town.database, town.vault, None, digest)
