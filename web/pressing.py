"""An act by a button of a page: the form's hidden `key` binds it to one outcome, however often.

The API has its keys in a header (`web.idempotency`); a form of a page carries its own, made with
the page. A button that is pressed twice does its act once and leads to the same page.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web

from notary import canonical
from notary.once import Answer, Answered, Once, Outcome
from notary.refusal import Refusal
from sql.database import repeat_if_asked
from web import access, idempotency, refusals
from web.keys import DATABASE, HALL

_KEY_BYTES = 16


def fresh_key(request: web.Request) -> str:
    """Return the key that a form is given when its page is made."""
    return request.app[HALL].entropy(_KEY_BYTES).hex()


async def press(
    request: web.Request,
    given: Mapping[str, str],
    act: Callable[[Once], Awaitable[Answer]],
    onward: str,
) -> web.Response:
    """Do the act of a form and go on to a page. Raises what the act, or its twin, has raised.

    `given`: all fields of the form, `key` among them.
    """
    await done(request, given, act)
    return web.Response(status=303, headers={hdrs.LOCATION: onward})


async def done(
    request: web.Request, given: Mapping[str, str], act: Callable[[Once], Awaitable[Answer]]
) -> Answer:
    """Do the act of a form once and return its answer, fresh or remembered; raises as `press`."""
    answer, _ = await _done(request, given, act)
    return answer


async def done_first(
    request: web.Request,
    given: Mapping[str, str],
    act: Callable[[Once], Awaitable[Answer]],
    otherwise: Refusal,
) -> Answer:
    """Do the act of a form whose page is shown once: what was done before raises `otherwise`."""
    answer, is_fresh = await _done(request, given, act)
    if not is_fresh:
        raise otherwise
    return answer


async def _done(
    request: web.Request, given: Mapping[str, str], act: Callable[[Once], Awaitable[Answer]]
) -> tuple[Answer, bool]:
    """Do the act of a form once; return its answer, and whether it was done now."""
    asked = f"{request.method} {request.path}\n".encode() + canonical.dumps(dict(given))
    once = idempotency.once(access.actor(request), given["key"], asked)
    known = await _recall(request, once)
    if known is None:
        try:
            return await repeat_if_asked(lambda: act(once)), True
        except Answered:  # a twin was quicker
            known = await _recall(request, once)
    assert known is not None  # noqa: S101 - what was kept stays
    if known.refused is not None:
        raise refusals.again(known.refused, known.body)
    return known.body, False


async def _recall(request: web.Request, once: Once) -> Outcome | None:
    async with request.app[DATABASE].transaction() as tx:
        return await once.recall(tx)
