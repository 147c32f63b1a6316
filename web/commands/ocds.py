"""`hall ocds`: everything that is published, as one OCDS 1.1.5 record package."""

import asyncio
from pathlib import Path

import click

from notary.home import WrongHome
from sql.postgres import PostgresUnavailable
from trading import service as trading
from trading.types import Order, Search
from web import ocds, publishing, terminal
from web.house import HomeTaken, enter_house
from web.ocds import Members
from web.publishing import PrefixMissing
from web.settings import Settings
from web.terminal import Refusing

_AT_ONCE = 200


@click.command()
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the package there; otherwise to standard output.",
)
def command(out: Path | None) -> None:
    """Write all public records of the hall of HALL_HOME as one OCDS record package."""
    try:
        package = asyncio.run(made(terminal.read_settings()))
    except PrefixMissing as error:
        raise Refusing(
            "no registered prefix: set HALL_OCDS_PREFIX to the one that was registered"
        ) from error
    except (HomeTaken, PostgresUnavailable, WrongHome) as error:
        raise Refusing(str(error)) from error
    if out is None:
        click.echo(package)
    else:
        out.write_bytes(package)


async def made(settings: Settings) -> bytes:
    """Return the record package of the hall of `settings`, whether it runs or not."""
    with terminal.errors.status("ocds"):
        async with enter_house(settings) as house:
            who = publishing.publisher(settings, house.hall)
            every: list[list[Members]] = []
            while True:
                page = Search(order=Order.NEWEST, skip=len(every), take=_AT_ONCE)
                found = await trading.search(house.database, house.hall, page)
                every += [
                    await publishing.releases(house.database, who, one.facts.tender_id)
                    for one in found.tenders
                ]
                if len(found.tenders) < _AT_ONCE:
                    break
            return ocds.record_package(who, f"{who.origin}/announcements.json", found.at, every)
