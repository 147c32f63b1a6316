"""Tenders for programs: draft, the text to sign, publication, documents, lists and records."""

import base64
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from aiohttp import hdrs, web

from bidding import contested, keys, standing
from notary import instant
from notary.canonical import Json
from notary.identity import Role
from trading import clarifying, service
from trading.rules.phases import phase
from trading.types import Kind, Order, Phase, Published, Search, Signed, Tender
from web import access, answers, forms, held_up, idempotency
from web.access import API, PUBLIC, Does, Route
from web.keys import BELL, DATABASE, HALL, VAULT
from web.names import N_

ROWS = 20
"""Tenders on a page of the list."""

_CHUNK = 64 * 1024


async def draft(request: web.Request) -> web.Response:
    """Draft a tender, or draft it again."""
    actor = access.require(request, Role.AGENCY)
    once = idempotency.of(request)
    wish = forms.json(request)
    answer = await service.draft(request.app[DATABASE], request.app[HALL], actor, once, wish)
    request.app[BELL].ring()
    return answers.done(request, answer)


async def draft_notice(request: web.Request) -> web.Response:
    """Give the exact notice that the purchaser signs."""
    actor = access.require(request, Role.AGENCY, Role.PURCHASER)
    database, hall = request.app[DATABASE], request.app[HALL]
    tender = request.match_info["tender"]
    text = await service.draft_notice(database, hall, actor, tender, keys.policies)
    return answers.json(text)


async def publish(request: web.Request) -> web.Response:
    """Publish a tender by the purchaser's signature over its notice."""
    actor, once = access.require(request, Role.PURCHASER), idempotency.of(request)
    database, hall, vault = request.app[DATABASE], request.app[HALL], request.app[VAULT]
    tender, signed = request.match_info["tender"], Signed(*forms.signed(request))
    answer = await service.publish(
        database, hall, vault, actor, once, tender, signed, set_boxes=keys.set_boxes
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


async def find(request: web.Request) -> web.Response:
    """List the tenders that fit a query."""
    wanted = _wanted(request.query)
    found = await service.search(request.app[DATABASE], request.app[HALL], wanted)
    return answers.json(
        {
            "tenders": [_row(tender, found.at) for tender in found.tenders],
            "total": found.total,
            "by_kind": dict(found.by_kind.items()),
            "by_phase": dict(found.by_phase.items()),
        }
    )


async def read(request: web.Request) -> web.Response:
    """Give a tender and every revision of its notice."""
    tender = request.match_info["tender"]
    database, hall = request.app[DATABASE], request.app[HALL]
    found = await service.record(database, hall, tender)
    scenes = await standing.of_tender(database, tender)
    lots = {one.standing.box.key.lot for one in scenes}
    disputed = await contested.disputed_since(database, tender, lots)
    notices: list[Json] = [_revision(one) for one in found.notices]
    held: list[Json] = [held_up.told(one) for one in held_up.of_tender(scenes, disputed, found.at)]
    row = _row(found.tender, found.at)
    return answers.json({"tender": row, "held_up": held, "notices": notices})


async def put_document(request: web.Request) -> web.Response:
    """Take the bytes of a document."""
    sha256 = request.match_info["digest"]
    chunks = request.content.iter_chunked(_CHUNK)
    return answers.json(await service.put_document(request.app[VAULT], sha256, chunks))


async def document(request: web.Request) -> web.StreamResponse:
    """Give a document under its name."""
    actor, sha256 = access.actor(request), request.match_info["digest"]
    offered, content = await service.document(
        request.app[DATABASE], request.app[VAULT], actor, sha256
    )
    name = quote(offered.path.rpartition("/")[2], safe="")
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "application/octet-stream",
            hdrs.CONTENT_LENGTH: str(offered.size),
            # RFC 6266, section 4.3: the name in UTF-8; never shown inside a page of ours.
            hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{name}",
            hdrs.ETAG: f'"{sha256}"',
        }
    )
    if actor is not None and request.method != hdrs.METH_HEAD:
        await clarifying.take_document(request.app[DATABASE], request.app[HALL], actor, sha256)
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        async for chunk in content:
            await response.write(chunk)
    await response.write_eof()
    return response


def _wanted(query: Mapping[str, str]) -> Search:
    """Read a query whose parameters the access table has checked."""
    page = int(query.get("page", "1"))
    return Search(
        words=tuple(query.get("q", "").split()),
        kinds=tuple(Kind(kind) for kind in [query.get("kind")] if kind),
        phases=tuple(Phase(one) for one in [query.get("phase")] if one),
        order=Order(query.get("order", Order.DEADLINE)),
        skip=(page - 1) * ROWS,
        take=ROWS,
    )


def _row(tender: Tender, now: datetime) -> dict[str, Json]:
    facts = tender.facts
    assert facts.published_at is not None  # noqa: S101 - the service gives published ones only
    return {
        "tender": facts.tender_id,
        "title": {"zh": tender.title.zh, "en": tender.title.en},
        "kind": tender.kind,
        "method": tender.method,
        "purchaser": tender.purchaser,
        "agency": tender.agency,
        "branch": tender.branch,
        "rules": tender.rules,
        "currency": tender.currency,
        "ceiling_fen": None if tender.ceiling_fen is None else str(tender.ceiling_fen),
        "published_at": instant.micros(facts.published_at),
        "deadline": instant.seconds(facts.deadline),
        "phase": phase(facts, now),
    }


def _revision(published: Published) -> dict[str, Json]:
    return {
        "revision": published.notice.revision,
        "notice_sha256": published.notice_sha256,
        "json": published.json.decode("utf-8"),
        "p7s": base64.b64encode(published.p7s).decode("ascii"),
        "at": instant.micros(published.at),
    }


_AGENCY, _PURCHASER = frozenset({Role.AGENCY}), frozenset({Role.PURCHASER})
_TENDER = f"{API}/tenders/{{tender}}"
_DOCUMENT = f"{API}/documents/{{digest:[0-9a-f]{{64}}}}"

ROUTES = (
    Route(
        "POST",
        f"{API}/tenders",
        draft,
        summary="Draft a tender, or draft it again",
        roles=_AGENCY,
        does=Does.ACT,
        back="It can be drafted again until it is published.",
        takes="draft",
        gives="drafted",
        status=201,
        location=f"{_TENDER}/draft-notice",
    ),
    Route(
        "GET",
        f"{API}/tenders",
        find,
        summary="Published tenders that fit a query",
        roles=PUBLIC,
        does=Does.READ,
        gives="tenders",
        query={
            "q": ".{0,80}",
            "kind": "|".join(Kind),
            "phase": "|".join(Phase),
            "order": "|".join(Order),
            "page": "[1-9][0-9]{0,4}",
        },
    ),
    Route(
        "GET",
        _TENDER,
        read,
        summary="A published tender with every revision of its notice",
        roles=PUBLIC,
        does=Does.READ,
        gives="tender",
    ),
    Route(
        "GET",
        f"{_TENDER}/draft-notice",
        draft_notice,
        summary="The exact notice for the purchaser to sign",
        roles=_AGENCY | _PURCHASER,
        does=Does.READ,
        gives="draft-notice",
    ),
    Route(
        "POST",
        f"{_TENDER}/notices",
        publish,
        summary="Publish a tender by the purchaser's signature over its notice",
        roles=_PURCHASER,
        does=Does.ACT,
        back=N_("An amendment; within some minutes its publisher can also recall it."),
        takes="signed-long",
        gives="published",
        status=201,
        location=_TENDER,
        limit=2 * 1024 * 1024,
    ),
    Route(
        "PUT",
        _DOCUMENT,
        put_document,
        summary="Put the bytes of a document",
        roles=_AGENCY,
        does=Does.UPLOAD,
        gives="stored",
    ),
    Route(
        "GET",
        _DOCUMENT,
        document,
        summary="A document under its name",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
