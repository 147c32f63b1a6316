"""Live rooms: the page, the socket, and the same events by long poll or SSE."""

import re
from dataclasses import replace

from aiohttp import hdrs, web

from bidding import standing
from bidding.rules import BoxUnknown
from notary import canonical, ledger, published, rooms
from notary.canonical import Json
from web import access, origin, qr, sheet
from web.access import PUBLIC, Does, Route
from web.keys import DATABASE, GALLERY, HALL, PAINTER, SETTINGS
from web.letterhead import Lang
from web.rooms import CLOSE_NO_ROOM, LONG_POLL_MAX_S, RolledBack, Variant, audiences
from web.views.rooms import ReplayView, RoomWallView

ROOM = "/rooms/{room:o-[0-9a-f]{16}}"
_NUMBER = re.compile("[0-9]{1,15}")
_AFTER = {"after": _NUMBER.pattern}
_LINES = "application/x-ndjson"
_STREAM = "text/event-stream"
_SSE_ROUNDS = 8
"""Long polls that one SSE answer strings together; the client comes back by itself."""


async def page(request: web.Request) -> web.Response:
    """Show the room as it stands."""
    room = request.match_info["room"]
    async with request.app[DATABASE].transaction() as tx:
        view = await request.app[PAINTER].view(tx, room)
    standing_ = (await standing.of_room(request.app[DATABASE], room)).standing
    if standing_.box.closing_at is None and standing_.box.cancelled_at is None:
        view = replace(view, suspended_since=standing_.around.suspended_since)
    if "screen" in request.query:
        address = f"{request.app[SETTINGS].origin}/rooms/{room}"
        return await sheet.page(
            request, RoomWallView(room=view, address=address, qr=qr.code(address))
        )
    return await sheet.page(request, view)


async def replay(request: web.Request) -> web.Response:
    """Show the room as it stood after one of its events."""
    room, at = request.match_info["room"], int(request.query.get("at", "0"))
    async with request.app[DATABASE].transaction() as tx:
        head = await rooms.head(tx, room)
        if at > head:
            raise RolledBack(after=at, head=head)
        view = await request.app[PAINTER].view(tx, room, at)
        newest = await published.newest(tx)
        size = 0 if newest is None else newest.size
        about = await ledger.entries_about(tx, view.facts.tender)
        told = await rooms.entries(tx, room)
    indexes = {one.leaf_hash: one.idx for one in about if one.idx < size}
    return await sheet.page(
        request,
        ReplayView(
            room=view,
            head=head,
            log=f"/log/{request.app[HALL].origin.rpartition('/')[2]}",
            size=size,
            places={seq: indexes[leaf] for seq, leaf in told.items() if leaf in indexes},
        ),
    )


async def socket(request: web.Request) -> web.StreamResponse:
    """Follow the room live."""
    origin.require_own(request)
    room, after = request.match_info["room"], int(request.query.get("after", "0"))
    try:
        await standing.of_room(request.app[DATABASE], room)
    except BoxUnknown:
        stranger = web.WebSocketResponse(compress=False)
        await stranger.prepare(request)
        await stranger.close(code=CLOSE_NO_ROOM, message=b"no such room")
        return stranger
    return await request.app[GALLERY].watch(request, room, after, _variant(request))


async def events(request: web.Request) -> web.StreamResponse:
    """Give what happened after a number: JSON lines, or a stream of events by Accept."""
    room = request.match_info["room"]
    await standing.of_room(request.app[DATABASE], room)
    streamed = _STREAM in request.headers.get(hdrs.ACCEPT, "")
    last = request.headers.get("Last-Event-ID", "") if streamed else ""
    after = int(last if _NUMBER.fullmatch(last) else request.query.get("after", "0"))
    if streamed:
        await request.app[GALLERY].require_known(room, after)  # while there is a status to say it
        return await _stream(request, room, after)
    wait = float(request.query.get("wait", "0"))
    found = await request.app[GALLERY].events(room, after, _variant(request), wait=wait)
    return web.Response(body=b"".join(map(_line, found)), content_type=_LINES)


async def _stream(request: web.Request, room: str, after: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: _STREAM})
    await response.prepare(request)
    for _ in range(_SSE_ROUNDS):
        found = await request.app[GALLERY].events(
            room, after, _variant(request), wait=LONG_POLL_MAX_S
        )
        for told in found:
            after = int(str(told["seq"]))
            await response.write(b"id: %d\ndata: %s\n\n" % (after, canonical.dumps(told)))
        if not found:
            await response.write(b": still here\n\n")
    return response


def _variant(request: web.Request) -> Variant:
    language = sheet.language(request) if request.query.get("as") == "html" else None
    return Variant(language, audiences(access.actor(request)))


def _line(told: dict[str, Json]) -> bytes:
    return canonical.dumps(told) + b"\n"


_FORM = {"as": "html", "lang": "|".join(Lang)}

ROUTES = (
    Route(
        "GET",
        ROOM,
        page,
        summary="An opening room",
        roles=PUBLIC,
        does=Does.READ,
        query={"screen": "1"},
    ),
    Route(
        "GET",
        f"{ROOM}/replay",
        replay,
        summary="An opening room after one of its events",
        roles=PUBLIC,
        does=Does.READ,
        query={"at": _NUMBER.pattern},
    ),
    Route(
        "GET",
        f"{ROOM}/socket",
        socket,
        summary="Follow a room live, by WebSocket",
        roles=PUBLIC,
        does=Does.READ,
        query=_AFTER | _FORM,
    ),
    Route(
        "GET",
        f"{ROOM}/events",
        events,
        summary="What happened in a room, as JSON lines or SSE",
        roles=PUBLIC,
        does=Does.READ,
        query=_AFTER | _FORM | {"wait": "[0-9]|1[0-9]|2[0-5]"},
    ),
)
