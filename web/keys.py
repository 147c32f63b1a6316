"""What hangs on the application and on a request, by typed keys; `web.app.build` puts it there."""

from aiohttp import web

from notary.hall import Hall
from sql.database import Database
from web.pages import Pages
from web.settings import Settings

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
HALL = web.AppKey("hall", Hall)
PAGES = web.AppKey("pages", Pages)
FACTOR_KEY = web.AppKey("factor_key", bytes)
"""32 bytes that pepper passwords and open the secrets of second factors (notary.credentials)."""
