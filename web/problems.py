"""Whatever is not an answer: one middleware, one table from code to status.

A Refusal becomes an RFC 9457 problem document for programs and a page for people, both with the
article and the next step. Everything else is a fault: it shows only a reference, and the reference
is in the log.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import MappingProxyType

import structlog
from aiohttp import hdrs, web

from notary.canonical import Json
from notary.refusal import Refusal
from notary.vault import VaultAway
from sql.database import is_away
from web import answers, forms, refusals, sheet
from web.access import Handler
from web.keys import HALL, PAGES, SETTINGS
from web.views.house import ErrorView, RefusalView, Refused
from web.words import Words

TYPE = "application/problem+json"
URN = "urn:hall:problem:"

_REFERENCE_BYTES = 6

# Every code of the house stands here once; a test walks all refusals.
_CODES = {
    400: "request.key_missing request.not_json request.unknown_parameter",
    401: """
        access.unknown challenge.over login.refused passkey.refused request.key_unknown
        request.replayed
        request.signature_bad request.stale
        """,
    403: """
        access.not_yours alarm.not_yours contract.not_a_party bidding.not_invited
        bidding.not_prequalified certificate.unknown
        certificate.untrusted demo.only duty.not_yours enrolment.two_persons
        firm.not_the_head firm.prepares_only invitation.certificate_needed identity.not_held
        notice.not_the_publisher
        notice.not_the_purchaser notice.same_person opening.not_attending part.unnamed
        proposal.not_yours proposal.own
        request.foreign_origin setup.own_word stand_in.not_yours supervision.own_halt
        """,
    404: """
        alarm.inquiry_unknown alarm.unknown amendment.unknown application.unknown box.unknown
        complaint.unknown document.unknown envelope.unknown
        firm.colleague_unknown follower.unknown invitation.over limit.unknown
        contract.unknown milestone.unknown
        log.checkpoint_unknown message.unknown objection.unknown ocds.prefix_missing
        proposal.unknown question.unknown request.no_such_address setup.nothing_to_agree
        stand_in.unknown
        subscription.unknown tender.unknown transfer.unknown
        """,
    405: "request.no_such_method",
    408: "request.too_slow",
    409: """
        invitation.shown
        alarm.held alarm.inquiry_answered alarm.moved alarm.taken amendment.nothing
        application.decided application.firm_known award.already_made
        award.candidates_first award.differs
        award.not_opened award.pending award.somebody_left award.suspended award.tied
        award.void award.void_first bidding.cancelled bidding.closed bidding.parts_late box.closed
        box.differs box.not_opened box.opening calendar.year_missing certificate.taken
        contract.already_signed contract.answered contract.ended contract.moved
        contract.not_awarded milestone.own_report milestone.reported
        complaint.considered complaint.decided complaint.not_accepted
        complaint.objection_first complaint.too_late draft.handed_back
        draft.handed_over draft.not_handed_over duty.stated
        envelope.replaced envelope.withdrawn identity.id_taken identity.lines_mixed
        identity.role_held
        drill.not_answered identity.seats_shared key.not_asked limit.not_now notice.differs
        notice.documents_missing notice.outdated notice.recall_too_late notice.stale
        objection.already_answered objection.nothing_public objection.open
        objection.too_late objection.withdrawn opening.confirmed opening.not_now outage.too_early
        outage.too_late policy.differs policy.keys_missing policy.not_hosted
        passkey.taken policy.reseal_needed
        policy.too_close proof.pending question.answered question.too_late
        rejection.none
        rejection.repeated rejection.stage_over release.not_asked release.repeated
        release.too_late room.rolled_back rules.differs rules.unconfirmed_set
        rules.unsound_set supervision.already_stayed supervision.halt_asked
        subscription.too_many supervision.halt_not_asked supervision.nothing_stayed
        supervision.nothing_to_stay
        tender.already_published tender.halted tender.not_published
        tender.nothing_to_repeat tender.over tender.taken
        """,
    413: "request.too_large",
    415: "request.disguised request.wrong_type",
    422: """
        E-BIND E-CERT E-DUP E-JSON E-PART-HASH E-PART-MISSING E-POLICY E-PROFILE E-SEAL
        E-SHARES E-SIG E-SIZE alarm.no_supervisor alarm.not_asked alarm.nothing_written
        amendment.place_unknown amendment.reseal_unfounded identity.credit_code_wrong
        amendment.times_earlier award.not_rejected complaint.known_later
        contact.address_bad contact.missing contract.bond_too_high contract.day_wrong
        contract.differs contract.supplement_too_high milestone.amount
        device.wrong_key document.not_as_named
        draft.malformed duty.too_long hall.sealing_mode_max_fen invitation.code_wrong
        invitation.password_short key.not_good limit.not_good notice.malformed
        notice.min_envelopes object.malformed object.wrong_hall objection.nothing_said
        outage.too_long outage.too_short owner.wrong_secret passkey.not_good release.not_good
        request.bad_body request.key_reused rules.demo_only rules.not_confirmable
        rules.not_in_force rules.unknown_set rules.wrong_kind setup.bad_answer
        setup.gateway_inside
        signature.bad stand_in.empty stand_in.other_body stand_in.role_not_held submit.not_sealed
        tender.cap_published tender.limit_forbidden tender.max_deposit_permille
        tender.min_days_change_before_deadline tender.min_days_change_before_prequal
        tender.min_days_documents_offered tender.min_days_issue_to_deadline
        tender.min_days_prequal_after_sale tender.min_invitees tender.opening_at_deadline
        tender.organisation_unknown
        """,
    429: "E-RATE login.barred request.too_many",
    500: "channel.fault hall.fault",
    503: "hall.unavailable",
    507: "channel.full",
}

log = structlog.get_logger()


def _rows() -> Iterator[tuple[str, int]]:
    for status, codes in _CODES.items():
        for code in codes.split():
            yield code, status


STATUS: Mapping[str, int] = MappingProxyType(dict(_rows()))
"""The status that each code goes out with."""

# Nothing a rule says: the page of the status has the words and the button.
_ABOUT_THE_REQUEST = ("access.", "request.")


class NoSuchAddress(Refusal):
    """Nothing is at this address.

    Source: RFC 9110, section 15.5.5.
    """

    code = "request.no_such_address"


class NoSuchMethod(Refusal):
    """What is at this address does not take this method.

    Source: RFC 9110, section 15.5.6.
    """

    code = "request.no_such_method"


class Fault(Refusal):
    """The hall failed; only a reference is shown.

    Source: RFC 9110, section 15.6.1.
    """

    code = "hall.fault"


class Unavailable(Refusal):
    """Database or vault are just coming back; the same request may be sent again with the same key.

    Source: RFC 9110, section 15.6.4.
    """

    code = "hall.unavailable"


@web.middleware
async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into an answer, and log every request in one line."""
    try:
        response = await _answer(request, handler)
    except ConnectionResetError:  # the reader has gone; there is nobody to answer
        raise
    except Exception as error:  # noqa: BLE001 - whatever is no refusal is a fault, and is logged
        response = await _fault(request, error)
    log.info("request.answered", method=request.method, path=request.path, status=response.status)
    return response


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        log.info("request.refused", code=refusal.code)
        return await _refused(request, refusal)
    except web.HTTPMove as error:
        return web.Response(
            status=error.status, headers={hdrs.LOCATION: error.headers[hdrs.LOCATION]}
        )
    except web.HTTPError as error:
        return await _http(request, error)


async def _refused(request: web.Request, refusal: Refusal) -> web.StreamResponse:
    """Answer a refusal: a problem document, or a page of its own, or the page of its status."""
    status = STATUS[refusal.code]
    if not forms.wants_html(request):
        response = _problem(status, _told(request, refusal, status))
    elif refusal.code.startswith(_ABOUT_THE_REQUEST):
        response = await sheet.page(
            request, ErrorView(status=status, reference=None), status=status
        )
    else:
        shown = Refused(
            code=refusal.code,
            facts=refusal.facts,
            article=refusals.article(refusal),
            law=refusals.is_law(refusal),
        )
        written = await forms.written(request)  # nothing was saved, but nothing is lost
        view = RefusalView(refused=shown, back=_back(request), written=written)
        response = await sheet.page(request, view, status=status)
    if "seconds" in refusal.facts and status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers[hdrs.RETRY_AFTER] = str(refusal.facts["seconds"])
    return response


async def _http(request: web.Request, error: web.HTTPError) -> web.StreamResponse:
    """Answer what the server itself says no to: no such address, no such method."""
    if forms.wants_html(request):
        view = ErrorView(status=error.status, reference=None)
        response = await sheet.page(request, view, status=error.status)
    elif isinstance(error, web.HTTPNotFound):
        response = _problem(error.status, _told(request, NoSuchAddress(), error.status))
    elif isinstance(error, web.HTTPMethodNotAllowed):
        refusal = NoSuchMethod(method=error.method, takes=", ".join(sorted(error.allowed_methods)))
        response = _problem(error.status, _told(request, refusal, error.status))
    else:
        # RFC 9457, section 4.2.1: nothing beyond what the status says.
        response = _problem(error.status, {"type": "about:blank", "title": error.reason})
    if hdrs.ALLOW in error.headers:
        response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    return response


async def _fault(request: web.Request, error: Exception) -> web.StreamResponse:
    """Answer a fault with a reference, and log it under the same one."""
    reference = request.app[HALL].entropy(_REFERENCE_BYTES).hex()
    log.error(
        "request.failed",
        reference=reference,
        method=request.method,
        path=request.path,
        exc_info=error,
    )
    gone = is_away(error) or isinstance(error, VaultAway)
    status = HTTPStatus.SERVICE_UNAVAILABLE if gone else HTTPStatus.INTERNAL_SERVER_ERROR
    if forms.wants_html(request):
        response = await _fault_page(request, status, reference)
    else:
        refusal = (Unavailable if gone else Fault)(reference=reference)
        response = _problem(status, _told(request, refusal, status))
    if gone:
        response.headers[hdrs.RETRY_AFTER] = "1"
    return response


async def _fault_page(request: web.Request, status: int, reference: str) -> web.Response:
    view = ErrorView(status=status, reference=reference)
    try:
        return await sheet.page(request, view, status=status)
    except Exception:  # the page needs the database, whose fault this may be
        log.exception("page.failed", reference=reference)
        return web.Response(text=f"The hall failed. Reference: {reference}\n", status=status)


def _told(request: web.Request, refusal: Refusal, status: int) -> dict[str, Json]:
    """Write a problem document in the reader's language."""
    return _document(request.app[PAGES].words[sheet.language(request)], refusal, status)


def problem(words: Words, refusal: Refusal) -> web.Response:
    """Answer a refusal with a problem document in the words of a language."""
    status = STATUS[refusal.code]
    return _problem(status, _document(words, refusal, status))


def _document(words: Words, refusal: Refusal, status: int) -> dict[str, Json]:
    """Write a problem document (RFC 9457, section 3)."""
    why, onward = words.refusal(refusal.code, refusal.facts)
    return {
        "type": f"{URN}{refusal.code}",
        "title": refusals.title(refusal.code),
        "status": status,
        "detail": why,
        "next": onward,
        "article": refusals.article(refusal),
        "facts": dict(refusal.facts),
    }


def _problem(status: int, document: dict[str, Json]) -> web.Response:
    response = answers.json({**document, "status": status}, status=status)
    response.content_type = TYPE
    return response


def _back(request: web.Request) -> str | None:
    """Return the page of ours where the reader pressed, None where it is not known."""
    origin = request.app[SETTINGS].origin
    came_from = request.headers.get(hdrs.REFERER, "")
    return came_from.removeprefix(origin) if came_from.startswith(f"{origin}/") else None
