"""`hall post PATH FILE.json --key DIR`: any act from the terminal, signed as its format wants."""

import asyncio
from pathlib import Path
from typing import BinaryIO

import click

from notary import canonical
from notary.canonical import Json
from web import key_folder, terminal
from web.client import SigningPair
from web.terminal import Refusing

SIGNED = frozenset(
    {
        "bid-promise/v1",
        "bid-release/v1",
        "bid-seal/v1",
        "bid-trustee-key/v1",
        "bid-withdraw/v1",
        "hall-award/v1",
        "hall-duty/v1",
        "hall-enrolment/v1",
        "hall-notice/v1",
        "hall-presence/v1",
    }
)
"""Objects that go with the signature of whoever posts them (`sealing.md` 3)."""

PROVING_THEMSELVES = frozenset({"bid-owner-release/v1"})
"""Objects that nobody signs, sent in the same frame."""

_LIMIT = 4 * 1024 * 1024


@click.command("post")
@click.argument("path")
@click.argument("file", type=click.File("rb"))
@terminal.key_option
@terminal.url_option
def command(path: str, file: BinaryIO, folder: Path, url: str | None) -> None:
    """Post FILE.json to PATH below /api/v1; an object with a known `v` is signed."""
    try:
        content = canonical.loads(file.read(), limit=_LIMIT)
    except canonical.BadJson as error:
        raise Refusing(f"{file.name}: {error}") from error
    pair = terminal.pair_of(folder)
    answer = asyncio.run(post(path, content, pair, url))
    click.echo(canonical.dumps(answer).decode())


async def post(path: str, content: Json, pair: SigningPair, url: str | None) -> Json:
    """Send one act and return its answer."""
    async with terminal.connect(url, pair) as hall:
        return await hall.send("POST", "/" + path.lstrip("/"), framed(content, pair))


def framed(content: Json, pair: SigningPair) -> Json:
    """Return what is sent: an object in its frame, signed where its `v` wants it, or as it is."""
    if not isinstance(content, dict):
        return content
    match content.get("v"):
        case str(v) if v in SIGNED:
            return dict(key_folder.signed(content, pair))
        case str(v) if v in PROVING_THEMSELVES:
            return {"object": content}
        case _:
            return content
