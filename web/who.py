"""Who sends a request: by its signature, else by its cookie, else nobody knows."""

from aiohttp import web

from web import session, signed
from web.access import Handler


@web.middleware
async def find_out(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who sends the request, before anything is decided about it."""
    if signed.is_signed(request):
        await signed.identify(request)
    else:
        await session.identify(request)
    return await handler(request)
