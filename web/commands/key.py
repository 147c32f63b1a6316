"""`hall key new DIR`, `enrol DIR CERT`, `link DIR`: a key of one's own, known to the hall."""

import asyncio
from pathlib import Path

import click

from notary import age, canonical, durable
from notary.canonical import Json
from notary.clock import machine_clock
from notary.entropy import system_entropy
from web import client, duty_folder, key_folder, passphrase, terminal
from web.key_folder import REQUEST_FILE

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group("key")
def command() -> None:
    """Make keys and make them known to the hall."""


@command.command("new")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--org", help="Id of the body (organizationIdentifier).")
@click.option("--name", default="", help="Name of the person; default: the body's.")
@click.option("--organisation", default="", help="Name of the body; default: its id.")
@click.option("--demo", is_flag=True, help="Have it certified by the demo hall of HALL_HOME.")
@click.option("--trustee", is_flag=True, help="Make a trustee's root of a year instead.")
def new(
    folder: Path, org: str | None, name: str, organisation: str, *, demo: bool, trustee: bool
) -> None:
    """Make a key in DIR and the request for its certificate."""
    if trustee:
        _new_root(folder)
        return
    if org is None:
        raise click.UsageError("--org: whose key is it?")
    body = organisation or org
    key_folder.new(
        folder,
        common_name=name or body,
        organisation=body,
        organization=org,
        entropy=system_entropy,
    )
    if demo:
        home = terminal.read_settings().home
        key_folder.certify_in_demo(folder, home, system_entropy, machine_clock())
        click.echo(f"{folder}: key and certificate of the demo hall")
    else:
        click.echo(f"{folder / REQUEST_FILE}: have it certified, then hall key enrol")


@command.command("enrol")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.argument("certificate", metavar="CERT", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the signed enrolment there, for /enrol, instead of sending it.",
)
@terminal.url_option
def enrol(folder: Path, certificate: Path, out: Path | None, url: str | None) -> None:
    """Put the certificate CERT into DIR and enrol its body by its own signature."""
    key_folder.save_certificate(folder, key_folder.read_certificate(certificate))
    if out is not None:
        durable.replace(out, canonical.dumps(asyncio.run(_write(folder, url))), mode=0o644)
        click.echo(f"{out}: to be handed in at /enrol")
        return
    click.echo(canonical.dumps(asyncio.run(_enrol(folder, url))).decode())


@command.command("link")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@terminal.url_option
def link(folder: Path, url: str | None) -> None:
    """Print a link, good once, by which the person of DIR sets a password to log in with."""
    click.echo(asyncio.run(_link(folder, url)))


async def _link(folder: Path, url: str | None) -> str:
    async with terminal.connect(url, terminal.pair_of(folder)) as hall:
        made = await hall.send("POST", "/links")
        invitation = made["invitation"] if isinstance(made, dict) else ""
        answer = await hall.send("GET", f"/links/{invitation}")
    return str(answer["link"]) if isinstance(answer, dict) else ""


async def _enrol(folder: Path, url: str | None) -> Json:
    async with terminal.connect(url) as hall:
        return await key_folder.enrol(hall, folder, client.read_pair(folder))


async def _write(folder: Path, url: str | None) -> Json:
    async with terminal.connect(url) as hall:
        log = await key_folder.pin_log(hall, folder)
    return dict(key_folder.enrolment(log, client.read_pair(folder)))


def _new_root(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / "root.age").exists():
        raise terminal.Refusing(f"{folder} has a root already")
    root = system_entropy(duty_folder.ROOT_BYTES)
    duty_folder.save_root(folder, root, passphrase.new_passphrase())
    passphrase.show_root(age.identity_of(root))
