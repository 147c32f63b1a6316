"""Questions without an asker, answers for all, who took what, and tendering again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bidding import keys
from notary import followers
from notary.canonical import Json, sha256_hex
from sql.database import Database, Tx
from tests.bidding.drafts import a_draft
from tests.bidding.revising import BOXES, cancel, proposed, text_of
from tests.bidding.town import (
    BOX,
    DEADLINE,
    NOW,
    TENDER,
    Town,
    a_town,
    announce,
    bid,
    give_keys,
    kinds,
    once,
)
from trading import cancelling, clarifying, repeating
from trading import service as trading
from trading.amendments import LONGEST, Clarification, Question
from trading.disputes import NothingSaid
from trading.rules.approval import TenderTaken, TenderUnknown
from trading.rules.clarifications import QuestionAnswered, QuestionTooLate, QuestionUnknown
from trading.rules.repeats import NothingToRepeat
from trading.types import Signed, Words

PAPER = b"%PDF-1.7 tender documents"
AGAIN = "GC-2026-0919"


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    town = await a_town(database, tmp_path)
    await town.vault.put(sha256_hex(PAPER), paper(), limit=1000)
    documents: list[Json] = [{"path": "a.pdf", "sha256": sha256_hex(PAPER), "size": len(PAPER)}]
    await announce(town, a_draft(documents=documents))
    return town


async def paper() -> AsyncIterator[bytes]:
    yield PAPER


async def ask(town: Town, name: str, words: str = "图纸 3 缺页？") -> str:
    actor = town.people[name].actor
    answer = await clarifying.ask(town.database, town.hall, actor, once(name), TENDER, words)
    return str(answer["question"])


async def clarify(town: Town, question: str | None = None, name: str = "drafter") -> None:
    await clarifying.clarify(
        town.database,
        town.hall,
        town.people[name].actor,
        once(name),
        TENDER,
        question=question,
        asked=None,
        answer="图纸 3 共两页，见附件。",
        affects=False,
    )


async def clarified(town: Town) -> list[Clarification]:
    async with town.database.transaction() as tx:
        return await clarifying.clarifications(tx, TENDER)


async def waiting(town: Town) -> list[Question]:
    agency = town.people["drafter"].actor
    return await clarifying.unanswered(town.database, town.hall, agency)


async def test_a_question_is_answered_for_all_and_nobody_reads_who_asked(town: Town) -> None:
    question = await ask(town, "firm-1")
    assert [one.question for one in await waiting(town)] == [question]

    await clarify(town, question)

    [one] = await clarified(town)
    assert (one.text.question, one.text.n) == ("图纸 3 缺页？", 1)
    assert "firm-1" not in one.json.decode()
    assert await waiting(town) == []
    # The question is held until the closing, the answer is out at once.
    assert "trading.question-asked.v1" not in await kinds(town)
    assert (await kinds(town))[-1] == "trading.clarified.v1"


async def test_a_question_comes_into_the_log_with_the_closing(town: Town) -> None:
    await ask(town, "firm-1")
    town.clock.move_to(DEADLINE)

    await town.carry(BOX)

    assert "trading.question-asked.v1" in await kinds(town)


async def test_questions_are_asked_until_the_deadline(town: Town) -> None:
    town.clock.move_to(DEADLINE - timedelta(microseconds=1))
    question = await ask(town, "firm-1")

    town.clock.move_to(DEADLINE)
    with pytest.raises(QuestionTooLate):
        await ask(town, "firm-2")
    with pytest.raises(QuestionTooLate):
        await clarify(town, question)


async def test_a_question_says_something_and_no_more_than_a_page(town: Town) -> None:
    for words in ("", " \n ", "x" * (LONGEST + 1)):
        with pytest.raises(NothingSaid):
            await ask(town, "firm-1", words)

    await ask(town, "firm-1", "x" * LONGEST)


async def test_a_question_has_one_answer_and_the_agency_may_say_more(town: Town) -> None:
    question = await ask(town, "firm-1")
    await clarify(town, question)

    with pytest.raises(QuestionAnswered):
        await clarify(town, question)
    with pytest.raises(QuestionUnknown):
        await clarify(town, "0" * 16)
    await clarify(town)

    assert [(one.text.n, one.text.question) for one in await clarified(town)] == [
        (1, "图纸 3 缺页？"),
        (2, None),
    ]


async def test_only_the_agency_of_the_tender_answers(town: Town) -> None:
    with pytest.raises(TenderUnknown):
        await clarify(town, await ask(town, "firm-1"), "approver")


async def test_who_takes_a_document_follows_and_is_held(town: Town) -> None:
    for name in ("firm-1", "firm-1", "firm-2", "drafter"):
        actor = town.people[name].actor
        await clarifying.take_document(town.database, town.hall, actor, sha256_hex(PAPER))

    async with town.database.transaction() as tx:
        held = await tx.fetchval(
            "SELECT count(*) FROM notary.ledger_pending WHERE hold = $1", TENDER
        )
        assert sorted(await followers.followers_of(tx, TENDER)) == ["firm-1", "firm-2"]
    assert held == 2


async def test_nobody_takes_a_document_at_the_deadline(town: Town) -> None:
    town.clock.move_to(DEADLINE)

    await clarifying.take_document(
        town.database, town.hall, town.people["firm-1"].actor, sha256_hex(PAPER)
    )

    async with town.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM trading.document_taken") == 0


async def test_who_takes_a_document_while_the_tender_is_cancelled_leaves_nothing_held(
    town: Town,
) -> None:
    agency, firm = town.people["drafter"], town.people["firm-1"].actor
    reason = Words(zh="资金未落实", en="the funds fell through")
    await cancelling.draft_cancellation(
        town.database, town.hall, agency.actor, once(), TENDER, reason
    )
    text = text_of(await proposed(town, "cancel"))
    signed = Signed(text, town.people["approver"].sign(text))
    takes = list[asyncio.Task[None]]()

    async def slow(tx: Tx) -> datetime:
        """Let a bidder take the document, and wait until the cancellation holds it up."""
        takes.append(
            asyncio.create_task(
                clarifying.take_document(town.database, town.hall, firm, sha256_hex(PAPER))
            )
        )
        async with asyncio.timeout(10):
            while not await tx.fetchval(  # noqa: ASYNC110 - a lock rings for nobody
                """
                SELECT EXISTS (SELECT
                                 FROM pg_locks
                                WHERE NOT granted
                                  AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))
                """
            ):
                await asyncio.sleep(0.01)
        return town.clock.now

    await cancelling.cancel(
        town.database,
        replace(town.hall, clock=slow),
        town.vault,
        town.people["approver"].actor,
        once(),
        TENDER,
        signed,
        BOXES,
    )
    [take] = takes
    await take

    async with town.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM trading.document_taken") == 0
        assert not await tx.fetchval(
            "SELECT EXISTS (SELECT FROM notary.ledger_pending WHERE hold IS NOT NULL)"
        )


async def repeat(town: Town, number: str = AGAIN, name: str = "drafter") -> None:
    actor = town.people[name].actor
    await repeating.repeat(town.database, town.hall, actor, once(name), TENDER, number)


async def test_a_tender_without_enough_bids_is_drafted_again_whole(town: Town) -> None:
    await bid(town, "firm-1", 100)
    town.clock.move_to(DEADLINE)
    await town.carry(BOX)

    await repeat(town)

    async with town.database.transaction() as tx:
        drafted = await trading.drafted(tx, AGAIN)
        assert await repeating.chain(tx, AGAIN) == (TENDER, None)
        assert await repeating.chain(tx, TENDER) == (None, None)
    assert drafted is not None
    first = a_draft()
    assert [one.path for one in drafted.draft.documents] == ["a.pdf"]
    assert drafted.draft.lots[0].ceiling_fen == int(first["lots"][0]["ceiling_fen"])
    assert drafted.draft.lots[0].boxes[0].deadline == DEADLINE + (DEADLINE - NOW)
    assert [one.group for one in drafted.draft.trustees] == ["officer", "operator", "supervisor"]


async def test_a_cancelled_tender_is_announced_again(town: Town) -> None:
    await cancel(town)
    await repeat(town)

    await publish_again(town)

    async with town.database.transaction() as tx:
        assert await repeating.chain(tx, TENDER) == (None, AGAIN)


async def publish_again(town: Town) -> None:
    """Publish the draft that repeats the tender, as it stands."""
    for name in ("officer", "operator", "supervisor"):
        await give_keys(town, name)
    approver = town.people["approver"]
    asked = await trading.draft_notice(
        town.database, town.hall, approver.actor, AGAIN, keys.policies
    )
    text = str(asked["json"]).encode()
    signed = Signed(text, approver.sign(text))
    await trading.publish(
        town.database,
        town.hall,
        town.vault,
        approver.actor,
        once("approver"),
        AGAIN,
        signed,
        set_boxes=keys.set_boxes,
    )


async def test_a_tender_that_goes_on_is_not_announced_again(town: Town) -> None:
    with pytest.raises(NothingToRepeat):
        await repeat(town)


async def test_a_number_serves_once(town: Town) -> None:
    await cancel(town)
    await repeat(town)

    with pytest.raises(TenderTaken):
        await repeat(town)
    with pytest.raises(TenderUnknown):
        await repeat(town, "GC-2026-0920", "approver")
