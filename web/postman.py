"""The task that tells people: reads what has happened, writes what is to be told, and sends it.

Reading and writing are one transaction with the cursor, so nothing is lost and nothing told twice,
also with several tasks at once. Sending comes after: a gateway never holds up a transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from bidding import vigil
from notary import followers, ledger, messages
from notary.hall import Hall
from notary.messages import Due
from sql.database import Database, Tx
from web import alarms, lookout, subscribing, telling
from web.letterhead import Lang
from web.lights import Finding
from web.notices import NotTaken, Send
from web.telling import Occasion
from web.words import Words

_ENTRIES_AT_ONCE = 200
_SENT_AT_ONCE = 32
_TICK_S = 1.0
_CLOCK_EVERY = timedelta(seconds=20)
"""The moments that the clock brings are minutes apart, and looking at every box takes time."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Postman:
    """What telling takes.

    `look`: the lights of readiness; `origin`: of the pages that a message leads to; `key`: of its
    links.
    """

    database: Database
    hall: Hall
    send: Send
    look: Callable[[], Awaitable[Sequence[Finding]]]
    words: Mapping[Lang, Words]
    origin: str
    key: bytes = field(repr=False)

    async def run(self) -> None:
        """Read, write and send, each second, until it is cancelled."""
        clock_read = datetime.min.replace(tzinfo=UTC)
        while True:
            try:
                async with self.database.transaction() as tx:
                    at = await self.hall.clock(tx)
                if at - clock_read >= _CLOCK_EVERY:
                    clock_read = at
                    await self.read_clock()
                    await self.read_lights()
                    await self.read_alarms()
                await self.carry()
            except Exception:  # a database that is away now is asked again in a second
                log.exception("postman.failed")
            await asyncio.sleep(_TICK_S)

    async def carry(self) -> int:
        """Tell what the ledger brings and send what is due; return how many were tried."""
        while await self.read_ledger():
            pass
        sent = 0
        while taken := await self.send_due():
            sent += taken
        return sent

    async def read_ledger(self) -> bool:
        """Write what the next entries tell; tell whether there may be more."""
        async with self.database.transaction() as tx:
            cursor = await messages.take_cursor(tx)
            at = await self.hall.clock(tx)
            entries = await ledger.entries(tx, after=cursor, limit=_ENTRIES_AT_ONCE)
            for entry in entries:
                occasion = await telling.of_entry(tx, entry)
                if occasion is not None:
                    await self.write(tx, occasion, at)
                await subscribing.find(tx, entry, self.words, self.key, at)
            if entries:
                await messages.move_cursor(tx, entries[-1].idx)
        return len(entries) == _ENTRIES_AT_ONCE

    async def read_clock(self) -> None:
        """Write what the clock tells of the boxes that open soon or wait for shares."""
        async with self.database.transaction() as tx:
            at = await self.hall.clock(tx)
            for watch in await vigil.vigils(tx, at):
                for occasion in await telling.of_vigil(tx, watch, at):
                    await self.write(tx, occasion, at)
            await subscribing.tell_daily(tx, self.words, self.key, at)

    async def read_lights(self) -> None:
        """Write how ready the hall is, each morning and before each opening."""
        async with self.database.transaction() as tx:
            at = await self.hall.clock(tx)
            causes = telling.looks(await vigil.vigils(tx, at), at)
            told = await messages.begun(tx, causes)
        asked = [one for one in causes if one not in told]
        if not asked:
            return
        red = [one for one in await self.look() if not one.good]
        async with self.database.transaction() as tx:
            for cause in asked:
                await self.write(tx, await telling.of_lights(tx, cause, len(red), at), at)

    async def read_alarms(self) -> None:
        """Write which alarms are red that supervision has not closed: each once."""
        red = {telling.cause_of(one): one for one in await lookout.red(self.database, self.hall)}
        async with self.database.transaction() as tx:
            at = await self.hall.clock(tx)
            told = await messages.begun(tx, red)
            for cause, alarm in red.items():
                if cause not in told and not telling.is_told(alarms.EVIDENCE[alarm.rule]):
                    await self.write(tx, await telling.of_alarm(tx, alarm, at), at)

    async def write(self, tx: Tx, occasion: Occasion, at: datetime) -> None:
        """Write an occasion to its people, unless it was told before."""
        if not occasion.people:
            return
        if not await messages.begin(tx, occasion.cause, occasion.matter, occasion.tender, at):
            return
        found = [await followers.contact_of(tx, person) for person in occasion.people]
        contacts = {one.person: one for one in found if one is not None}
        await messages.write(
            tx, occasion.cause, telling.letters(occasion, contacts, self.words, at), at
        )

    async def send_due(self) -> int:
        """Send what is due now, side by side; return how many were tried."""
        async with self.database.transaction() as tx:
            due = await messages.take_due(tx, await self.hall.clock(tx), _SENT_AT_ONCE)
        await asyncio.gather(*[self._send(one) for one in due])
        return len(due)

    async def _send(self, due: Due) -> None:
        link = f"{self.origin}/m/{due.message}/{messages.token(self.key, due.message)}"
        number = f"m{due.message}-{due.channel}"
        leave = None if due.leave is None else f"{self.origin}{due.leave}"
        text = "\n".join([due.said, link, *([leave] if leave else []), ""])
        try:
            taken = await self.send(due.channel, due.address, text, number=number, leave=leave)
        except NotTaken as error:
            # Never an address: the log is no list of who follows what.
            log.warning("message.not_taken", message=due.message, channel=due.channel)
            async with self.database.transaction() as tx:
                await messages.note_failed(tx, due, str(error), await self.hall.clock(tx))
        else:
            async with self.database.transaction() as tx:
                await messages.note_sent(tx, due, taken, await self.hall.clock(tx))
