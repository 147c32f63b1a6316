"""Readiness 晨检 of the hall of a home, as `hall doctor` asks for it: it need not be running.

What is looked at is `web.lights`; the serving hall shows the same on a page and tells it by mail.
"""

from dataclasses import replace

from notary.clock import MachineClock
from web import lights
from web.house import enter_house
from web.lights import Finding
from web.settings import Settings


async def readiness(settings: Settings, clock: MachineClock) -> list[Finding]:
    """Look at everything; what keeps the hall from opening is a finding too."""
    try:
        async with enter_house(settings) as house:
            return await lights.look(replace(house.ground, clock=clock))
    except Exception as error:  # noqa: BLE001 - whatever keeps a hall shut is what is asked here
        return lights.shut(error)
