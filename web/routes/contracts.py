"""The contract of an awarded lot: its texts to sign, the acts on it, how it stands."""

import base64
import re
from collections.abc import Mapping
from datetime import date

from aiohttp import web

from bidding import contracting, contracts, performing
from bidding.contract import Due, Ending
from bidding.contract_rules import ContractUnknown
from bidding.performing import Plan
from notary import instant
from notary.canonical import Json
from notary.identity import Role
from notary.once import Answer, Once
from notary.shape import Fen
from web import access, answers, doors, forms, idempotency
from web.access import API, FINAL, PUBLIC, Does, Handler, Route
from web.contract_form import LONGEST
from web.doors import Asked
from web.keys import BELL, DATABASE, HALL
from web.noting import N_
from web.routes import contract_pages
from web.routes.contract_pages import text_of
from web.schema import BadBody
from web.typed import Answers
from web.views.contracts import Asks

_AT = "/tenders/{tender}/lots/{lot}"
_AGENCY = frozenset({Role.AGENCY})
_WINNER = frozenset({Role.BIDDER})
_TENDERERS = frozenset({Role.AGENCY, Role.PURCHASER})
_SIDES = frozenset({Role.AGENCY, Role.PURCHASER, Role.BIDDER})
MILESTONE = "milestones/{milestone:[1-9][0-9]{0,3}}"

PLANNED_BACK = N_("Until one side reports it, it can be planned anew.")

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FEN = "0|[1-9][0-9]{0,17}"
_SHA256 = "[0-9a-f]{64}"
_COUNT = "[1-9][0-9]{0,4}"
_LINE = r"[^\x00-\x1f\x7f]{1,200}"
TITLE = 200
"""Of a milestone: as its table takes it."""

_REASON = rf"[^\x00-\x1f\x7f]{{1,{LONGEST}}}"
_DAY_NAME: Mapping[Asks, str] = {
    "contract": "signed_on",
    "change": "signed_on",
    "end": "ended_on",
}
_PAPER = {"signed_on": _DAY, "amount_fen": _FEN, "days": _COUNT, "sha256": _SHA256}


# The texts that an agency signs


async def draft(request: web.Request) -> web.Response:
    """Show the text that says that the contract was signed."""
    return await _drafted(request, "contract")


async def draft_change(request: web.Request) -> web.Response:
    """Show the text that says that the contract was changed."""
    return await _drafted(request, "change")


async def draft_end(request: web.Request) -> web.Response:
    """Show the text that says that the contract has ended."""
    return await _drafted(request, "end")


async def _drafted(request: web.Request, asks: Asks) -> web.Response:
    actor, lot = access.require(request, Role.AGENCY), request.match_info["lot"]
    try:
        return answers.json(await text_of(request, actor, asks, request.query, lot))
    except KeyError as error:  # a parameter that the text needs is not there
        raise forms.UnknownParameter(name=str(error.args[0])) from error
    except ValueError as error:  # or says a day that does not exist
        raise forms.UnknownParameter(name=_DAY_NAME[asks]) from error


# What an agency states


async def sign(request: web.Request) -> web.Response:
    """Record the contract."""
    return await _stated(request, contracting.sign)


async def change(request: web.Request) -> web.Response:
    """Record a change of the contract."""
    return await _stated(request, contracting.change)


async def end(request: web.Request) -> web.Response:
    """Record that the contract has ended."""
    return await _stated(request, contracting.end)


async def _stated(request: web.Request, act: contracting.Stating) -> web.Response:
    actor = access.require(request, Role.AGENCY)
    stated, p7s = forms.signed(request)
    application, once = request.app, idempotency.of(request)
    done = await act(application[DATABASE], application[HALL], actor, once, stated, p7s)
    application[BELL].ring()
    return answers.done(request, done)


# What the two sides say


async def _answer(asked: Asked, once: Once) -> Answer:
    return await contracting.answer(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["tender"],
        asked.place["lot"],
        int(str(asked.given["n"])),
        agreed=asked.given["agreed"] is True,
        text=str(asked.given["text"]),
    )


async def _plan(asked: Asked, once: Once) -> Answer:
    given = asked.given
    milestone, fen = given["milestone"], given["amount_fen"]
    planned = Plan(
        milestone=None if milestone is None else int(str(milestone)),
        what=Due(str(given["what"])),
        title=str(given["title"]),
        due_on=_body_day(given, "due_on"),
        amount_fen=None if fen is None else Fen(int(str(fen))),
    )
    tender, lot = asked.place["tender"], asked.place["lot"]
    return await performing.plan(
        asked.database, asked.hall, asked.actor, once, tender, lot, planned
    )


async def _report(asked: Asked, once: Once) -> Answer:
    return await performing.report(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["tender"],
        asked.place["lot"],
        int(asked.place["milestone"]),
        done_on=_body_day(asked.given, "done_on"),
        text=str(asked.given["text"]),
    )


async def _answer_report(asked: Asked, once: Once) -> Answer:
    return await performing.answer(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["tender"],
        asked.place["lot"],
        int(asked.place["milestone"]),
        agreed=asked.given["agreed"] is True,
        text=str(asked.given["text"]),
    )


def _body_day(given: Mapping[str, Json], name: str) -> date:
    try:
        return date.fromisoformat(str(given[name]))
    except ValueError as error:
        raise BadBody(place=name) from error


def _to_page(asked: Asked) -> str:
    return f"/tenders/{asked.place['tender']}/contract?lot={asked.place['lot']}"


def _count(typed: str) -> Json:
    """Read a number of a statement or a milestone."""
    if re.fullmatch(_COUNT, typed) is None:
        raise ValueError(typed)
    return int(typed)


def _count_or_none(typed: str) -> Json:
    return _count(typed) if typed else None


def _line(typed: str) -> Json:
    """Read a title, as the API takes it."""
    said = " ".join(typed.split())
    if not 0 < len(said) <= TITLE or not said.isprintable():
        raise ValueError(typed)
    return said


def _yuan(typed: str) -> Json:
    """Read an amount typed in yuan as whole fen, None where nothing is typed."""
    answers_ = Answers({"amount": typed})
    fen = answers_.fen("amount")
    if answers_.errors or fen == "0":
        raise ValueError(typed)
    return fen


async def read(request: web.Request) -> web.Response:
    """Show what was stated of a contract, signed, and what was answered."""
    named = request.match_info
    known = await contracts.of_tender(request.app[DATABASE], named["tender"])
    if named["lot"] not in known:
        raise ContractUnknown
    contract = known[named["lot"]]
    stated: list[Json] = [
        {
            "n": one.n,
            "step": one.step,
            "json": one.json.decode(),
            "p7s": base64.b64encode(one.p7s).decode(),
            "at": instant.micros(one.at),
            "agreed": None if one.said is None else one.said.agreed,
        }
        for one in contract.stated
    ]
    return answers.json({"tender": named["tender"], "lot": named["lot"], "stated": stated})


_ANSWERS = doors.both(
    _answer,
    f"{_AT}/contract-answers",
    summary="Confirm, as the winner, what was stated of the contract, or say why it is not so",
    roles=_WINNER,
    back=FINAL,
    takes="contract-answer",
    gives="contract-stated",
    onward=_to_page,
    fields={"n": _count, "agreed": doors.yes_or_no, "text": doors.words},
)
_PLANS = doors.both(
    _plan,
    f"{_AT}/milestones",
    summary="Plan a milestone of the contract, or plan one anew",
    roles=_TENDERERS,
    back=PLANNED_BACK,
    takes="milestone",
    gives="milestone-said",
    onward=_to_page,
    fields={
        "milestone": _count_or_none,
        "what": doors.one_of(Due),
        "title": _line,
        "amount_fen": _yuan,
    },
    days=doors.Days(names=("due_on",), again=contract_pages.plan_again),
)
_REPORTS = doors.both(
    _report,
    f"{_AT}/{MILESTONE}/reports",
    summary="Report a milestone reached, as one side of the contract",
    roles=_SIDES,
    back=FINAL,
    takes="milestone-report",
    gives="milestone-said",
    onward=_to_page,
    fields={"text": doors.words},
    days=doors.Days(names=("done_on",), again=contract_pages.report_again),
)
_REPORT_ANSWERS = doors.both(
    _answer_report,
    f"{_AT}/{MILESTONE}/answers",
    summary="Acknowledge a milestone that the other side reported, or dispute it",
    roles=_SIDES,
    back=FINAL,
    takes="milestone-answer",
    gives="milestone-said",
    onward=_to_page,
    fields={"agreed": doors.yes_or_no, "text": doors.words},
)


def _text(path: str, handler: Handler, summary: str, query: Mapping[str, str]) -> Route:
    """Return the route of a text that an agency signs."""
    return Route(
        "GET",
        f"{API}{_AT}/{path}",
        handler,
        summary=summary,
        roles=_AGENCY,
        does=Does.READ,
        gives="contract-text",
        query=query,
    )


def _statement(path: str, handler: Handler, summary: str) -> Route:
    """Return the route of what an agency states of a contract."""
    return Route(
        "POST",
        f"{API}{_AT}/{path}",
        handler,
        summary=summary,
        roles=_AGENCY,
        does=Does.ACT,
        back=FINAL,
        takes="signed",
        gives="contract-stated",
        status=201,
    )


ROUTES = (
    Route(
        "GET",
        f"{API}{_AT}/contract",
        read,
        summary="What was stated of the contract of a lot, signed, and what the winner answered",
        roles=PUBLIC,
        does=Does.READ,
        gives="contract",
    ),
    _text(
        "contract-draft",
        draft,
        "The text that says that the contract was signed",
        {**_PAPER, "number": _LINE, "bond_fen": _FEN},
    ),
    _text(
        "contract-change-draft",
        draft_change,
        "The text that says that the contract was changed",
        {**_PAPER, "reason": _REASON},
    ),
    _text(
        "contract-end-draft",
        draft_end,
        "The text that says that the contract has ended",
        {"ended_on": _DAY, "ending": "|".join(Ending), "reason": _REASON, "sha256": _SHA256},
    ),
    _statement("contract", sign, "Record the signed contract of an awarded lot"),
    _statement("contract-changes", change, "Record a change of the contract"),
    _statement("contract-end", end, "Record that the contract has ended"),
    *_ANSWERS,
    *_PLANS,
    *_REPORTS,
    *_REPORT_ANSWERS,
)
