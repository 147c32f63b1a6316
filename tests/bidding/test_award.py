"""After the opening: rejections, candidates and the award, as the agency signs them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import award, rejecting, rules
from bidding.sealed.statements import AWARD_LIMIT, Award
from bidding.store import awards
from notary.duty import CertificateUnknown
from notary.once import Answer, Answered, Once
from notary.shape import dump, load
from sql.database import Database
from tests.bidding.acts import entries, files_of, verified
from tests.bidding.town import (
    TENDER,
    Town,
    a_town,
    announce,
    award_lot,
    bid,
    once,
    seal_as,
    submit_as,
)
from trading import service as trading
from trading.rules.approval import TenderUnknown

MICROSECOND = timedelta(microseconds=1)
CEILING = 1_512_500_000


async def an_opened_lot(database: Database, folder: Path, *prices: int) -> tuple[Town, list[str]]:
    """Open bids of these prices; return the envelopes in their order."""
    town = await a_town(database, folder / "home", len(prices))
    await announce(town)
    answers = [await bid(town, f"firm-{n}", price) for n, price in enumerate(prices, start=1)]
    await town.open_box()
    return town, [str(answer["envelope"]) for answer in answers]


async def reject(
    town: Town,
    envelope: str,
    ground: str = "bid.not_responsive",
    *,
    request: Once | None = None,
) -> Answer:
    return await rejecting.reject(
        town.database,
        town.hall,
        town.people["drafter"].actor,
        request or once(),
        TENDER,
        "1",
        envelope=envelope,
        ground=ground,
        article="招标投标法实施条例 51",
        reason="no bond",
    )


async def drafted(town: Town) -> Award:
    await town.settle()
    draft = await award.draft(town.database, town.hall, town.people["drafter"].actor, TENDER, "1")
    return load(Award, str(draft["json"]).encode(), limit=AWARD_LIMIT)


async def sign(
    town: Town,
    act: award.SignedAct,
    stated: Award,
    *,
    actor: str = "drafter",
    signer: str = "drafter",
    request: Once | None = None,
) -> Answer:
    text = dump(stated)
    return await act(
        town.database,
        town.hall,
        town.people[actor].actor,
        request or once(),
        text,
        town.people[signer].sign(text),
    )


async def steps(town: Town) -> list[tuple[str, str | None]]:
    async with town.database.transaction() as tx:
        return [(one.step, one.winner) for one in await awards.awards_of(tx, TENDER, "1")]


# Rejections


async def test_a_price_above_the_ceiling_has_to_be_rejected_first(
    database: Database, tmp_path: Path
) -> None:
    town, [dear, fair, cheap] = await an_opened_lot(
        database, tmp_path, CEILING + 1, CEILING, CEILING - 1
    )

    with pytest.raises(rules.NotRejected):
        await drafted(town)
    await reject(town, dear, "price.above_ceiling")
    with pytest.raises(rules.AwardPending):
        await award.draft(database, town.hall, town.people["drafter"].actor, TENDER, "1")
    stated = await drafted(town)

    assert [(one.envelope, one.rank) for one in stated.ranking] == [(cheap, 1), (fair, 2)]
    assert [(one.envelope, one.ground) for one in stated.rejected] == [
        (dear, "price.above_ceiling")
    ]
    await award_lot(town)
    assert await steps(town) == [("candidates", cheap), ("awarded", cheap)]
    await verified(town, tmp_path / "public")


async def test_no_bid_is_rejected_as_beyond_a_limit_that_it_keeps(
    database: Database, tmp_path: Path
) -> None:
    town, [fair, *_] = await an_opened_lot(database, tmp_path, CEILING, CEILING - 1, CEILING - 2)

    for ground in ("price.above_ceiling", "price.below_minimum"):
        with pytest.raises(rules.NotRejected):
            await reject(town, fair, ground)

    assert await entries(town, "bid-rejected") == []
    await award_lot(town)


async def test_only_an_opened_bid_is_rejected_and_only_once(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 4)
    await announce(town)
    own = [str((await bid(town, f"firm-{n}", 1_300_000_000 + n))["envelope"]) for n in (1, 2, 3)]
    files, other = files_of(tmp_path / "one"), files_of(tmp_path / "two", b"%PDF-1.7 other")
    swapped = replace(files, parts=other.parts, paths=other.paths)
    improper = await seal_as(town, "firm-4", 1_000_000_000, files=swapped)
    await submit_as(town, "firm-4", improper)
    await town.open_box()

    await reject(town, own[0])
    with pytest.raises(rules.AlreadyRejected):
        await reject(town, own[0])
    for envelope in (improper.envelope_id, "ab" * 32):
        with pytest.raises(rules.EnvelopeUnknown):
            await reject(town, envelope)

    assert len(await entries(town, "bid-rejected")) == 1
    await award_lot(town)  # the cheapest was improper, the next one rejected
    assert (await steps(town))[-1] == ("awarded", own[1])
    await verified(town, tmp_path / "public")


async def test_nothing_is_rejected_after_candidates_are_public(
    database: Database, tmp_path: Path
) -> None:
    town, [first, *_] = await an_opened_lot(database, tmp_path, 3, 2, 1)
    await sign(town, award.publish_candidates, await drafted(town))

    with pytest.raises(rules.AlreadyAwarded):
        await reject(town, first)

    assert await entries(town, "bid-rejected") == []


# Who


async def test_a_lot_is_its_agencys_alone_and_only_once_it_is_opened(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town)
    drafter, approver = town.people["drafter"].actor, town.people["approver"].actor
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", n)
    with pytest.raises(rules.LotNotOpened):
        await award.draft(database, town.hall, drafter, TENDER, "1")
    await town.open_box()

    with pytest.raises(TenderUnknown):  # another's is answered as one that is not there
        await award.draft(database, town.hall, approver, TENDER, "1")
    with pytest.raises(TenderUnknown):
        await award.draft(database, town.hall, drafter, "GC-2026-0000", "1")
    with pytest.raises(rules.BoxUnknown):
        await award.draft(database, town.hall, drafter, TENDER, "2")
    stated = await drafted(town)
    with pytest.raises(TenderUnknown):
        await sign(town, award.publish_candidates, stated, actor="approver", signer="approver")
    with pytest.raises(CertificateUnknown):
        await sign(town, award.publish_candidates, stated, signer="approver")

    assert await steps(town) == []


# Turns and times


async def test_an_award_follows_its_candidates_and_each_is_made_once(
    database: Database, tmp_path: Path
) -> None:
    town, [*_, cheap] = await an_opened_lot(database, tmp_path, 3, 2, 1)
    stated = await drafted(town)
    with pytest.raises(rules.CandidatesFirst):
        await sign(town, award.award, stated)
    await sign(town, award.publish_candidates, stated)
    with pytest.raises(rules.AlreadyAwarded):
        await sign(town, award.publish_candidates, stated)
    await sign(town, award.award, await drafted(town))
    with pytest.raises(rules.AlreadyAwarded):
        await sign(town, award.award, stated)

    assert await steps(town) == [("candidates", cheap), ("awarded", cheap)]
    record = await trading.record(database, town.hall, TENDER)
    assert record.tender.facts.awarded_at is not None


async def test_a_draft_waits_ten_minutes_for_its_signature_and_not_a_microsecond_more(
    database: Database, tmp_path: Path
) -> None:
    town, _ = await an_opened_lot(database, tmp_path, 3, 2, 1)
    stated = await drafted(town)
    town.clock.move_to(stated.candidates_until + award.DRAFT_GOOD_FOR + timedelta(seconds=1))
    with pytest.raises(rules.AwardDiffers):
        await sign(town, award.publish_candidates, stated)
    town.clock.move_to(town.clock.now - MICROSECOND)
    await sign(town, award.publish_candidates, stated)

    assert len(await steps(town)) == 1


async def test_an_award_is_made_at_candidates_until_and_not_a_microsecond_before(
    database: Database, tmp_path: Path
) -> None:
    town, _ = await an_opened_lot(database, tmp_path, 3, 2, 1)
    until = town.clock.now.replace(microsecond=0) + timedelta(days=3)
    stated = replace(await drafted(town), candidates_until=until)
    await sign(town, award.publish_candidates, stated)
    assert await drafted(town) == stated  # a longer publicity than the least stays as it is

    town.clock.move_to(until - MICROSECOND)
    with pytest.raises(rules.CandidatesFirst):
        await sign(town, award.award, stated)
    town.clock.move_to(until)
    for moved in (until - timedelta(days=1), until + timedelta(days=1)):
        with pytest.raises(rules.AwardDiffers):
            await sign(town, award.award, replace(stated, candidates_until=moved))
    await sign(town, award.award, stated)
    assert [step for step, _ in await steps(town)] == ["candidates", "awarded"]


# What


async def test_only_what_the_opening_gives_is_signed(
    database: Database, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    town, [dear, *_] = await an_opened_lot(database, tmp_path, 3, 2, 1)
    stated = await drafted(town)
    false: dict[str, dict[str, Any]] = {
        "another winner": {"winner": dear},
        "another order": {"ranking": tuple(reversed(stated.ranking))},
        "a tie": {"tied": True, "winner": None},
        "another opening": {"opening_sha256": "ab" * 32},
        "other rules": {"rules": replace(stated.rules, sha256="ab" * 32)},
    }

    for what, members in false.items():
        with subtests.test(what), pytest.raises(rules.AwardDiffers):
            await sign(town, award.publish_candidates, replace(stated, **members))

    assert await steps(town) == []


async def test_equal_lowest_prices_are_candidates_and_not_awarded(
    database: Database, tmp_path: Path
) -> None:
    town, [_, second, third] = await an_opened_lot(database, tmp_path, 3, 1, 1)
    stated = await drafted(town)
    await sign(town, award.publish_candidates, stated)

    with pytest.raises(rules.AwardTied):
        await sign(town, award.award, stated)

    assert (stated.tied, stated.winner) == (True, None)
    assert {one.envelope for one in stated.ranking if one.rank == 1} == {second, third}
    assert await steps(town) == [("candidates", None)]
    await verified(town, tmp_path / "public")


# One outcome


async def test_the_same_act_twice_at_once_has_one_outcome(
    database: Database, tmp_path: Path
) -> None:
    town, [dear, *_] = await an_opened_lot(database, tmp_path, 3, 2, 1)
    rejection = once()
    said = [
        await asyncio.gather(
            *(reject(town, dear, request=rejection) for _ in range(2)), return_exceptions=True
        )
    ]
    stated, requests = await drafted(town), [rejection]
    for act in (award.publish_candidates, award.award):
        requests.append(once())
        said.append(
            await asyncio.gather(
                *(sign(town, act, stated, request=requests[-1]) for _ in range(2)),
                return_exceptions=True,
            )
        )

    for request, outcomes in zip(requests, said, strict=True):
        [answer] = [one for one in outcomes if not isinstance(one, BaseException)]
        [twin] = [one for one in outcomes if isinstance(one, BaseException)]
        assert isinstance(twin, Answered | rules.AlreadyRejected | rules.AlreadyAwarded)
        async with database.transaction() as tx:
            remembered = await request.recall(tx)
        assert remembered is not None
        assert (remembered.refused, remembered.body) == (None, answer)
    for kind in ("bid-rejected", "candidates-published", "awarded"):
        assert len(await entries(town, kind)) == 1
