"""Being told: the own addresses and messages, following a tender, the telephone list."""

from functools import partial

from aiohttp import web

from notary import followers, messages
from notary.canonical import Json
from notary.followers import Contact
from notary.identity import Role
from notary.messages import MessageUnknown, Told
from trading import service as trading
from trading.rules.approval import TenderUnknown
from web import access, answers, forms, idempotency, pressing, sheet, showing
from web.access import ANYBODY, API, FINAL, PUBLIC, Does, Route
from web.keys import DATABASE, FACTOR_KEY, HALL
from web.letterhead import Lang
from web.views.people import (
    CallRow,
    CallsView,
    FollowView,
    LetterView,
    MessageRow,
    MessagesView,
)

_SHOWN = 100
_FORMS = ("contact", "read", "unfollow")


async def page(request: web.Request) -> web.Response:
    """Show the reader's messages, addresses and followed tenders."""
    actor = access.require(request)
    async with request.app[DATABASE].transaction() as tx:
        contact = await followers.contact_of(tx, actor.person)
        told = await messages.of_person(tx, actor.person, _SHOWN)
        followed = [
            (tender, await trading.revisions(tx, tender))
            for tender in await followers.followed_by(tx, actor.person)
        ]
    lang = sheet.language(request)
    titles = [(tender, showing.text(found[-1].notice.title)) for tender, found in followed if found]
    view = MessagesView(
        keys={one: pressing.fresh_key(request) for one in _FORMS},
        mail="" if contact is None else contact.mail or "",
        mobile="" if contact is None else contact.mobile or "",
        language=lang if contact is None else contact.lang,
        messages=tuple(_row(one) for one in told),
        followed=tuple(
            (tender, title.zh if lang is Lang.ZH else title.en) for tender, title in titles
        ),
    )
    return await sheet.page(request, view)


async def keep_contact(request: web.Request) -> web.Response:
    """Keep the addresses of a form."""
    actor = access.require(request)
    given = await forms.fields(request, "mail", "mobile", "lang", "key")
    contact = Contact(
        person=actor.person,
        mail=given["mail"].strip() or None,
        mobile=given["mobile"].replace(" ", "") or None,
        lang=given["lang"] if given["lang"] in set(Lang) else Lang.ZH,
    )
    act = partial(
        followers.keep_contact, request.app[DATABASE], request.app[HALL], actor, contact=contact
    )
    return await pressing.press(request, given, act, "/messages")


async def read_all(request: web.Request) -> web.Response:
    """Note that the reader has read everything."""
    actor = access.require(request)
    given = await forms.fields(request, "key")
    act = partial(messages.mark_all_read, request.app[DATABASE], request.app[HALL], actor)
    return await pressing.press(request, given, act, "/messages")


async def following(request: web.Request) -> web.Response:
    """Show whether the reader follows a tender, and the button for the other."""
    actor, tender = access.actor(request), request.match_info["tender"]
    person = "" if actor is None else actor.person
    async with request.app[DATABASE].transaction() as tx:
        found = await trading.revisions(tx, tender)
        follows = tender in await followers.followed_by(tx, person)
        contact = await followers.contact_of(tx, person)
    if not found:
        raise TenderUnknown(tender=tender)
    view = FollowView(
        key=pressing.fresh_key(request),
        tender=tender,
        title=showing.text(found[-1].notice.title),
        is_known=actor is not None,
        follows=follows,
        mail=None if contact is None else contact.mail,
        mobile=None if contact is None else contact.mobile,
    )
    return await sheet.page(request, view)


async def follow(request: web.Request) -> web.Response:
    """Follow a tender by its button."""
    actor, tender = access.require(request), request.match_info["tender"]
    given = await forms.fields(request, "key")
    act = partial(followers.follow, request.app[DATABASE], request.app[HALL], actor, tender=tender)
    return await pressing.press(request, given, act, f"/tenders/{tender}/following")


async def unfollow(request: web.Request) -> web.Response:
    """Follow a tender no more."""
    actor, tender = access.require(request), request.match_info["tender"]
    given = await forms.fields(request, "key")
    act = partial(
        followers.unfollow, request.app[DATABASE], request.app[HALL], actor, tender=tender
    )
    return await pressing.press(request, given, act, f"/tenders/{tender}/following")


async def letter(request: web.Request) -> web.Response:
    """Show one message to whoever has its link; looking is not yet reading."""
    found = await _by_link(request)
    return await sheet.page(request, LetterView(row=_row(found), action=request.path))


async def confirm(request: web.Request) -> web.Response:
    """Note that a message was read."""
    found = await _by_link(request)
    async with request.app[DATABASE].transaction() as tx:
        await messages.mark_read(tx, found.message, await request.app[HALL].clock(tx))
    raise web.HTTPSeeOther(found.href)


async def calls(request: web.Request) -> web.Response:
    """Show whom somebody has to call."""
    async with request.app[DATABASE].transaction() as tx:
        found = await messages.to_call(tx, await request.app[HALL].clock(tx), _SHOWN)
    view = CallsView(
        calls=tuple(
            CallRow(
                row=_row(one),
                name=one.name,
                person=one.person,
                mobile=one.mobile,
                key=pressing.fresh_key(request),
            )
            for one in found
        )
    )
    return await sheet.page(request, view)


async def called(request: web.Request) -> web.Response:
    """Take a message off the telephone list."""
    actor, message = access.require(request), int(request.match_info["message"])
    given = await forms.fields(request, "key")
    act = partial(
        messages.note_call, request.app[DATABASE], request.app[HALL], actor, message=message
    )
    return await pressing.press(request, given, act, "/calls")


async def keep_contact_by_api(request: web.Request) -> web.Response:
    """Keep the sender's addresses."""
    actor, given = access.require(request), forms.json(request)
    contact = Contact(
        person=actor.person,
        mail=_text(given["mail"]),
        mobile=_text(given["mobile"]),
        lang=str(given["lang"]),
    )
    answer = await followers.keep_contact(
        request.app[DATABASE], request.app[HALL], actor, idempotency.of(request), contact
    )
    return answers.done(request, answer)


async def follow_by_api(request: web.Request) -> web.Response:
    """Follow a tender."""
    actor, once = access.require(request), idempotency.of(request)
    answer = await followers.follow(
        request.app[DATABASE], request.app[HALL], actor, once, request.match_info["tender"]
    )
    return answers.done(request, answer)


async def unfollow_by_api(request: web.Request) -> web.Response:
    """Follow a tender no more."""
    actor, once = access.require(request), idempotency.of(request)
    answer = await followers.unfollow(
        request.app[DATABASE], request.app[HALL], actor, once, request.match_info["tender"]
    )
    return answers.done(request, answer)


async def _by_link(request: web.Request) -> Told:
    message = int(request.match_info["message"])
    if not messages.is_token(request.app[FACTOR_KEY], message, request.match_info["token"]):
        raise MessageUnknown(message=message)
    async with request.app[DATABASE].transaction() as tx:
        found = await messages.one(tx, message)
    if found is None:
        raise MessageUnknown(message=message)
    return found


def _row(told: Told) -> MessageRow:
    subject, _, said = told.said.partition("\n")
    return MessageRow(
        message=told.message,
        subject=subject,
        said=said,
        href=told.href,
        at=told.made_at,
        is_read=told.read_at is not None,
        states=told.states,
    )


def _text(given: Json) -> str | None:
    return None if given is None else str(given)


_TENDER = "/tenders/{tender}"
_LINK = "/m/{message:[0-9]{1,18}}/{token:[0-9a-f]{32}}"
_CALLING = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
_AT_ANY_TIME = "Can be changed again at any time."

ROUTES = (
    Route("GET", "/messages", page, summary="My messages", roles=ANYBODY, does=Does.READ),
    Route(
        "POST",
        "/messages/contact",
        keep_contact,
        summary="Where I am reached",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
    ),
    Route(
        "POST",
        "/messages/read",
        read_all,
        summary="I have read my messages",
        roles=ANYBODY,
        does=Does.ACT,
        back=FINAL,
    ),
    Route(
        "GET",
        f"{_TENDER}/following",
        following,
        summary="Do I follow a tender",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "POST",
        f"{_TENDER}/following",
        follow,
        summary="Follow a tender",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
    ),
    Route(
        "POST",
        f"{_TENDER}/following/end",
        unfollow,
        summary="Follow a tender no more",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
    ),
    Route("GET", _LINK, letter, summary="One message", roles=PUBLIC, does=Does.READ),
    Route("POST", _LINK, confirm, summary="Message read", roles=PUBLIC, does=Does.ACT, back=FINAL),
    Route("GET", "/calls", calls, summary="Telephone list", roles=_CALLING, does=Does.READ),
    Route(
        "POST",
        "/calls/{message:[0-9]{1,18}}",
        called,
        summary="Called",
        roles=_CALLING,
        does=Does.ACT,
        back=FINAL,
    ),
    Route(
        "POST",
        f"{API}/contact",
        keep_contact_by_api,
        summary="Keep where the sender is reached",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
        takes="contact",
        gives="contact",
    ),
    Route(
        "POST",
        f"{API}{_TENDER}/following",
        follow_by_api,
        summary="Follow a tender",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
        gives="following",
    ),
    Route(
        "DELETE",
        f"{API}{_TENDER}/following",
        unfollow_by_api,
        summary="Follow a tender no more",
        roles=ANYBODY,
        does=Does.ACT,
        back=_AT_ANY_TIME,
        gives="following",
    ),
)
