"""Sending: mail and SMS behind one function, `send(channel, address, text) -> id`.

`HALL_SMTP` is `smtp[s]://[name:password@]host[:port]?from=ADDRESS`, with `smtp+starttls` for a
server that asks for it. `HALL_SMS` is the address of an HTTP gateway, which gets
`{"id", "to", "text"}` as JSON and answers with `{"id"}`; name and password in it become Basic
authorisation. Either may be `file:PATH`: a line of JSON a message, which is what a demonstration
has. A hall without one of them has no such way, and says so in its readiness.
"""

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Protocol

import aiohttp
from yarl import URL

from notary import canonical
from notary.messages import Channel
from web.settings import BadSetting, Settings

PATIENCE_S = 15.0
"""How long a gateway may take before it has failed."""

_MOST_ANSWER_BYTES = 64 * 1024
_SCHEMES = {
    Channel.MAIL: {"smtp", "smtps", "smtp+starttls", "file"},
    Channel.SMS: {"http", "https", "file"},
}
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class NotTaken(Exception):  # noqa: N818 - what a gateway said, not an error of the program
    """A gateway did not take a message; the text says why, without the address."""


class Send(Protocol):
    """Sends a message; the first line of `text` is its subject. Raises NotTaken."""

    async def __call__(
        self, channel: Channel, address: str, text: str, *, number: str, leave: str | None = None
    ) -> str:
        """Send, and return the gateway's id.

        `number`: the same for every attempt. `leave`: where a mail program ends it by one press.
        """


_Way = Callable[[str, str, str, str | None], Awaitable[str]]


def parse(channel: Channel, given: str) -> URL:
    """Read the address of a gateway, or raise BadSetting."""
    name = "HALL_SMTP" if channel is Channel.MAIL else "HALL_SMS"
    try:
        url = URL(given)
    except ValueError as error:
        raise BadSetting(f"{name}: {error}") from error
    if url.scheme not in _SCHEMES[channel]:
        raise BadSetting(f"{name}: not one of {', '.join(sorted(_SCHEMES[channel]))}")
    if url.scheme.startswith("smtp") and not (url.host and url.query.get("from")):
        raise BadSetting(f"{name}: not smtp://host?from=ADDRESS")
    return url


def ways_of(settings: Settings, *, demo: bool) -> dict[Channel, URL]:
    """Return the gateways of a hall; a demonstration writes to files where it has none."""
    given = {Channel.MAIL: settings.smtp, Channel.SMS: settings.sms}
    if demo:
        file = f"file:{settings.home / 'outbox'}"
        given = {one: url or f"{file}/{one}.jsonl" for one, url in given.items()}
    return {one: parse(one, url) for one, url in given.items() if url is not None}


@asynccontextmanager
async def opened(ways: Mapping[Channel, URL]) -> AsyncIterator[Send]:
    """Give the function that sends, for as long as the context lasts."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        chosen = {channel: _way(channel, url, http) for channel, url in ways.items()}

        async def send(
            channel: Channel, address: str, text: str, *, number: str, leave: str | None = None
        ) -> str:
            if channel not in chosen:
                raise NotTaken("no such way is set up")
            return await chosen[channel](address, text, number, leave)

        yield send


def _way(channel: Channel, url: URL, http: aiohttp.ClientSession) -> _Way:
    if url.scheme == "file":
        return lambda address, text, number, _leave: asyncio.to_thread(
            _note, Path(url.path), channel, address, text, number
        )
    if channel is Channel.MAIL:
        return lambda address, text, number, leave: asyncio.to_thread(
            _mail, url, address, text, number, leave
        )
    return lambda address, text, number, _leave: _sms(http, url, address, text, number)


def _mail(url: URL, address: str, text: str, number: str, leave: str | None) -> str:
    """Hand a mail to the server of `url`; blocking."""
    subject, _, body = text.partition("\n")
    sender = url.query["from"]
    mail = EmailMessage()
    try:
        mail["Subject"], mail["From"], mail["To"] = " ".join(subject.split()), sender, address
    except ValueError as error:  # an address that hides the end of a line
        raise NotTaken(_why(error)) from error
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = f"<{number}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    if leave is not None:  # RFC 2369 and RFC 8058: one press in the mail program ends it
        mail["List-Unsubscribe"] = f"<{leave}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(body)
    context = ssl.create_default_context()
    host, port = str(url.host), url.port or _PORTS[url.scheme]
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=PATIENCE_S, context=context)
            if url.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=PATIENCE_S)
        ) as server:
            if url.scheme == "smtp+starttls":
                server.starttls(context=context)
            if url.user:
                server.login(url.user, url.password or "")
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise NotTaken(_why(error)) from error
    return str(mail["Message-ID"])


async def _sms(http: aiohttp.ClientSession, url: URL, address: str, text: str, number: str) -> str:
    """Hand an SMS to the gateway at `url`."""
    login = aiohttp.BasicAuth(url.user, url.password or "") if url.user else None
    given = {"id": number, "to": address, "text": text.replace("\n", " ")}
    try:
        async with http.post(url.with_user(None), json=given, auth=login) as answer:
            if not answer.ok:
                raise NotTaken(f"HTTP {answer.status}")
            said = await answer.content.read(_MOST_ANSWER_BYTES)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NotTaken(_why(error)) from error
    try:
        taken = canonical.loads(said, limit=_MOST_ANSWER_BYTES)
    except canonical.BadJson:
        taken = None
    return str(taken.get("id", number)) if isinstance(taken, dict) else number


def _note(path: Path, channel: Channel, address: str, text: str, number: str) -> str:
    """Append a message to a file, a line of JSON."""
    line = canonical.dumps({"channel": channel, "to": address, "text": text, "id": number})
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("ab") as file:
            file.write(line + b"\n")
    except OSError as error:
        raise NotTaken(_why(error)) from error
    return number


def _why(error: BaseException) -> str:
    """Say what went wrong by its kind and code: a server's own words may repeat the address."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"
