"""Questions about a tender, their answers for all, and tendering again: API and forms of pages."""

from aiohttp import web

from notary.canonical import Json
from notary.identity import Role
from notary.instant import micros
from trading import clarifying, repeating
from trading.amendments import Question
from web import access, answers, forms, idempotency
from web.access import ANYBODY, API, FINAL, PUBLIC, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.pressing import press

_AGENCY = frozenset({Role.AGENCY})
_TENDER = f"{API}/tenders/{{tender}}"
_PAGE = "/tenders/{tender}"
_YES = "yes"


async def ask(request: web.Request) -> web.Response:
    """Ask about a tender."""
    actor, once = access.require(request), idempotency.of(request)
    tender, words = request.match_info["tender"], str(forms.json(request)["words"])
    answer = await clarifying.ask(
        request.app[DATABASE], request.app[HALL], actor, once, tender, words
    )
    return answers.done(request, answer)


async def clarify(request: web.Request) -> web.Response:
    """Clarify a tender for all."""
    actor, given = access.require(request, Role.AGENCY), forms.json(request)
    question, asked = given.get("question"), given.get("asked")
    answer = await clarifying.clarify(
        request.app[DATABASE],
        request.app[HALL],
        actor,
        idempotency.of(request),
        request.match_info["tender"],
        question=None if question is None else str(question),
        asked=None if asked is None else str(asked),
        answer=str(given["answer"]),
        affects=bool(given["affects"]),
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


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


async def repeat(request: web.Request) -> web.Response:
    """Draft a tender that is over again."""
    actor, once = access.require(request, Role.AGENCY), idempotency.of(request)
    tender, number = request.match_info["tender"], str(forms.json(request)["tender"])
    answer = await repeating.repeat(
        request.app[DATABASE], request.app[HALL], actor, once, tender, number
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


async def press_ask(request: web.Request) -> web.Response:
    """Ask by the form of the tender's page."""
    actor, given = access.require(request), await forms.fields(request, "key", "words")
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    return await press(
        request,
        given,
        lambda once: clarifying.ask(database, hall, actor, once, tender, given["words"]),
        f"/tenders/{tender}#questions",
    )


async def press_clarify(request: web.Request) -> web.Response:
    """Answer by the form of the tender's page."""
    actor = access.require(request, Role.AGENCY)
    given = await forms.fields(request, "key", "question", "asked", "answer", "affects")
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    return await press(
        request,
        given,
        lambda once: clarifying.clarify(
            database,
            hall,
            actor,
            once,
            tender,
            question=given["question"] or None,
            asked=given["asked"] or None,
            answer=given["answer"],
            affects=given["affects"] == _YES,
        ),
        f"/tenders/{tender}#questions",
    )


async def press_repeat(request: web.Request) -> web.Response:
    """Tender again by the form of the tender's page."""
    actor = access.require(request, Role.AGENCY)
    given = await forms.fields(request, "key", "number")
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    return await press(
        request,
        given,
        lambda once: repeating.repeat(database, hall, actor, once, tender, given["number"]),
        f"/desk/tenders/{given['number']}",
    )


def _question(question: Question) -> dict[str, Json]:
    return {
        "question": question.question,
        "tender": question.tender,
        "words": question.words,
        "asked_at": micros(question.asked_at),
    }


ROUTES = (
    Route(
        "POST",
        f"{_TENDER}/questions",
        ask,
        summary="Ask about a tender; nobody is told who asked",
        roles=ANYBODY,
        does=Does.ACT,
        back=FINAL,
        takes="question",
        gives="asked",
        status=201,
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
    Route(
        "POST",
        f"{_TENDER}/clarifications",
        clarify,
        summary="Clarify a tender, the same for all",
        roles=_AGENCY,
        does=Does.ACT,
        back="Another clarification; what was said stays said.",
        takes="clarification",
        gives="clarified",
        status=201,
        location=f"{_TENDER}/clarifications",
    ),
    Route(
        "GET",
        f"{_TENDER}/clarifications",
        read,
        summary="The clarifications of a tender",
        roles=PUBLIC,
        does=Does.READ,
        gives="clarifications",
    ),
    Route(
        "POST",
        f"{_TENDER}/again",
        repeat,
        summary="Draft a tender that ended without an award again, with everything it had",
        roles=_AGENCY,
        does=Does.ACT,
        back="It is a draft: change it, or never publish it.",
        takes="number",
        gives="drafted",
        status=201,
        location=f"{_TENDER}/draft-notice",
    ),
    Route(
        "POST",
        f"{_PAGE}/questions",
        press_ask,
        summary="Ask by the form of the tender's page",
        roles=ANYBODY,
        does=Does.ACT,
        back=FINAL,
    ),
    Route(
        "POST",
        f"{_PAGE}/clarifications",
        press_clarify,
        summary="Answer by the form of the tender's page",
        roles=_AGENCY,
        does=Does.ACT,
        back="Another clarification; what was said stays said.",
    ),
    Route(
        "POST",
        f"{_PAGE}/again",
        press_repeat,
        summary="Tender again by the form of the tender's page",
        roles=_AGENCY,
        does=Does.ACT,
        back="It is a draft: change it, or never publish it.",
    ),
)
