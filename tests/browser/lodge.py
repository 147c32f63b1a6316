"""A second channel, as another body runs it, with a clock that stands still and a way to lie."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from aiohttp.test_utils import TestServer
from typing_extensions import override
from yarl import URL

from notary import authority
from notary.entropy import system_entropy
from notary.instant import parse_seconds
from tests.authorities import an_authority
from web.client import SigningPair
from web.lodge import RESERVE, Kept, Lodge, build

NAME, AT = "市公证处", "2026-11-22T01:29:58Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Lodge):
    """The channel. `lies`: once it is set, it signs for something else."""

    origin: str
    lies: Event = field(default_factory=Event)

    @property
    def taken(self) -> list[bytes]:
        """What it has, in no order."""
        return [json.loads(one.read_bytes())["object"].encode() for one in self.folder.iterdir()]

    @override
    def take(self, content: bytes) -> Kept:
        return Lodge.take(self, b'{"object":{}}' if self.lies.is_set() else content)


@asynccontextmanager
async def a_channel(folder: Path, origin: str, hall: str) -> AsyncIterator[Channel]:
    """Open a channel at `origin` for as long as the context lasts; pages of `hall` may ask."""
    key = authority.new_key(system_entropy)
    channel = Channel(
        name=NAME,
        pair=SigningPair(
            key=key, certificate=an_authority().issue(key.public_key(), organisation=NAME)
        ),
        folder=folder,
        hall=hall,
        clock=lambda: parse_seconds(AT),
        free=lambda: RESERVE,
        origin=origin,
    )
    address = URL(origin)
    async with TestServer(build(channel), host=str(address.host), port=address.port):
        yield channel
