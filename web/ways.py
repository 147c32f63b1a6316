"""The way back of an act, found by the address that its button posts to: from the one table.

Source: people.md 5; web.md 4.
"""

import re
from collections.abc import Callable, Iterable

from aiohttp import hdrs

from web.access import FINAL, Route

_PART = re.compile(r"\{\w+(?::((?:[^{}]|\{[^{}]*\})+))?\}")
_ANYTHING = "[^/]+"


def ways(routes: Iterable[Route]) -> Callable[[str], str]:
    """Return what says the way back of a POST to an address: a message id, empty where it is final.

    What it returns raises LookupError for an address of no act.
    """
    known = [
        (_pattern(route.path), route.back)
        for route in routes
        if route.back and route.method == hdrs.METH_POST
    ]

    def way_back(address: str) -> str:
        """Return the words of the first act that has this address."""
        for pattern, back in known:
            if pattern.fullmatch(address):
                return "" if back == FINAL else back
        raise LookupError(f"{address}: no act has this address")

    return way_back


def _pattern(path: str) -> re.Pattern[str]:
    """Turn the path of an entry into what matches its addresses."""
    made, at = "", 0
    for part in _PART.finditer(path):
        made += re.escape(path[at : part.start()]) + f"(?:{part[1] or _ANYTHING})"
        at = part.end()
    return re.compile(made + re.escape(path[at:]))
