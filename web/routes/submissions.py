"""A sealed bid brought by a form: from any computer, without a log-in and without JavaScript."""

import base64
from collections.abc import AsyncIterator
from datetime import datetime

from aiohttp import BodyPartReader, web

from notary import identity, instant, receipt
from notary.canonical import Json
from notary.once import Once
from trading import service as trading
from web import pressing, receiving, sheet, showing
from web.access import PUBLIC, Does, Route
from web.forms import WrongType
from web.keys import DATABASE, HALL, VAULT
from web.names import N_
from web.receiving import Received
from web.routes.approvals import told
from web.unpacking import NotASealedBid
from web.views.house import SubmittedView

_CHUNK = 256 * 1024
_FIELD = "bid"


async def submit(request: web.Request) -> web.Response:
    """Take a sealed bid out of its file while it comes; answer with the receipt."""
    database, hall, vault = request.app[DATABASE], request.app[HALL], request.app[VAULT]
    chunks = _file(request)
    try:
        received = await receiving.receive(database, hall, vault, _once(request), chunks)
    finally:
        async for _ in chunks:  # a browser shows no answer before all of its file has gone
            pass
    return await sheet.page(request, await _shown(request, received), status=201)


async def _file(request: web.Request) -> AsyncIterator[bytes]:
    """Give the file of the form in the pieces in which it comes."""
    if request.content_type != "multipart/form-data":
        raise WrongType(type=request.content_type[:64])
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name == _FIELD:
                while chunk := await part.read_chunk(_CHUNK):
                    yield bytes(chunk)
                return
    except ValueError as error:
        raise WrongType(type="multipart/form-data") from error
    raise NotASealedBid(why="no file was chosen")


def _once(request: web.Request) -> Once:
    """Bind this press to one outcome; the same bid again gets its first receipt by itself."""
    return Once(actor="", key=pressing.fresh_key(request), request_sha256=bytes(32))


async def _shown(request: web.Request, received: Received) -> SubmittedView:
    core, answer = received.core, received.answer
    async with request.app[DATABASE].transaction() as tx:
        body = await identity.organisation(tx, core.bidder.id)
        newest = (await trading.revisions(tx, core.tender))[-1].notice
    completed = received.completed
    return SubmittedView(
        envelope=str(answer["envelope"]),
        tender=core.tender,
        lot=core.lot,
        stage=core.stage,
        title=showing.text(newest.title),
        bidder=core.bidder.id,
        bidder_name=core.bidder.id if body is None else body.name,
        received_at=_at(answer["receipt"]),
        completed_at=None if completed is None else _at(completed["receipt"]),
        missing=len(received.missing),
        parts_by=instant.parse_seconds(str(answer["parts_by"])),
        provisional=bool(answer["provisional"]),
        saved=(
            *_files("receipt", answer["receipt"], answer["receipt_p7s"]),
            *(
                ()
                if completed is None
                else _files("completed", completed["receipt"], completed["receipt_p7s"])
            ),
        ),
        refused=None if received.refused is None else told(received.refused),
    )


def _at(text: Json) -> datetime:
    """Return the hall's time in a receipt."""
    return instant.parse_micros(str(receipt.parse(str(text).encode()).fields["at"]))


def _files(word: str, text: Json, p7s: Json) -> tuple[tuple[str, str], ...]:
    """Return a receipt and its signature as addresses of their content, by the name to keep."""
    encoded = base64.b64encode(str(text).encode()).decode("ascii")
    return (
        (f"bid.{word}.json", f"data:application/json;base64,{encoded}"),
        (f"bid.{word}.p7s", f"data:application/pkcs7-signature;base64,{p7s}"),
    )


ROUTES = (
    Route(
        "POST",
        "/submit",
        submit,
        summary="Submit a sealed bid by its file",
        roles=PUBLIC,
        does=Does.ACT,
        back=N_("Until the deadline it can be replaced or withdrawn."),
        status=201,
    ),
)
