"""`hall export DIR`: the public record as files, which anybody verifies offline."""

import asyncio
import os
from pathlib import Path

import click

from bidding import export
from bidding.export import NotOpened, Written
from notary.export import NothingPublished
from notary.home import WrongHome
from sql.postgres import PostgresUnavailable
from web import terminal
from web.house import HomeTaken, enter_house
from web.settings import Settings
from web.terminal import Refusing


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--tender", metavar="ID", help="The record of one tender, with proofs for tiles.")
@click.option("--with-files", is_flag=True, help="All parts of opened bids, not the first alone.")
def command(folder: Path, tender: str | None, *, with_files: bool) -> None:
    """Write the public record of the hall of HALL_HOME into the new folder DIR."""
    target = folder.absolute()
    if target.exists() and any(target.iterdir()):
        raise Refusing(f"{folder} is not empty: an export takes a folder of its own")
    try:
        written = asyncio.run(
            write(terminal.read_settings(), target, tender, with_files=with_files)
        )
    except NothingPublished as error:
        raise Refusing("the log has no checkpoint yet: there is nothing to verify") from error
    except NotOpened as error:
        raise Refusing(f"{tender} has no opened box: it has no record of its own yet") from error
    except (HomeTaken, PostgresUnavailable, WrongHome) as error:
        raise Refusing(str(error)) from error
    click.echo(
        f"{folder}: {written.entries} entries, {written.boxes} opened boxes, {written.files} files"
    )
    click.echo(f"hall verify {os.fspath(folder)}")


async def write(
    settings: Settings, target: Path, tender: str | None, *, with_files: bool
) -> Written:
    """Write the record of the hall of `settings`, whether it runs or not."""
    with terminal.errors.status("export"):
        async with enter_house(settings) as house:
            return await export.write(
                house.database,
                house.hall,
                house.vault,
                target,
                tender=tender,
                with_files=with_files,
            )
