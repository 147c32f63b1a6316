"""Passkeys and CA tokens as requests bring them: who the hall is to a browser, what confirms.

Source: web.md 6.
"""

import ipaddress
from functools import partial

from aiohttp import web
from yarl import URL

from notary import canonical, credentials, passkeys, presence
from notary.canonical import Json
from notary.credentials import Confirm
from notary.passkeys import RelyingParty
from web import forms
from web.keys import DATABASE, FACTOR_KEY, HALL, SETTINGS
from web.letterhead import Text
from web.settings import Settings

NAME = Text(zh="统一交易大厅", en="Trading hall")


def possible(settings: Settings) -> bool:
    """Tell whether browsers make passkeys for this hall: its origin needs a name, not a number."""
    host = URL(settings.origin).host or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def party(request: web.Request) -> RelyingParty:
    """Return the hall as authenticators know it."""
    settings = request.app[SETTINGS]
    return RelyingParty(
        host=URL(settings.origin).host or "",
        origin=settings.origin,
        name=NAME.zh,
        key=request.app[FACTOR_KEY],
    )


def confirmation(request: web.Request, given: Json) -> Confirm:
    """Return what takes the one confirmation of a body (schema `confirmation`).

    A text is the current code or the password; an object with `p7s` the answer of a CA token; any
    other the answer of a passkey.
    """
    database, hall = request.app[DATABASE], request.app[HALL]
    if not isinstance(given, dict):
        key = request.app[FACTOR_KEY]
        return partial(credentials.confirm, database, hall, key, given=str(given))
    if "p7s" in given:
        statement, p7s = canonical.dumps(given["object"]), forms.octets(given, "p7s")
        return partial(presence.confirm, database, hall, statement=statement, p7s=p7s)
    return partial(passkeys.confirm, database, hall, party(request), given=given)
