"""The letterhead of a page: the reader's language and name, the hall's clock, the ledger's head."""

from aiohttp import hdrs, web

from notary import identity, published
from notary.identity import Actor, Role
from sql.database import Tx
from web import access, branches
from web.demo.cast import CAST
from web.keys import DATABASE, HALL, PAGES, SETTINGS
from web.letterhead import Lang, LedgerHead, Letterhead, Reader, Text, View

COOKIE = "lang"
NAME = Text(zh="统一交易大厅", en="Trading hall")

PLAYERS = tuple((one.name, f"{one.org_name} {one.title}") for one in CAST)
"""Whom a reader of a demonstration may act as."""

_HTML = "text/html"
_KEY_BYTES = 16

# The role that the badge names, where somebody has several: the one with the most to answer for.
_BADGE = (
    Role.OFFICER,
    Role.SUPERVISOR,
    Role.AUDITOR,
    Role.OPERATOR,
    Role.ADMINISTRATOR,
    Role.PURCHASER,
    Role.AGENCY,
    Role.EXPERT,
    Role.BIDDER,
    Role.TRUSTEE,
)


def language(request: web.Request) -> Lang:
    """Return the language to speak: the address says it, else the cookie, else the browser."""
    for given in (request.query.get("lang"), request.cookies.get(COOKIE)):
        if given in set(Lang):
            return Lang(given)
    for asked in request.headers.get(hdrs.ACCEPT_LANGUAGE, "").lower().split(","):
        if asked.strip().startswith("zh"):
            return Lang.ZH
        if asked.strip().startswith("en"):
            return Lang.EN
    return Lang.ZH


async def page(request: web.Request, view: View, *, status: int = 200) -> web.Response:
    """Answer with a whole page."""
    async with request.app[DATABASE].transaction() as tx:
        sheet = await letterhead(request, tx)
    response = web.Response(
        text=request.app[PAGES].render(view, sheet), status=status, content_type=_HTML
    )
    response.headers[hdrs.CONTENT_LANGUAGE] = sheet.lang
    if sheet.reader is None:
        # A page for everybody holds no secret that its size could give away (BREACH).
        response.headers[hdrs.VARY] = "Accept-Encoding, Accept-Language, Cookie"
        response.enable_compression()
    if "lang" in request.query:
        response.set_cookie(
            COOKIE, sheet.lang, secure=request.app[SETTINGS].is_https, samesite="Lax"
        )
    return response


async def letterhead(request: web.Request, tx: Tx) -> Letterhead:
    """Read what surrounds a page."""
    hall = request.app[HALL]
    head = await published.newest(tx)
    actor = access.actor(request)
    return Letterhead(
        lang=language(request),
        path=_path(request),
        origin=request.app[SETTINGS].origin,
        hall=NAME,
        now=await hall.clock(tx),
        demo=hall.demo,
        branch=branches.name(request),
        at=branches.prefix(request),
        practice=request.app[SETTINGS].practice,
        players=PLAYERS if hall.demo else (),
        bridge=request.app[SETTINGS].token_bridge,
        lodges=request.app[SETTINGS].lodges,
        reader=None if actor is None else await _reader(tx, actor),
        ledger=None
        if head is None
        else LedgerHead(size=head.size, root=head.root.hex(), at=head.signed_at, cosigners=0),
        key=hall.entropy(_KEY_BYTES).hex(),
    )


async def _reader(tx: Tx, actor: Actor) -> Reader:
    body = await identity.organisation(tx, actor.org)
    role = next((role for role in _BADGE if role in actor.roles), "")
    return Reader(
        name=await identity.name_of(tx, actor.person) or actor.person,
        org=actor.org if body is None else body.name,
        role=role,
        person=actor.person,
    )


def _path(request: web.Request) -> str:
    """Return the address without its language, so that the other one keeps the page."""
    return str(request.rel_url.without_query_params("lang"))
