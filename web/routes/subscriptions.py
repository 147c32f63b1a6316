"""Subscriptions: any query by mail or as a private feed, changed and left at any time."""

from dataclasses import replace
from functools import partial

from aiohttp import web

from notary import followers, identity, subscriptions
from notary.subscriptions import Change, Rhythm, Subscription, SubscriptionUnknown
from sql.database import Tx
from trading import service as trading
from web import (
    access,
    answers,
    feeds,
    figures,
    finding,
    forms,
    idempotency,
    pressing,
    sheet,
    subscribing,
)
from web.access import ANYBODY, API, PUBLIC, Does, Route
from web.keys import DATABASE, FACTOR_KEY, HALL
from web.routes import announcements
from web.schema import BadBody
from web.search import HALL_ITSELF, Search, Sort
from web.views.lists import Asks, LeaveView, SubscribeView, SubscriptionRow, SubscriptionsView

PATH = "/subscriptions"


async def new(request: web.Request) -> web.Response:
    """Show what a query asks, and the form that subscribes to it."""
    wanted = _kept(Search.parse(request.query.items()))
    actor = access.actor(request)
    async with request.app[DATABASE].transaction() as tx:
        at = await request.app[HALL].clock(tx)
        contact = None if actor is None else await followers.contact_of(tx, actor.person)
        found = await trading.found(tx, finding.asked(wanted, None), at)
        asks = await _asks(tx, wanted)
    view = SubscribeView(
        search=wanted,
        asks=asks,
        total=found.total,
        is_known=actor is not None,
        mail=None if contact is None else contact.mail,
        key=pressing.fresh_key(request),
    )
    return await sheet.page(request, view)


async def subscribe(request: web.Request) -> web.Response:
    """Subscribe to a query by its form."""
    actor = access.require(request)
    given = await forms.fields(request, "query", "rhythm", "key")
    act = partial(
        subscriptions.subscribe,
        request.app[DATABASE],
        request.app[HALL],
        actor,
        query=_kept(subscribing.read(given["query"])).query,
        rhythm=Rhythm.AT_ONCE if given["rhythm"] == Rhythm.AT_ONCE else Rhythm.DAILY,
    )
    return await pressing.press(request, given, act, PATH)


async def mine(request: web.Request) -> web.Response:
    """Show what the reader has subscribed to."""
    actor = access.require(request)
    async with request.app[DATABASE].transaction() as tx:
        contact = await followers.contact_of(tx, actor.person)
        found = await subscriptions.of_person(tx, actor.person)
        rows = [await _row(request, tx, one) for one in found]
    view = SubscriptionsView(mail=None if contact is None else contact.mail, rows=tuple(rows))
    return await sheet.page(request, view)


async def change(request: web.Request) -> web.Response:
    """Pause a subscription, let it go on, change its rhythm, or leave it."""
    actor = access.require(request)
    given = await forms.fields(request, "change", "key")
    if given["change"] not in set(Change):
        raise BadBody(place="change")
    act = partial(
        subscriptions.change,
        request.app[DATABASE],
        request.app[HALL],
        actor,
        subscription=request.match_info["subscription"],
        to=Change(given["change"]),
    )
    return await pressing.press(request, given, act, PATH)


async def subscribe_by_api(request: web.Request) -> web.Response:
    """Subscribe to a query."""
    actor, given = access.require(request), forms.json(request)
    query = _kept(subscribing.read(str(given["query"]))).query
    answer = await subscriptions.subscribe(
        request.app[DATABASE],
        request.app[HALL],
        actor,
        idempotency.of(request),
        query,
        Rhythm(str(given["rhythm"])),
    )
    return answers.done(request, answer)


async def change_by_api(request: web.Request) -> web.Response:
    """Change a subscription."""
    actor, named = access.require(request), request.match_info["subscription"]
    answer = await subscriptions.change(
        request.app[DATABASE],
        request.app[HALL],
        actor,
        idempotency.of(request),
        named,
        Change(str(forms.json(request)["change"])),
    )
    return answers.done(request, answer)


async def leaving(request: web.Request) -> web.Response:
    """Show what a link would leave; looking leaves nothing."""
    async with request.app[DATABASE].transaction() as tx:
        found = await _by_link(request, tx)
        asks = None if found is None else await _asks(tx, subscribing.read(found.query))
    return await sheet.page(request, LeaveView(asks=asks, action=request.path))


async def leave(request: web.Request) -> web.Response:
    """End a subscription: by its page, or by the button of a mail program (RFC 8058)."""
    async with request.app[DATABASE].transaction() as tx:
        await _by_link(request, tx)
        at = await request.app[HALL].clock(tx)
        await subscriptions.leave(tx, request.match_info["subscription"], at)
    # RFC 8058, 3.1: the answer to the one press is no redirect.
    return await sheet.page(request, LeaveView(asks=None, action=request.path))


async def feed(request: web.Request) -> web.Response:
    """Give the private feed of a subscription, to whoever has its address."""
    async with request.app[DATABASE].transaction() as tx:
        found = await _by_link(request, tx)
    if found is None:
        raise SubscriptionUnknown
    wanted = subscribing.read(found.query)
    asked = finding.asked(replace(wanted, sort=Sort.NEWEST), None, feeds.FEED_ROWS)
    at, rows = await feeds.rows(request.app[DATABASE], request.app[HALL], asked)
    return await announcements.feed(request, wanted, tuple(rows), at)


async def _by_link(request: web.Request, tx: Tx) -> Subscription | None:
    """Return the subscription of a link, None where it has ended; refuse a link that is guessed."""
    named = request.match_info["subscription"]
    if not subscriptions.is_token(request.app[FACTOR_KEY], named, request.match_info["token"]):
        raise SubscriptionUnknown
    return await subscriptions.one(tx, named)


async def _row(request: web.Request, tx: Tx, one: Subscription) -> SubscriptionRow:
    search = subscribing.read(one.query)
    token = subscriptions.token(request.app[FACTOR_KEY], one.subscription)
    return SubscriptionRow(
        subscription=one.subscription,
        search=search,
        asks=await _asks(tx, search),
        rhythm=one.rhythm,
        since=one.since,
        paused_at=one.paused_at,
        feed=f"/feeds/{one.subscription}/{token}.atom",
        key=pressing.fresh_key(request),
    )


async def _asks(tx: Tx, search: Search) -> tuple[Asks, ...]:
    """Return what a query asks, condition by condition, with the names of bodies."""
    regions = await finding.names(tx, set(search.branches) - {HALL_ITSELF})
    bodies = [(one, await identity.organisation(tx, one)) for one in search.agencies]
    asks = [Asks("q", search.q)] if search.q else []
    asks += [Asks("kind", one) for one in search.kinds]
    asks += [Asks("branch", regions.get(one, one)) for one in search.branches]
    asks += [Asks("agency", one if body is None else body.name) for one, body in bodies]
    days = (("from", search.since), ("to", search.until))
    asks += [Asks(name, day.isoformat()) for name, day in days if day is not None]
    sums = (("min", search.least), ("max", search.most))
    asks += [Asks(name, figures.money(fen)) for name, fen in sums if fen is not None]
    return tuple(asks)


def _kept(search: Search) -> Search:
    """Return what a subscription keeps: new notices take bids, whatever stage was looked at."""
    return replace(search.lasting, stages=())


_LINK = "/leave/{subscription:[0-9a-f]{32}}/{token:[0-9a-f]{32}}"
_AT_ANY_TIME = "Can be changed again at any time."

ROUTES = (
    Route(
        "GET",
        f"{PATH}/new",
        new,
        summary="Subscribe to a query",
        roles=PUBLIC,
        does=Does.READ,
        query=announcements.QUERY,
        many=announcements.MANY,
    ),
    Route("GET", PATH, mine, summary="My subscriptions", roles=ANYBODY, does=Does.READ),
    Route(
        "POST",
        PATH,
        subscribe,
        summary="Subscribe to a query",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
    ),
    Route(
        "POST",
        f"{PATH}/{{subscription:[0-9a-f]{{32}}}}",
        change,
        summary="Change a subscription",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
    ),
    Route("GET", _LINK, leaving, summary="Leave a subscription", roles=PUBLIC, does=Does.READ),
    Route(
        "POST",
        _LINK,
        leave,
        summary="Leave a subscription",
        roles=PUBLIC,
        does=Does.ACT,
        back=_AT_ANY_TIME,
    ),
    Route(
        "POST",
        f"{API}{PATH}",
        subscribe_by_api,
        summary="Subscribe to a query",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
        takes="subscribe",
        gives="subscription",
        status=201,
    ),
    Route(
        "POST",
        f"{API}{PATH}/{{subscription:[0-9a-f]{{32}}}}",
        change_by_api,
        summary="Change a subscription",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
        takes="subscription-change",
        gives="subscription",
    ),
    Route(
        "GET",
        "/feeds/{subscription:[0-9a-f]{32}}/{token:[0-9a-f]{32}}.atom",
        feed,
        summary="The private feed of a subscription",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
