"""The settings of a hall: read once, from the environment, else from `$HALL_HOME/settings.toml`.

In the file a setting has its name without `HALL_`, in lower case: `origin = "https://…"`. A name
that nobody knows is refused, so that a slip of the pen does not leave a default in force.
"""

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from yarl import URL

from notary.presigned import Keys
from notary.s3_vault import Bucket

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

PREFIX = "HALL_"
FILE = "settings.toml"
NAMES = frozenset(
    {
        "home",
        "listen",
        "lodge",
        "origin",
        "gallery",
        "database_url",
        "database_owner_url",
        "pg_bin",
        "vault",
        "authorities",
        "ocds_prefix",
        "shared_addresses",
        "sms",
        "smtp",
        "token_bridge",
        "url",
    }
)
# Read by the tests and the build, not by the hall.
_OF_OTHERS = frozenset({"chromium", "skip_browser"})

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OCDS = re.compile(r"ocds-[a-z0-9]{6}")
_DEFAULT_LISTEN = "localhost:8080"
# A proxy on the same machine stands for everybody; so does the hall's own waiting room.
_DEFAULT_SHARED = "127.0.0.0/8 ::1/128"


class BadSetting(ValueError):  # noqa: N818 - named after what is wrong
    """A setting is unknown or not of its form; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a hall is told from outside.

    `origin`: the web origin, scheme://host[:port] without a path. `gallery`: that of separate
    galleries. `authorities`: folder of CA certificates and CRLs, None for the home's own.
    `database_url` None: the embedded server. `lodges`: origins of the second channels, which take a
    bid where the hall does not answer. `ocds_prefix`: as registered for the hall's open data.
    `token_bridge`: of the driver of CA tokens on the machine of whoever signs, which pages may
    speak to. `smtp`, `sms`: as `web.notices` reads them. `url`: the hall that clients speak to.
    """

    home: Path
    host: str
    port: int
    origin: str
    gallery: str | None
    database_url: str | None
    database_owner_url: str | None
    pg_bin: Path | None
    vault: Bucket | None
    authorities: Path | None
    lodges: tuple[str, ...]
    ocds_prefix: str | None
    shared_addresses: tuple[Network, ...]
    smtp: str | None
    sms: str | None
    token_bridge: str | None
    url: str
    practice: bool = False

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the hall under TLS."""
        return self.origin.startswith("https://")

    def bound_to(self, port: int) -> "Settings":
        """Return these settings with the port that was bound; what was said of port 0 is its."""
        zero, bound = _origin_at(0), _origin_at(port)
        return replace(
            self,
            port=port,
            origin=bound if self.origin == zero else self.origin,
            url=bound if self.url == zero else self.url,
        )


def load(environ: Mapping[str, str], working: Path) -> Settings:
    """Read the settings of the hall in `environ`, or raise BadSetting.

    The home is `HALL_HOME`, else the folder `.hall` of `working` where there is one, else
    `~/.hall`.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and value
    }
    home = _home(given.get("home"), working)
    given = _from_file(home / FILE) | given
    if unknown := given.keys() - NAMES - _OF_OTHERS:
        raise BadSetting(f"{PREFIX}{min(unknown).upper()}: no such setting")
    host, port = _listen(given.get("listen", _DEFAULT_LISTEN))
    origin = _origin("origin", given.get("origin", _origin_at(port)))
    return Settings(
        home=home,
        host=host,
        port=port,
        origin=origin,
        gallery=_origin("gallery", given["gallery"]) if "gallery" in given else None,
        database_url=given.get("database_url"),
        database_owner_url=given.get("database_owner_url"),
        pg_bin=_path(given.get("pg_bin")),
        vault=_bucket(given["vault"], environ) if "vault" in given else None,
        authorities=_path(given.get("authorities")),
        lodges=tuple(_lodge(one) for one in given.get("lodge", "").split()),
        ocds_prefix=_ocds_prefix(given["ocds_prefix"]) if "ocds_prefix" in given else None,
        shared_addresses=_networks(given.get("shared_addresses", "")),
        smtp=given.get("smtp"),
        sms=given.get("sms"),
        token_bridge=_loopback("token_bridge", given["token_bridge"])
        if "token_bridge" in given
        else None,
        url=_origin("url", given.get("url", origin)),
    )


def _home(given: str | None, working: Path) -> Path:
    if given is not None:
        return Path(given).expanduser().absolute()
    beside = working / ".hall"
    return beside.absolute() if beside.is_dir() else Path.home() / ".hall"


def _from_file(path: Path) -> dict[str, str]:
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadSetting(f"{path}: {error}") from error
    for name, value in read.items():
        if not isinstance(value, str) or name == "home":
            raise BadSetting(f"{path}: {name}: not a text, or not for this file")
    return read


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) >= 2**16:
        raise BadSetting(f"{PREFIX}LISTEN: not host:port")
    return host.strip("[]"), int(port)


def _origin(name: str, text: str) -> str:
    """Return a web origin in its one spelling, as browsers send it in `Origin`."""
    try:
        url = URL(text)
        if url.scheme in {"http", "https"} and url.host and url == url.origin():
            return str(url.origin())
    except ValueError as error:
        raise BadSetting(f"{PREFIX}{name.upper()}: {error}") from error
    raise BadSetting(f"{PREFIX}{name.upper()}: not scheme://host[:port]")


def _lodge(text: str) -> str:
    """Return the origin of a second channel: under TLS, or on the machine itself to try it."""
    return _origin("lodge", text) if text.startswith("https:") else _loopback("lodge", text)


def _loopback(name: str, text: str) -> str:
    """Return an origin that leads nowhere but to the machine of the browser itself."""
    origin = _origin(name, text)
    host = URL(origin).host or ""
    try:
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return origin
    except ValueError as error:
        raise BadSetting(f"{PREFIX}{name.upper()}: not on the loopback") from error
    raise BadSetting(f"{PREFIX}{name.upper()}: not on the loopback")


def _ocds_prefix(text: str) -> str:
    if _OCDS.fullmatch(text) is None:
        raise BadSetting(f"{PREFIX}OCDS_PREFIX: not ocds-xxxxxx, as it was registered")
    return text


def _bucket(text: str, environ: Mapping[str, str]) -> Bucket:
    """Read `s3+https://host[:port]/bucket`; keys and region come as S3's own tools take them."""
    name = f"{PREFIX}VAULT"
    scheme, _, rest = text.partition("+")
    address, _, bucket = rest.rpartition("/")
    if scheme != "s3" or _BUCKET.fullmatch(bucket) is None:
        raise BadSetting(f"{name}: not s3+https://host[:port]/bucket")
    for needed in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        if not environ.get(needed):
            raise BadSetting(f"{needed}: {name} needs it")
    return Bucket(
        origin=_origin("vault", address),
        name=bucket,
        keys=Keys(
            access=environ["AWS_ACCESS_KEY_ID"],
            secret=environ["AWS_SECRET_ACCESS_KEY"],
            region=environ["AWS_REGION"],
        ),
    )


def is_origin(text: str) -> bool:
    """Tell whether a text is a web origin in its one spelling."""
    try:
        return _origin("origin", text) == text
    except BadSetting:
        return False


def _origin_at(port: int) -> str:
    return f"http://localhost:{port}"


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text).expanduser().absolute()


def _networks(text: str) -> tuple[Network, ...]:
    words = f"{_DEFAULT_SHARED} {text}".replace(",", " ").split()
    try:
        return tuple(ipaddress.ip_network(word) for word in words)
    except ValueError as error:
        raise BadSetting(f"{PREFIX}SHARED_ADDRESSES: {error}") from error
