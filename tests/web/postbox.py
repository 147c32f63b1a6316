"""A town with a postman and real gateways: what the tests of messages stand on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from notary import followers, ledger, messages
from notary.followers import Contact
from notary.messages import Channel
from tests.bidding.town import DEADLINE as EARLY
from tests.bidding.town import (
    TENDER,
    Town,
    once,
)
from tests.web.gateways import Gateway, both
from web import notices
from web.letterhead import Lang
from web.lights import Finding
from web.postman import Postman
from web.words import Words

KEY = bytes(32)
WORDS = {lang: Words(lang) for lang in Lang}
DAY = timedelta(days=1)
DEADLINE = EARLY + 2 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A town, its postman, and the two servers that take what is sent."""

    town: Town
    postman: Postman
    mail: Gateway
    sms: Gateway
    lights: list[Finding]

    async def carry(self) -> None:
        """Let the log catch up, and tell all of it."""
        await self.town.settle()
        await self.postman.read_clock()
        await self.postman.read_lights()
        await self.postman.read_alarms()
        await self.postman.carry()

    async def happen(self, kind: str, **fields: object) -> None:
        """Append an entry, as an act of the tender does."""
        async with self.town.database.transaction() as tx:
            await ledger.append(
                tx,
                self.town.hall,
                kind,
                subject=TENDER,
                actor="drafter",
                at=self.town.clock.now,
                fields={"tender": TENDER, **fields},  # type: ignore[dict-item] # plain texts
            )

    async def added(self) -> None:
        """Add a document."""
        await self.happen("trading.document-added.v1", path="a.pdf", sha256="0" * 64, size=1)

    async def calls(self) -> list[str]:
        """Return whom somebody has to call."""
        async with self.town.database.transaction() as tx:
            found = await messages.to_call(tx, self.town.clock.now, 100)
        return [one.person for one in found]


@asynccontextmanager
async def a_post(town: Town) -> AsyncIterator[Post]:
    async with (
        both() as gateways,
        notices.opened({channel: one.url for channel, one in gateways.items()}) as send,
    ):
        lights: list[Finding] = []

        async def look() -> list[Finding]:
            return lights

        postman = Postman(
            look=look,
            database=town.database,
            hall=town.hall,
            send=send,
            words=WORDS,
            origin="https://hall.example",
            key=KEY,
        )
        yield Post(
            town=town,
            postman=postman,
            mail=gateways[Channel.MAIL],
            sms=gateways[Channel.SMS],
            lights=lights,
        )


async def reach(town: Town, name: str, *, lang: str = "zh-CN", **changed: str | None) -> None:
    """Say how somebody is reached."""
    usual: dict[str, str | None] = {"mail": f"{name}@example.cn", "mobile": None}
    contact = Contact(person=name, lang=lang, **{**usual, **changed})
    actor = town.people[name].actor
    await followers.keep_contact(town.database, town.hall, actor, once(name), contact)


async def follow(town: Town, name: str, **contact: str) -> None:
    await reach(town, name, **contact)
    actor = town.people[name].actor
    await followers.follow(town.database, town.hall, actor, once(name), TENDER)
