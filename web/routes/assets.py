"""The built files of the pages, under names that hold the hash of their content."""

from importlib import resources
from pathlib import Path

from aiohttp import hdrs, web

from web.access import PUBLIC, Does, Route
from web.assets import OFFLINE, PLACE

_FOLDER = Path(str(resources.files("web") / "static" / "assets"))


async def asset(request: web.Request) -> web.StreamResponse:
    """Give a built file, compressed as the browser takes it."""
    path = _FOLDER / request.match_info["name"]
    if not path.is_file():
        raise web.HTTPNotFound
    response = web.FileResponse(path)
    response.headers["Vary"] = "Accept-Encoding"
    return response


async def offline(_request: web.Request) -> web.StreamResponse:
    """Give the sealing page that is one file: to be saved, compared by its hash, opened there."""
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{OFFLINE}"'}
    return web.FileResponse(_FOLDER / OFFLINE, headers=headers)


async def icon(_request: web.Request) -> web.Response:
    """Say that there is none: our pages name an empty one, but a browser that shows a file asks."""
    return web.Response(
        status=web.HTTPNoContent.status_code, headers={hdrs.CACHE_CONTROL: "public, max-age=86400"}
    )


ROUTES = (
    Route(
        "GET",
        "/favicon.ico",
        icon,
        summary="No picture for the tab, said without an error",
        roles=PUBLIC,
        does=Does.READ,
        status=web.HTTPNoContent.status_code,
    ),
    Route(
        "GET",
        f"{PLACE}{{name:[A-Za-z0-9_-]+[.](?:js|css|txt)}}",
        asset,
        summary="A built file of the pages",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "GET",
        f"/{OFFLINE}",
        offline,
        summary="The sealing page as one file, which asks nobody for anything",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
