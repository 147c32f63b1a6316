"""Questions about a tender, their answers for all, and tendering again."""

from aiohttp import web

from notary.canonical import Json
from notary.identity import Role
from notary.instant import micros
from notary.once import Answer, Once
from trading import clarifying, repeating
from trading.amendments import Question
from web import access, answers, doors
from web.access import ANYBODY, API, FINAL, PUBLIC, Does, Route
from web.doors import Asked
from web.keys import DATABASE, HALL

_AGENCY = frozenset({Role.AGENCY})
_TENDER = "/tenders/{tender}"


async def read(request: web.Request) -> web.Response:
    """Give the clarifications of a tender."""
    async with request.app[DATABASE].transaction() as tx:
        found = await clarifying.clarifications(tx, request.match_info["tender"])
    rows: list[Json] = [
        {"json": one.json.decode("utf-8"), "n": one.text.n, "at": micros(one.at)} for one in found
    ]
    return answers.json({"clarifications": rows})


async def waiting(request: web.Request) -> web.Response:
    """Give the questions that wait for the agency, without who asked."""
    actor = access.require(request, Role.AGENCY)
    found = await clarifying.unanswered(request.app[DATABASE], request.app[HALL], actor)
    return answers.json({"questions": [_question(one) for one in found]})


async def _ask(asked: Asked, once: Once) -> Answer:
    tender, words = asked.place["tender"], str(asked.given["words"])
    return await clarifying.ask(asked.database, asked.hall, asked.actor, once, tender, words)


async def _clarify(asked: Asked, once: Once) -> Answer:
    question, public = asked.given.get("question"), asked.given.get("asked")
    return await clarifying.clarify(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["tender"],
        question=None if question is None else str(question),
        asked=None if public is None else str(public),
        answer=str(asked.given["answer"]),
        affects=asked.given["affects"] is True,
    )


async def _repeat(asked: Asked, once: Once) -> Answer:
    tender, number = asked.place["tender"], str(asked.given["tender"])
    return await repeating.repeat(asked.database, asked.hall, asked.actor, once, tender, number)


def _to_questions(asked: Asked) -> str:
    return f"/tenders/{asked.place['tender']}#questions"


def _question(question: Question) -> dict[str, Json]:
    return {
        "question": question.question,
        "tender": question.tender,
        "words": question.words,
        "asked_at": micros(question.asked_at),
    }


ROUTES = (
    *doors.both(
        _ask,
        f"{_TENDER}/questions",
        summary="Ask about a tender; nobody is told who asked",
        roles=ANYBODY,
        back=FINAL,
        takes="question",
        gives="asked",
        fields={"words": doors.words},
        onward=_to_questions,
    ),
    Route(
        "GET",
        f"{API}/questions",
        waiting,
        summary="Questions that wait for the agency, without who asked",
        roles=_AGENCY,
        does=Does.READ,
        gives="questions",
    ),
    *doors.both(
        _clarify,
        f"{_TENDER}/clarifications",
        summary="Clarify a tender, the same for all",
        roles=_AGENCY,
        back="Another clarification; what was said stays said.",
        takes="clarification",
        gives="clarified",
        location=f"{API}{_TENDER}/clarifications",
        fields={
            "question": doors.words_or_none,
            "asked": doors.words_or_none,
            "answer": doors.words,
            "affects": doors.ticked,
        },
        onward=_to_questions,
    ),
    Route(
        "GET",
        f"{API}{_TENDER}/clarifications",
        read,
        summary="The clarifications of a tender",
        roles=PUBLIC,
        does=Does.READ,
        gives="clarifications",
    ),
    *doors.both(
        _repeat,
        f"{_TENDER}/again",
        summary="Draft a tender that ended without an award again, with everything it had",
        roles=_AGENCY,
        back="It is a draft: change it, or never publish it.",
        takes="number",
        gives="drafted",
        location=f"{API}{_TENDER}/draft-notice",
        fields={"tender": str.strip},
        onward=lambda asked: f"/desk/tenders/{asked.given['tender']}",
    ),
)
