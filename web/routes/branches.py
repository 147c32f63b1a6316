"""The lists of a branch: the hall's own pages, below `/b/<code>`."""

from dataclasses import replace

from web.branches import PREFIX
from web.routes import announcements, openings, pages

_LISTS = (
    *announcements.ROUTES,
    *openings.LISTS,
    *(route for route in pages.ROUTES if route.path == "/"),
)

ROUTES = tuple(
    replace(route, path=PREFIX + route.path, summary=f"{route.summary} of a branch")
    for route in _LISTS
)
