"""A branch 分中心 is a jurisdiction inside the hall: the same pages below `/b/<code>`.

Its lists hold its own tenders alone; rules, ledger, trustees and pages of tenders are the hall's.

Source: people.md 4; web.md 4.
"""

from aiohttp import web

from notary import identity
from web.keys import DATABASE

PREFIX = "/b/{branch:[a-z][a-z0-9-]{0,31}}"

_NAME = web.RequestKey("branch_name", str)


async def of(request: web.Request) -> str | None:
    """Return the branch below which a page is asked for, None for the whole hall.

    Raises HTTPNotFound where no body belongs to it.
    """
    branch = request.match_info.get("branch")
    if branch is not None and _NAME not in request:
        async with request.app[DATABASE].transaction() as tx:
            name = await identity.branch_name(tx, branch)
        if name is None:
            raise web.HTTPNotFound
        request[_NAME] = name
    return branch


def name(request: web.Request) -> str | None:
    """Return what the page's branch is called, None for the whole hall."""
    return request.get(_NAME)


def prefix(request: web.Request) -> str:
    """Return what the addresses of lists begin with on this page."""
    branch = request.match_info.get("branch") if _NAME in request else None
    return "" if branch is None else f"/b/{branch}"
