"""How much one address may ask at a time, without saying who it is.

Caps count only requests without a log-in or signature, and spare the addresses behind which many
people sit: a waiting room of the hall never shuts out a bidder. What acts is counted apart from
what reads: fifty who watch an opening in one office do not keep it from submitting for the next.

Source: people.md 6, assurance.md 4.
"""

import ipaddress
from collections import Counter

from aiohttp import web

from notary.refusal import Refusal
from web import access
from web.access import Does, Handler
from web.keys import SETTINGS

AT_ONCE = 50
"""Requests of one address that are being answered: so many reads, open sockets among them, and so
many acts and uploads."""

HEADERS_SECONDS = 10.0
"""How long a connection may take for the headers of its next request (`web.body` counts on)."""


class TooMany(Refusal):
    """One address has too many requests open that nobody has signed.

    Source: assurance.md 4.
    """

    code = "request.too_many"


COUNTS = web.AppKey("counts", Counter[tuple[str, bool]])
"""Requests being answered, by address and whether they act: of this process alone, like the sockets
themselves."""


@web.middleware
async def cap(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse one more request of an address that has enough of them open."""
    address = request.remote
    if access.actor(request) is not None or address is None or _is_shared(request, address):
        return await handler(request)
    counts, route = request.app[COUNTS], access.route_of(request)
    counted = address, route is not None and route.does is not Does.READ
    if counts[counted] >= AT_ONCE:
        raise TooMany(limit=AT_ONCE)
    counts[counted] += 1
    try:
        return await handler(request)
    finally:
        counts[counted] -= 1
        if not counts[counted]:
            del counts[counted]


def _is_shared(request: web.Request, address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in request.app[SETTINGS].shared_addresses)
