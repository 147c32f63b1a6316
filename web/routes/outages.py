"""The outage act: the operator or the officer gives more time, on evidence."""

import re
from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from bidding import outages, standing
from bidding.standing import Scene
from notary.identity import Actor, Role
from notary.instant import BadInstant, parse_seconds
from notary.once import Answer, Once
from trading.types import Words
from web import access, answers, forms, idempotency, schema, sheet, showing
from web.access import API, FINAL, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.names import N_
from web.pressing import press
from web.typed import Answers, FieldError, typed_moment
from web.views.stays import OutageView, Silence, TouchedBox

_ROLES = frozenset({Role.OPERATOR, Role.OFFICER})
_PAGE = "/tenders/{tender}/outage"
_SHA256 = re.compile("[0-9a-f]{64}")


async def record(request: web.Request) -> web.Response:
    """Give a tender more time after an outage."""
    actor, given = access.require(request), forms.json(request)
    reason = given["reason"]
    assert isinstance(reason, dict)  # noqa: S101 - of the form that the schema says
    answer = await _record(
        request,
        actor,
        idempotency.of(request),
        deadline=str(given["deadline"]),
        evidence=str(given["evidence_sha256"]),
        reason=Words(zh=str(reason["zh"]), en=str(reason["en"])),
    )
    return answers.done(request, answer)


async def page(request: web.Request) -> web.Response:
    """Show what the heartbeat missed, and the form of the act."""
    access.require(request)
    scenes = await standing.of_tender(request.app[DATABASE], request.match_info["tender"])
    latest = max(scene.standing.box.deadline for scene in scenes)
    return await _page(request, scenes, typed_moment("deadline", latest))


async def press_record(request: web.Request) -> web.Response:
    """Give a tender more time by the form of its page."""
    actor, given = access.require(request), await forms.every(request)
    asked = Answers(given)
    deadline = asked.moment("deadline")
    words = asked.words("reason", N_("Say what happened"))
    evidence = asked.text("evidence", N_("Give the SHA-256 of the evidence")).lower()
    if evidence and _SHA256.fullmatch(evidence) is None:
        asked.wrong("evidence", N_("Give the SHA-256 of the evidence"))
    if asked.errors:
        scenes = await standing.of_tender(request.app[DATABASE], request.match_info["tender"])
        return await _page(request, scenes, given, *asked.errors)
    return await press(
        request,
        given,
        lambda once: _record(
            request,
            actor,
            once,
            deadline=deadline,
            evidence=evidence,
            reason=Words(zh=words["zh"], en=words["en"]),
        ),
        f"/tenders/{request.match_info['tender']}",
    )


async def _record(
    request: web.Request, actor: Actor, once: Once, *, deadline: str, evidence: str, reason: Words
) -> Answer:
    application = request.app
    answer = await outages.record(
        application[DATABASE],
        application[HALL],
        actor,
        once,
        request.match_info["tender"],
        deadline=_instant(deadline),
        evidence_sha256=evidence,
        reason=reason,
    )
    application[BELL].ring()
    return answer


def _instant(text: str) -> datetime:
    try:
        return parse_seconds(text)
    except BadInstant as error:
        raise schema.BadBody(place="$.deadline") from error


async def _page(
    request: web.Request, scenes: list[Scene], given: Mapping[str, str], *wrong: FieldError
) -> web.Response:
    async with request.app[DATABASE].transaction() as tx:
        now = await request.app[HALL].clock(tx)
    boxes = []
    for scene in scenes:
        one, box = scene.standing, scene.standing.box
        held = one.around.interruption(box, now)
        boxes.append(
            TouchedBox(
                lot=box.key.lot,
                stage=box.key.stage,
                state=showing.state(one, now),
                deadline=box.deadline,
                silences=tuple(
                    Silence(began=gap.began, ended=gap.ended)
                    for gap in one.around.missing(box, now)
                ),
                until=None if held is None else held.until,
            )
        )
    view = OutageView(
        tender=request.match_info["tender"],
        title=showing.text(scenes[0].notices[-1].notice.title),
        boxes=tuple(boxes),
        given=given,
        errors=wrong,
    )
    return await sheet.page(request, view, status=422 if wrong else 200)


ROUTES = (
    Route(
        "POST",
        f"{API}/tenders/{{tender}}/outages",
        record,
        summary="Give a tender more time after an outage, on evidence",
        roles=_ROLES,
        does=Does.ACT,
        back=FINAL,
        takes="outage",
        gives="outage-recorded",
        status=201,
    ),
    Route(
        "GET",
        _PAGE,
        page,
        summary="What the heartbeat missed, and the outage act",
        roles=_ROLES,
        does=Does.READ,
    ),
    Route(
        "POST",
        _PAGE,
        press_record,
        summary="Give a tender more time after an outage",
        roles=_ROLES,
        does=Does.ACT,
        back=FINAL,
        status=303,
    ),
)
