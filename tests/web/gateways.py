"""Real servers for messages, on this machine: an SMTP server and an HTTP gateway of SMS."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from notary.messages import Channel


@dataclass
class Gateway:
    """What a server has taken, and whether it takes anything."""

    url: URL
    taken: list[dict[str, str]] = field(default_factory=list)
    takes: bool = True


@asynccontextmanager
async def smtp() -> AsyncIterator[Gateway]:
    """Run a mail server: RFC 5321 as far as one client needs it."""
    gateway = Gateway(URL("smtp://unset"))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            if word == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                raw = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
                mail = email.message_from_bytes(raw, policy=email.policy.default)
                assert isinstance(mail, EmailMessage)
                if gateway.takes:
                    gateway.taken.append(
                        {
                            "to": to,
                            "subject": str(mail["Subject"]),
                            "id": str(mail["Message-ID"]),
                            "text": mail.get_content(),
                        }
                        | {
                            name: str(mail[name])
                            for name in ("List-Unsubscribe", "List-Unsubscribe-Post")
                            if name in mail
                        }
                    )
            takes = gateway.takes or word not in {b"RCPT", b"DATA"}
            writer.write(b"250 ok\r\n" if takes else b"550 no\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    gateway.url = URL(f"smtp://127.0.0.1:{port}?from=hall@example.cn")
    try:
        yield gateway
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def sms() -> AsyncIterator[Gateway]:
    """Run an HTTP gateway that takes `{"id", "to", "text"}`."""
    gateway = Gateway(URL("http://unset"))

    async def take(request: web.Request) -> web.Response:
        if not gateway.takes:
            return web.Response(status=503)
        gateway.taken.append(await request.json())
        return web.json_response({"id": f"g-{len(gateway.taken)}"})

    application = web.Application()
    application.router.add_post("/send", take)
    async with TestServer(application) as server:
        gateway.url = server.make_url("/send")
        yield gateway


@asynccontextmanager
async def both() -> AsyncIterator[dict[Channel, Gateway]]:
    """Run both."""
    async with smtp() as mail, sms() as short:
        yield {Channel.MAIL: mail, Channel.SMS: short}
