"""What supervisors do in the town."""

from bidding import supervising
from notary.once import Answer
from tests.bidding.town import TENDER, Town, once
from trading.rules.stays import StayReason


async def pause_as(town: Town, name: str, reason: StayReason = StayReason.ORDER) -> Answer:
    """Pause the tender."""
    actor = town.people[name].actor
    return await supervising.pause(town.database, town.hall, actor, once(name), TENDER, reason)


async def ask_halt_as(town: Town, name: str, reason: StayReason = StayReason.EVIDENCE) -> Answer:
    """Ask for a halt of the tender."""
    actor = town.people[name].actor
    return await supervising.ask_halt(town.database, town.hall, actor, once(name), TENDER, reason)


async def halt_as(town: Town, name: str) -> Answer:
    """Approve the halt that somebody else asked for."""
    actor = town.people[name].actor
    return await supervising.halt(town.database, town.hall, actor, once(name), TENDER)


async def resume_as(town: Town, name: str) -> Answer:
    """Let the tender go on."""
    actor = town.people[name].actor
    return await supervising.resume(town.database, town.hall, actor, once(name), TENDER)
