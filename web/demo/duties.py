"""The trustees of a demonstration: three duty clients, children of the hall, over its public door.

Officer and supervisor are armed for every day, the operator is attended: nobody sits there, so two
of the three open every box, as in a real hall on a day when one body is late.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

from bidding.sealed.objects import Body
from notary import policy
from notary.entropy import system_entropy
from web import beijing, children, client, duty_folder
from web.client import KEY_FILE, Refused
from web.demo.cast import TRUSTEES, Player, folder_of
from web.duty_folder import Trustee
from web.house import House

ATTENDED = "operator"
MEMBER = "chief"

_DAYS = 366  # the life of a duty certificate, both ends (`sealing.md` 6a)


def duty_folder_of(hall_home: Path, name: str) -> Path:
    """Return the folder of a trustee's duty client."""
    return folder_of(hall_home, name) / "duty"


async def settle(house: House) -> None:
    """Make root, duty certificate and statement of each trustee: at the first start."""
    async with house.database.transaction() as tx:
        today = beijing.today(await house.hall.clock(tx))
    for player in TRUSTEES:
        folder = duty_folder_of(house.settings.home, player.name)
        if (folder / KEY_FILE).exists():
            continue
        duty: Literal["attended", "armed"] = "attended" if player.name == ATTENDED else "armed"
        duty_folder.new(
            folder,
            Trustee(body=_body(player), member=MEMBER, duty=duty),
            log=policy.of_log(house.signer.key.verifier),
            authorities=house.settings.authorities or house.settings.home / "authorities",
            passphrase=None,
        )
        if duty == "armed":
            duty_folder.arm(folder, [today + timedelta(days=n) for n in range(_DAYS)])


@asynccontextmanager
async def keeping_duties(house: House) -> AsyncIterator[None]:
    """State the duties to the serving hall and run the three clients while the context lasts."""
    home, origin = house.settings.home, house.settings.origin
    await _state(home, origin)
    async with AsyncExitStack() as stack:
        for player in TRUSTEES:
            folder = duty_folder_of(home, player.name)
            words = ("trustee", "run", "--key", str(folder), "--url", origin)
            environ = {"HALL_HOME": str(home)}
            await stack.enter_async_context(
                children.keeping(*words, environ=environ, says=folder / "log")
            )
        yield


async def _state(home: Path, origin: str) -> None:
    async with client.connect(origin, system_entropy) as hall:
        for player in TRUSTEES:
            pair = client.read_pair(folder_of(home, player.name))
            try:
                await duty_folder.state_duty(hall, duty_folder_of(home, player.name), pair)
            except Refused as refused:
                if refused.code != "duty.stated":  # at every start after the first
                    raise


def _body(player: Player) -> Body:
    return Body(id=player.org, name=player.org_name)
