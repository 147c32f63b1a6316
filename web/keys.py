"""What hangs on the application and on a request, by typed keys; `web.app.build` puts it there."""

from datetime import datetime

from aiohttp import web

from notary.devices import DeviceAuthority
from notary.hall import Hall
from notary.rooms import Doorbell
from notary.shelf import Shelf
from notary.vault import Vault
from sql.database import Database
from web.assets import Assets
from web.pages import Pages
from web.painter import Painter
from web.records import Records
from web.rooms import Gallery
from web.settings import Settings

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
HALL = web.AppKey("hall", Hall)
PAGES = web.AppKey("pages", Pages)
ASSETS = web.AppKey("assets", Assets)
FACTOR_KEY = web.AppKey("factor_key", bytes)
"""32 bytes that pepper passwords and open the secrets of second factors (notary.credentials)."""
DEVICES = web.AppKey("devices", DeviceAuthority)
"""Certifies the keys that browsers make for those who are logged in."""
VAULT = web.AppKey("vault", Vault)
BELL = web.AppKey("bell", Doorbell)
"""Rung after every act: it wakes clerk, sequencer and galleries of this process."""
GALLERY = web.AppKey("gallery", Gallery)
PAINTER = web.AppKey("painter", Painter)
SHELF = web.AppKey("shelf", Shelf)
RECORDS = web.AppKey("records", Records)
STARTED_AT = web.AppKey("started_at", datetime)
