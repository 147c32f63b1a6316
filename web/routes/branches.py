"""The lists of a branch: the hall's own pages, below `/b/<code>`."""

from dataclasses import replace

from web.branches import PREFIX
from web.routes import announcements, pages

_LISTS = ("/", "/openings")

ROUTES = tuple(
    replace(route, path=PREFIX + route.path, summary=f"{route.summary} of a branch")
    for route in (*announcements.ROUTES, *pages.ROUTES)
    if route.path in _LISTS or route in announcements.ROUTES
)
