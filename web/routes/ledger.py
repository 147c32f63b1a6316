"""The public log: checkpoint, tiles and bundles as C2SP names them, and proofs of open entries."""

from aiohttp import web

from notary import disclosure, ledger, published
from web.access import PUBLIC, Does, Route
from web.keys import DATABASE, HALL, SHELF

_TEXT = "text/plain"
_BYTES = "application/octet-stream"
_FOR_EVER = "public, max-age=31536000, immutable"


async def checkpoint(request: web.Request) -> web.Response:
    """Give the newest signed checkpoint."""
    _require_own(request)
    async with request.app[DATABASE].transaction() as tx:
        newest = await published.newest(tx)
    if newest is None:
        raise web.HTTPNotFound
    response = web.Response(body=newest.note, content_type=_TEXT, charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=1"
    return response


async def tile(request: web.Request) -> web.Response:
    """Give a tile or a bundle of entries; full ones never change."""
    _require_own(request)
    path = f"tile/{request.match_info['path']}"
    data = await request.app[SHELF].read(request.app[DATABASE], path)
    if data is None:
        raise web.HTTPNotFound
    response = web.Response(body=data, content_type=_BYTES)
    if ".p/" not in path:
        response.headers["Cache-Control"] = _FOR_EVER
    return response


async def proof(request: web.Request) -> web.Response:
    """Give the proof of an entry with the fields that everybody may see."""
    _require_own(request)
    async with request.app[DATABASE].transaction() as tx:
        found = await ledger.entry_at(tx, int(request.match_info["index"]))
        names = frozenset[str]() if found is None else await disclosure.open_to(tx, found)
        text = await disclosure.tlog_proof(tx, found, names) if found and names else None
    if text is None:
        raise web.HTTPNotFound
    return web.Response(body=text, content_type=_TEXT, charset="utf-8")


def _require_own(request: web.Request) -> None:
    """Answer only below the prefix of this hall's own log."""
    if request.match_info["log"] != request.app[HALL].origin.rpartition("/")[2]:
        raise web.HTTPNotFound


_LOG = "/log/{log:[0-9a-f]{8}}"

ROUTES = (
    Route(
        "GET",
        f"{_LOG}/checkpoint",
        checkpoint,
        summary="Newest checkpoint (C2SP tlog-checkpoint)",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "GET",
        f"{_LOG}/tile/{{path:[0-9a-z/.]{{1,40}}}}",
        tile,
        summary="Tiles and entry bundles (C2SP tlog-tiles)",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "GET",
        f"{_LOG}/proof/{{index:[0-9]{{1,12}}}}",
        proof,
        summary="Proof of an entry (C2SP tlog-proof)",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
