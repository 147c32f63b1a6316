"""What is done about alarms: claimed, handed over, asked about, answered, closed."""

from aiohttp import web

from bidding import standing
from notary.canonical import Json
from notary.identity import Role
from notary.once import Answer, Once
from oversight.supervision import service
from oversight.supervision.types import Finding
from web import access, answers, lookout, sheet
from web.access import API, FINAL, Does, Route
from web.doors import Asked, both, one_of, words
from web.keys import DATABASE, HALL
from web.lookout import Lookout
from web.views.watch import AlarmRow, AlarmView, InquiryView

_SUPERVISOR = frozenset({Role.SUPERVISOR})
_ALARM = "/alarms/{alarm:A-[0-9A-F]{16}}"
_INQUIRY = _ALARM + "/inquiries/{n:[1-9][0-9]{0,5}}"
_PAGES = "/supervision"
_HANDS_BACK = "Hand it over; whoever has it then may hand it back."
_REOPENS = "Claim it again; what was found stays on record."


async def page(request: web.Request) -> web.Response:
    """Show one alarm: why, what was done about it, and what the reader may do."""
    actor = access.require(request, Role.SUPERVISOR)
    alarm = request.match_info["alarm"]
    seen = await lookout.look(request.app[DATABASE], request.app[HALL], actor, [alarm])
    row = seen.row(alarm)
    case = seen.cases.get(alarm)
    scenes = await standing.of_tender(request.app[DATABASE], row.tender)
    async with request.app[DATABASE].transaction() as tx:
        taken = await lookout.steps(tx, () if case is None else case.steps)
        bodies = await lookout.bodies(tx, scenes)
    colleagues = {
        person: name
        for person, name in seen.watch.names.items()
        if person not in {actor.person, None if case is None else case.holder}
    }
    view = AlarmView(
        row=row, steps=taken, colleagues=colleagues, bodies=bodies, now=seen.ground.now
    )
    return await sheet.page(request, view)


async def listed(request: web.Request) -> web.Response:
    """Tell programs of every open alarm, red first."""
    actor = access.require(request, Role.SUPERVISOR)
    seen = await lookout.look(request.app[DATABASE], request.app[HALL], actor)
    return answers.json({"alarms": [_told(seen, one) for one in seen.open]})


def _told(seen: Lookout, row: AlarmRow) -> Json:
    case = seen.cases.get(row.alarm)
    return {
        "alarm": row.alarm,
        "rule": row.rule,
        "severity": row.severity,
        "tender": row.tender,
        "state": row.state,
        "holder": None if case is None or row.holder is None else case.holder,
        "stands": row.stands,
        "entries": list(row.entries),
    }


async def inquiry(request: web.Request) -> web.Response:
    """Show the reader's body what supervision asks it, and its answer."""
    actor, place = access.require(request), request.match_info
    async with request.app[DATABASE].transaction() as tx:
        case, asked, answered = await service.question(
            tx, place["alarm"], int(place["n"]), actor.org
        )
        by = await lookout.step(tx, asked)
        view = InquiryView(
            alarm=place["alarm"],
            n=asked.n,
            tender=case.alarm.tender,
            title=await lookout.title(tx, case.alarm.tender),
            asked_by=by.body,
            asked_at=asked.at,
            question=asked.text or "",
            answer=None if answered is None else await lookout.step(tx, answered),
        )
    return await sheet.page(request, view)


async def claim(asked: Asked, once: Once) -> Answer:
    """Take an alarm."""
    alarm = asked.place["alarm"]
    found = await lookout.found(asked.database, asked.hall, alarm)
    return await service.claim(asked.database, asked.hall, asked.actor, once, alarm, found)


async def hand_over(asked: Asked, once: Once) -> Answer:
    """Give an alarm to another supervisor."""
    alarm = asked.place["alarm"]
    return await service.hand_over(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        alarm,
        await lookout.found(asked.database, asked.hall, alarm),
        to=str(asked.given["to"]),
        note=str(asked.given["text"]),
    )


async def inquire(asked: Asked, once: Once) -> Answer:
    """Ask a body about an alarm."""
    return await service.inquire(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["alarm"],
        of=str(asked.given["org"]),
        text=str(asked.given["text"]),
    )


async def answer(asked: Asked, once: Once) -> Answer:
    """Answer what supervision asks."""
    return await service.answer(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["alarm"],
        int(asked.place["n"]),
        text=str(asked.given["text"]),
    )


async def close(asked: Asked, once: Once) -> Answer:
    """Close an alarm with a finding."""
    return await service.close(
        asked.database,
        asked.hall,
        asked.actor,
        once,
        asked.place["alarm"],
        finding=Finding(str(asked.given["finding"])),
        text=str(asked.given["text"]),
    )


def _onward(asked: Asked) -> str:
    return f"{_PAGES}/alarms/{asked.place['alarm']}"


def _answered(asked: Asked) -> str:
    return f"/alarms/{asked.place['alarm']}/inquiries/{asked.place['n']}"


ROUTES = (
    Route(
        "GET",
        f"{_PAGES}{_ALARM}",
        page,
        summary="An alarm, and what was done about it",
        roles=_SUPERVISOR,
        does=Does.READ,
    ),
    Route(
        "GET",
        f"{API}/alarms",
        listed,
        summary="Open alarms, red first",
        roles=_SUPERVISOR,
        does=Does.READ,
        gives="alarms",
    ),
    Route(
        "GET",
        _INQUIRY,
        inquiry,
        summary="What supervision asks my body",
        roles=service.ASKED,
        does=Does.READ,
    ),
    *both(
        claim,
        f"{_ALARM}/claim",
        page=f"{_PAGES}{_ALARM}/claim",
        summary="Claim an alarm",
        roles=_SUPERVISOR,
        back=_HANDS_BACK,
        gives="alarm-assigned",
        onward=_onward,
    ),
    *both(
        hand_over,
        f"{_ALARM}/handover",
        page=f"{_PAGES}{_ALARM}/handover",
        summary="Hand an alarm over, with a note",
        roles=_SUPERVISOR,
        back=_HANDS_BACK,
        takes="alarm-handover",
        gives="alarm-assigned",
        fields={"to": words, "text": words},
        onward=_onward,
    ),
    *both(
        inquire,
        f"{_ALARM}/inquiries",
        page=f"{_PAGES}{_ALARM}/inquiries",
        summary="Ask a body about an alarm",
        roles=_SUPERVISOR,
        back=FINAL,
        takes="inquiry",
        gives="inquired",
        fields={"org": words, "text": words},
        onward=_onward,
    ),
    *both(
        answer,
        f"{_INQUIRY}/answer",
        summary="Answer what supervision asks",
        roles=service.ASKED,
        back=FINAL,
        takes="said",
        gives="inquiry-answered",
        fields={"text": words},
        onward=_answered,
    ),
    *both(
        close,
        f"{_ALARM}/closing",
        page=f"{_PAGES}{_ALARM}/closing",
        summary="Close an alarm with a finding",
        roles=_SUPERVISOR,
        back=_REOPENS,
        takes="alarm-closing",
        gives="alarm-closed",
        fields={"finding": one_of(Finding), "text": words},
        onward=_onward,
    ),
)
