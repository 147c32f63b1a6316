"""A second channel, for a body that is not the hall: takes what is signed, keeps it, signs for it.

It stands on nothing of the hall but the form of a signature: no database, no log, a clock and a
key of its own. It does not judge what it takes; what it had, and when, is what its receipt says.

Source: `sealing.md` 3, notice, and 7.3; web.md 7.
"""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import hdrs, web

from bidding.sealed.statements import LIST_LIMIT
from notary import canonical, channels, cms, durable, shape
from notary.canonical import Json
from notary.clock import MachineClock
from notary.refusal import Refusal
from notary.shape import Base64
from notary.signature import Malformed, SignatureBad
from web import body, problems, sheet
from web.access import Handler
from web.answers import JSON
from web.body import TooLarge
from web.client import SigningPair
from web.letterhead import Lang
from web.words import Words

PATH = "/lodged"

LIMIT = LIST_LIMIT + 2 * cms.MAX_SIGNATURE
"""Bytes of a request: the longest object that anybody signs, and its signature in base64."""

RESERVE = 256 * 1024 * 1024
"""Bytes that stay free where it keeps: nothing else on the machine stands still for it."""

log = structlog.get_logger()


class ChannelFull(Refusal):
    """The second channel has no room to keep more, and signs for nothing that it does not keep.

    Source: RFC 4918, section 11.5; sealing.md, section 7.3.
    """

    code = "channel.full"


class ChannelFault(Refusal):
    """The second channel failed; nothing was signed for.

    Source: RFC 9110, section 15.6.1.
    """

    code = "channel.fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the channel took and what it answered: one file, and the evidence of both."""

    object: str
    p7s: Base64 | None
    receipt: str
    receipt_p7s: Base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodge:
    """The channel of one body. `folder`: what it keeps. `hall`: the origin whose pages may ask.

    `free`: bytes that are free where it keeps.
    """

    name: str
    pair: SigningPair
    folder: Path
    hall: str
    clock: MachineClock
    free: Callable[[], int]

    def take(self, content: bytes) -> Kept:
        """Keep an object and its signature, and sign for them; the same again gets its receipt.

        It is on the disk before anybody has the receipt. Raises Malformed, TooLarge, SignatureBad
        and ChannelFull.
        """
        at = self.clock()
        text, p7s = _read(content)
        said = channels.lodged(self.name, at, text, p7s)
        path = self.folder / f"{said.object_sha256}-{said.p7s_sha256 or 'unsigned'}.json"
        if path.exists():
            own = path.read_bytes()  # longer than any request, where much of it is escaped
            return shape.load(Kept, own, limit=len(own))
        if self.free() < RESERVE:
            raise ChannelFull
        receipt = shape.dump(said)
        kept = Kept(
            object=text.decode(),
            p7s=p7s,
            receipt=receipt.decode(),
            receipt_p7s=cms.sign(receipt, self.pair.key, self.pair.certificate),
        )
        durable.replace(path, shape.dump(kept))
        return kept


def build(lodge: Lodge) -> web.Application:
    """Return the channel as it is served."""
    in_turn, words = asyncio.Lock(), {lang: Words(lang) for lang in Lang}

    async def take(request: web.Request) -> web.Response:
        content = await body.read(request, LIMIT)
        async with in_turn:
            kept = await asyncio.to_thread(lodge.take, content)
        answer: Json = {
            "receipt": kept.receipt,
            "receipt_p7s": base64.b64encode(kept.receipt_p7s).decode(),
        }
        return web.Response(status=201, body=canonical.dumps(answer), content_type=JSON)

    async def allow(_request: web.Request) -> web.Response:
        return web.Response(status=204)

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = problems.problem(words[sheet.language(request)], refusal)
        except web.HTTPException as said:  # no such address, no such method
            response = web.Response(status=said.status)
        except Exception:  # whatever is no refusal is a fault: the page that asked can read it
            log.exception("request.failed", path=request.path)
            response = problems.problem(words[sheet.language(request)], ChannelFault())
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = lodge.hall
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = hdrs.CONTENT_TYPE
        return response

    application = web.Application(middlewares=[answer], client_max_size=LIMIT)
    application.router.add_post(PATH, take)
    application.router.add_route(hdrs.METH_OPTIONS, PATH, allow)
    return application


def _read(content: bytes) -> tuple[bytes, bytes | None]:
    """Return an object in its canonical form and its signature, if it has one."""
    try:
        handed = canonical.loads(content, limit=LIMIT)
        if not isinstance(handed, dict) or not isinstance(handed.get("object"), dict):
            raise Malformed(why="object, p7s")
        text = canonical.dumps(handed["object"])
        p7s = shape.read(_Signature, {"p7s": handed.get("p7s")}).p7s
    except ValueError as error:
        raise Malformed(why=str(error)) from error
    if len(text) > LIST_LIMIT:
        raise TooLarge(limit=LIST_LIMIT)
    if p7s is not None:
        try:
            cms.verify(text, p7s)
        except cms.BadSignature as error:
            raise SignatureBad from error
    return text, p7s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signature:
    """None: the object is a secret that proves itself, as an owner's S does."""

    p7s: Base64 | None
