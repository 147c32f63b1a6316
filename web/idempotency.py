"""An act is done once, however often it is sent: the key of a request leads to one outcome.

The service keeps its answer in its own transaction (`notary.once`); here a request finds an outcome
that is there already, and a refusal is kept that the service did not keep itself. What was refused
before the act began (unknown sender, wrong form) is not kept: nothing had been asked yet.
"""

import hashlib
import re
from functools import partial

from aiohttp import web

from notary.identity import Actor
from notary.once import Answered, Once, Outcome
from notary.refusal import Refusal
from sql.database import repeat_if_asked
from web import access, answers, body, refusals
from web.access import Does, Handler
from web.keys import DATABASE

HEADER = "Idempotency-Key"

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")

_ONCE = web.RequestKey("once", Once)


class KeyMissing(Refusal):
    """An act needs a key of its sender's choice: 16 to 64 letters, digits, `-` or `_`.

    Source: web.md 8; draft-ietf-httpapi-idempotency-key-header, section 2.6.
    """

    code = "request.key_missing"


def of(request: web.Request) -> Once:
    """Return what binds this request to its outcome: services take it as `once`."""
    return request[_ONCE]


def once(actor: Actor | None, key: str, asked: bytes) -> Once:
    """Bind a request to its key, or refuse a key that is none. `asked`: all that was asked."""
    if _KEY.fullmatch(key) is None:
        raise KeyMissing
    sender = "" if actor is None else actor.person
    return Once(actor=sender, key=key, request_sha256=hashlib.sha256(asked).digest())


@web.middleware
async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give each act of the API its key, and each key its one outcome."""
    route = access.route_of(request)
    if route is None or route.does is not Does.ACT or not route.is_api:
        return await handler(request)
    content = await body.read(request, route.limit)
    asked = f"{request.method} {request.rel_url.raw_path_qs}\n".encode() + content
    request[_ONCE] = once(access.actor(request), request.headers.get(HEADER, ""), asked)
    known = await _recall(request)
    if known is not None:
        return _say(request, known)
    try:
        return await repeat_if_asked(partial(handler, request))
    except Answered:
        return await _say_recalled(request)
    except Refusal as refusal:
        if await _keep_refusal(request, refusal):
            raise
        return await _say_recalled(request)


async def _keep_refusal(request: web.Request, refusal: Refusal) -> bool:
    """Keep a refusal unless the key has its outcome; tell whether this refusal is the outcome."""
    try:
        async with request.app[DATABASE].transaction() as tx:
            await of(request).keep_refusal(tx, refusal)
    except Answered:
        return False
    return True


async def _recall(request: web.Request) -> Outcome | None:
    async with request.app[DATABASE].statement() as tx:
        return await of(request).recall(tx)


async def _say_recalled(request: web.Request) -> web.StreamResponse:
    known = await _recall(request)
    if known is None:
        raise LookupError("an outcome was kept and is gone")
    return _say(request, known)


def _say(request: web.Request, known: Outcome) -> web.StreamResponse:
    """Answer as the first time: the same response, or the same refusal."""
    if known.refused is not None:
        raise refusals.again(known.refused, known.body)
    return answers.done(request, known.body)
