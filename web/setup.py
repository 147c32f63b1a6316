"""What /setup asks, whether an answer is good, and what it changes in the home of the hall.

Mail, SMS and the web origin go into `settings.toml`, CA roots into `authorities/setup.pem`; a hall
reads both when it starts. An environment that says something else wins, as always.
"""

import ipaddress
import tomllib
from pathlib import Path

from cryptography import x509
from yarl import URL

from notary import canonical, durable
from notary.messages import Channel
from notary.refusal import Refusal
from notary.settling import Thing
from trading.rules.sets import rule_set
from web import notices
from web.settings import FILE, BadSetting, is_origin

AUTHORITIES_FILE = "setup.pem"

LONGEST = 4000
"""Characters of an answer; a CA root in PEM has about 2,000."""

_SETTINGS = {Thing.MAIL: "smtp", Thing.SMS: "sms", Thing.TLS: "origin"}
_LINES = 3

# RFC 6761, 6762 and 8375, and ICANN's reservation of 2024: names that are of no public network.
_INNER = frozenset({"arpa", "internal", "invalid", "lan", "local", "localhost", "test"})


class AnswerBad(Refusal):
    """An answer of /setup is not of its form.

    Source: people.md 7, first start.
    """

    code = "setup.bad_answer"


class GatewayInside(Refusal):
    """A gateway for mail or SMS that the page names is a file, or lies within the hall's network.

    One person alone could have the hall write where it stands, or speak to what trusts it. Who
    needs one names it in the settings, on the machine. Only a demonstration writes to files.

    Source: people.md 5 and 7: what two persons do, and first start.
    """

    code = "setup.gateway_inside"


def require_good(
    thing: Thing, words: str, shelf: Path | None = None, *, demo: bool = False
) -> None:
    """Refuse an answer that the hall could not use: AnswerBad, or what `rule_set` raises.

    `shelf`: where rule sets of the hall's own lie; `demo`: nothing of the hall is in earnest.
    Raises GatewayInside.
    """
    if not 0 < len(words) <= LONGEST:
        raise AnswerBad(thing=thing)
    try:
        _check(thing, words, shelf, demo=demo)
    except (BadSetting, ValueError) as error:
        raise AnswerBad(thing=thing) from error


def _check(thing: Thing, words: str, shelf: Path | None, *, demo: bool) -> None:
    match thing:
        case Thing.LEVEL | Thing.DAYS:
            return
        case Thing.BODIES:
            if len(words.strip().splitlines()) < _LINES:
                raise ValueError("a body for each of the three lines")
        case Thing.AUTHORITIES:
            x509.load_pem_x509_certificates(words.encode())
        case Thing.TLS | Thing.ABOVE:
            _require_address(words)
        case Thing.MAIL:
            _require_gateway(Channel.MAIL, words, demo=demo)
        case Thing.SMS:
            _require_gateway(Channel.SMS, words, demo=demo)
        case Thing.RULES:
            _require_law(words, shelf)


def _require_gateway(channel: Channel, words: str, *, demo: bool) -> None:
    url = notices.parse(channel, words)
    if demo:
        return
    if url.scheme == "file":
        raise GatewayInside
    if not url.host:
        raise ValueError("no host")
    if not _is_public(url.host):
        raise GatewayInside


def _is_public(host: str) -> bool:
    """Tell whether a host is one of the public network, as far as its name says."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        *above, last = host.rstrip(".").lower().split(".")
    # No last label begins with a digit: 127.1 and 0x7f000001 are other spellings of an address.
    return bool(above) and last not in _INNER and last[:1].isalpha()


def _require_address(words: str) -> None:
    if not (words.startswith("https://") and is_origin(words)):
        raise ValueError("not https://host")


def _require_law(words: str, shelf: Path | None) -> None:
    if rule_set(words, shelf).is_demonstration:
        raise ValueError("a rule set of the demonstration")


def without_password(thing: Thing, words: str) -> str:
    """Return an answer as the database keeps it: a gateway's password is in the home alone."""
    if thing not in {Thing.MAIL, Thing.SMS}:
        return words
    url = URL(words)
    return words if url.password is None else str(url.with_password(None))


def apply(home: Path, thing: Thing, words: str) -> None:
    """Write what is now in force where the next start reads it. Blocks."""
    if thing is Thing.AUTHORITIES:
        folder = home / "authorities"
        folder.mkdir(parents=True, exist_ok=True)
        durable.replace(folder / AUTHORITIES_FILE, words.encode())
    elif thing in _SETTINGS:
        _set(home / FILE, _SETTINGS[thing], words)


def _set(path: Path, name: str, words: str) -> None:
    """Set one line of the settings, and leave the others."""
    text = path.read_text("utf-8") if path.exists() else ""
    kept = [line for line in text.splitlines() if line.partition("=")[0].strip() != name]
    line = f"{name} = {canonical.dumps(words).decode()}"  # a JSON text is a TOML text
    written = "\n".join([*kept, line]) + "\n"
    tomllib.loads(written)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    durable.replace(path, written.encode())
