"""The heartbeat of the town: it beats while the clock is moved, or stands until an instant."""

from datetime import datetime, timedelta

from notary import heartbeat
from notary.pulse import Heart
from tests.bidding.town import Town

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


async def beat(town: Town) -> None:
    """Let every heart beat once."""
    async with town.database.transaction() as tx:
        for heart in Heart:
            await heartbeat.beat(tx, heart, town.clock.now)


async def live_until(town: Town, at: datetime) -> None:
    """Move the clock to an instant with a hall that beats all the way."""
    while town.clock.now < at:
        await beat(town)
        town.clock.move_to(min(at, town.clock.now + heartbeat.GRAIN))
    await beat(town)


async def stand_until(town: Town, at: datetime) -> None:
    """Move the clock to an instant with a hall whose hearts stand; then they beat again."""
    town.clock.move_to(at)
    await beat(town)
