"""Pages of a published tender's agency and purchaser: amend, cancel, take back, tender again."""

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from bidding import losses
from notary import identity, shape
from notary.identity import Role
from notary.refusal import Refusal
from sql.database import Tx
from trading import amending, cancelling, handing, lawbook, service
from trading.amendments import Act
from trading.rules import amendments, recalls
from trading.rules.approval import TenderUnknown
from trading.rules.phases import phase
from trading.types import Phase, Record, Tender, Words
from web import access, changing, desk, drafting, finding, forms, sheet
from web.access import API, Does, Route
from web.editor import changes
from web.editor.views import AmendmentView, ChangeView, OwnTender, OwnTendersView
from web.keys import BELL, DATABASE, HALL, VAULT
from web.names import N_
from web.pressing import press
from web.routes.approvals import told
from web.showing import text
from web.typed import Answers

_LISTED = 50
_PRESS, _HAND_OVER, _CHANGE = "press", "hand-over", "change"
"""The buttons of a preview; every other press looks at what the change does."""


async def own(request: web.Request) -> web.Response:
    """List the tenders of the reader's body: where each stands, what can be done about it."""
    actor = access.require(request)
    database, hall = request.app[DATABASE], request.app[HALL]
    found = await handing.tenders_of(database, actor, take=_LISTED)
    drafts = await service.drafts_of(database, actor)
    handed = await handing.handed_over(database, drafts)
    back = await handing.handed_back(database, drafts)
    async with database.transaction() as tx:
        now = await hall.clock(tx)
        prepared = {one.tender: one.act for one in await amending.prepared_for(tx, actor)}
        until = {one.facts.tender_id: await _recall_until(tx, one) for one in found}
    listed = await finding.rows(database, tuple(found), now)
    rows = tuple(
        OwnTender(
            listed=row,
            deadline=one.facts.deadline,
            open=phase(one.facts, now) is Phase.BIDDING,
            over=phase(one.facts, now) in {Phase.ENDED, Phase.CANCELLED},
            agency=Role.AGENCY in actor.roles and one.agency == actor.org,
            change=prepared.get(one.facts.tender_id),
            recall_until=until[one.facts.tender_id]
            if Role.PURCHASER in actor.roles and now < until[one.facts.tender_id]
            else None,
        )
        for one, row in zip(found, listed, strict=True)
    )
    unpublished = tuple(
        desk.draft_row(one, actor, handed.get(one.draft.tender), back.get(one.draft.tender))
        for one in drafts
    )
    return await sheet.page(request, OwnTendersView(drafts=unpublished, rows=rows))


async def amendment(request: web.Request) -> web.Response:
    """Ask what of a published tender changes."""
    record = await _record(request)
    return await _form(request, record, changes.fill(record.notices[-1].notice))


async def prepare(request: web.Request) -> web.Response:
    """Show what an amendment would do, or hand it over for the purchaser to sign."""
    actor, record = access.require(request, Role.AGENCY), await _record(request)
    given = await forms.every(request)
    if given.get(_PRESS) == _CHANGE:
        return await _form(request, record, given)
    answers = Answers(given)
    renewed = await losses.renewed(request.app[DATABASE], record.tender.facts.tender_id)
    wish = changes.read(answers, record.notices[-1].notice, renewed)
    if answers.errors:
        return await _form(request, record, given, answers)
    application, tender = request.app, request.match_info["tender"]
    try:
        if given.get(_PRESS) != _HAND_OVER:
            made = await amending.preview_amendment(
                application[DATABASE], application[HALL], application[VAULT], actor, tender, wish
            )
            return await sheet.page(request, changing.preview(made, given))
        response = await press(
            request,
            given,
            lambda once: amending.draft_amendment(
                application[DATABASE],
                application[HALL],
                application[VAULT],
                actor,
                once,
                tender,
                wish,
            ),
            f"/desk/tenders/{tender}/change",
        )
    except Refusal as refusal:
        return await _form(request, record, given, refusal=refusal)
    application[BELL].ring()
    return response


async def cancellation(request: web.Request) -> web.Response:
    """Ask why a tender is to end."""
    return await _ending(request, await _record(request), {})


async def prepare_cancellation(request: web.Request) -> web.Response:
    """Show what the end of a tender would do, or hand it over for the purchaser to sign."""
    actor, record = access.require(request, Role.AGENCY), await _record(request)
    given = await forms.fields(request, "key", "reason_zh", "reason_en", _PRESS)
    if given[_PRESS] == _CHANGE:
        return await _ending(request, record, given)
    answers = Answers(given)
    words = answers.words("reason", N_("Say why: all who follow the tender read it"))
    if answers.errors:
        return await _ending(request, record, given, answers)
    database, hall, tender = request.app[DATABASE], request.app[HALL], request.match_info["tender"]
    reason = shape.read(Words, dict(words))
    try:
        if given[_PRESS] != _HAND_OVER:
            made = await cancelling.preview_cancellation(database, hall, actor, tender, reason)
            return await sheet.page(request, changing.preview(made, given))
        response = await press(
            request,
            given,
            lambda once: cancelling.draft_cancellation(database, hall, actor, once, tender, reason),
            f"/desk/tenders/{tender}/change",
        )
    except Refusal as refusal:
        return await _ending(request, record, given, refusal=refusal)
    request.app[BELL].ring()
    return response


async def change(request: web.Request) -> web.Response:
    """Show a prepared change, what it does to bids, and the button that signs it."""
    actor = access.require(request)
    database, hall = request.app[DATABASE], request.app[HALL]
    tender = request.match_info["tender"]
    async with database.transaction() as tx:
        waiting = [one for one in await amending.prepared_for(tx, actor) if one.tender == tender]
    if not waiting:
        raise amendments.AmendmentUnknown(tender=tender)
    (prepared,) = waiting
    record = await service.record(database, hall, tender)
    proposal, refused = None, None
    try:
        proposal = await amending.proposal(database, hall, actor, tender, prepared.act)
    except Refusal as refusal:
        refused = told(refusal)
    async with database.transaction() as tx:
        person = await identity.name_of(tx, prepared.drafted_by)
    source, target = _PLACES[prepared.act]
    view = ChangeView(
        tender=tender,
        title=text(record.notices[-1].notice.title),
        act=prepared.act,
        reason=text(prepared.change.reason),
        drafted_by=person or prepared.drafted_by,
        drafted_at=prepared.drafted_at,
        differences=() if proposal is None else changing.differences(proposal),
        voided=() if proposal is None else proposal.voided,
        limits=() if proposal is None else tuple(map(drafting.limit, proposal.counted)),
        signs=Role.PURCHASER in actor.roles and record.tender.purchaser == actor.org,
        source=f"{API}/tenders/{tender}/{source}",
        target=f"{API}/tenders/{tender}/{target}",
        shown=""
        if proposal is None
        else drafting.undated_sha256(str(amending.told(proposal)["json"])),
        refused=refused,
    )
    return await sheet.page(request, view)


async def recall(request: web.Request) -> web.Response:
    """Show what taking a notice back does, and the button that signs it."""
    actor = access.require(request, Role.PURCHASER)
    database, hall = request.app[DATABASE], request.app[HALL]
    tender = request.match_info["tender"]
    record = await service.record(database, hall, tender)
    refused, shown = None, ""
    try:
        made = await cancelling.draft_recall(database, hall, actor, tender)
        shown = drafting.undated_sha256(str(made["json"]))
    except Refusal as refusal:
        refused = told(refusal)
    view = ChangeView(
        tender=tender,
        title=text(record.notices[-1].notice.title),
        act="recall",
        reason=None,
        drafted_by="",
        drafted_at=None,
        differences=(),
        voided=(),
        limits=(),
        signs=True,
        source=f"{API}/tenders/{tender}/draft-recall",
        target=f"{API}/tenders/{tender}/recalls",
        shown=shown,
        refused=refused,
    )
    return await sheet.page(request, view)


async def _recall_until(tx: Tx, one: Tender) -> datetime:
    """Return until when its publisher may take a notice back alone."""
    assert one.facts.published_at is not None  # noqa: S101 - these are published
    rules = await lawbook.of_tender(tx, one.facts.tender_id)
    return recalls.recall_until(rules, one.facts.published_at)


async def _record(request: web.Request) -> Record:
    """Return the published tender of an address, where it is one of the agency's."""
    actor, tender = access.require(request, Role.AGENCY), request.match_info["tender"]
    record = await service.record(request.app[DATABASE], request.app[HALL], tender)
    if record.tender.agency != actor.org:
        raise TenderUnknown(tender=tender)
    return record


async def _form(
    request: web.Request,
    record: Record,
    given: Mapping[str, str],
    answers: Answers | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    view = changing.amendment_view(
        record.notices[-1].notice,
        given,
        () if answers is None else tuple(answers.errors),
        None if refusal is None else told(refusal),
        await losses.renewed(request.app[DATABASE], record.tender.facts.tender_id),
    )
    status = 200 if answers is None and refusal is None else 422
    return await sheet.page(request, view, status=status)


async def _ending(
    request: web.Request,
    record: Record,
    given: Mapping[str, str],
    answers: Answers | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    view = AmendmentView(
        tender=record.tender.facts.tender_id,
        title=text(record.notices[-1].notice.title),
        ends=True,
        given=given,
        errors=() if answers is None else tuple(answers.errors),
        refused=None if refusal is None else told(refusal),
    )
    status = 200 if answers is None and refusal is None else 422
    return await sheet.page(request, view, status=status)


_PLACES: Mapping[Act, tuple[str, str]] = {
    "amend": ("draft-amendment", "amendments"),
    "cancel": ("draft-cancellation", "cancellations"),
}
_AGENCY, _PURCHASER = frozenset({Role.AGENCY}), frozenset({Role.PURCHASER})
_TENDER = "/desk/tenders/{tender}"
_AGAIN = N_("It can be prepared again until it is signed; nothing of it is public before.")


def _read(path: str, handler: access.Handler, summary: str, roles: frozenset[Role]) -> Route:
    return Route("GET", path, handler, summary=summary, roles=roles, does=Does.READ)


def _act(path: str, handler: access.Handler, summary: str, back: str) -> Route:
    return Route("POST", path, handler, summary=summary, roles=_AGENCY, does=Does.ACT, back=back)


ROUTES = (
    _read("/desk/tenders", own, "My tenders", _AGENCY | _PURCHASER),
    _read(f"{_TENDER}/amendment", amendment, "Amend a tender", _AGENCY),
    _act(f"{_TENDER}/amendment", prepare, "Prepare an amendment", _AGAIN),
    _read(f"{_TENDER}/cancellation", cancellation, "Cancel a tender", _AGENCY),
    _act(f"{_TENDER}/cancellation", prepare_cancellation, "Prepare a cancellation", _AGAIN),
    _read(f"{_TENDER}/change", change, "A prepared change", _AGENCY | _PURCHASER),
    _read(f"{_TENDER}/recall", recall, "Take a notice back", _PURCHASER),
)
