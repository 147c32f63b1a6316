"""`hall trustee`: the duty client of a body that holds keys.

`new` makes its folder, `arm` allows days, `run` does the duty, `drill` opens a test envelope of its
own making and answers the hall, `lost` asks for another key, `release` gives the shares of one box
by hand, `identity` prints the key of one box for plain age, `status` says how things stand.
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

import click

from bidding.clients import rehearsing, trustee
from bidding.clients.logbook import Logbook
from bidding.clients.rehearsing import Drilled, Drills
from bidding.sealed import seal
from bidding.sealed.objects import Body
from bidding.sealed.objects import Duty as Statement
from bidding.types import Box
from notary import age, authority, note, policy
from notary.canonical import Json
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.shape import load, read
from web import bidder, duty_folder, key_folder, logs, passphrase, terminal
from web.client import SigningPair
from web.commands import release as by_hand
from web.duty_folder import Trustee
from web.terminal import Refusing


@click.group("trustee")
def command() -> None:
    """Hold keys of sealed bids, and release shares after the deadline."""


@command.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--body", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Key folder of the body's own certificate: it signs the statement.")  # fmt: skip
@click.option("--org", help="Id of the body; default: as its certificate says.")
@click.option("--name", help="Name of the body; default: as its certificate says.")
@click.option("--member", default="chief", help="Which of the body's keys this is.")
@click.option("--log", "log_key", metavar="VKEY|FILE", help="Key of the hall's log, or a policy.")
@terminal.authorities_option
@click.option("--armed", is_flag=True, help="Keep the root unlocked: armed days need nobody.")
@terminal.url_option
def new(
    folder: Path,
    body: Path | None,
    org: str | None,
    name: str | None,
    member: str,
    log_key: str | None,
    authorities: Path | None,
    url: str | None,
    *,
    armed: bool,
) -> None:
    """Make root, duty certificate and statement in DIR; with --body sign and state it."""
    pair = None if body is None else terminal.pair_of(body)
    made = Trustee(
        body=_body(pair, org, name), member=member, duty="armed" if armed else "attended"
    )
    root = duty_folder.new(
        folder,
        made,
        log=_log_policy(log_key, body),
        authorities=terminal.authorities_of(authorities),
        passphrase=None if armed else passphrase.new_passphrase(),
    )
    passphrase.show_root(root)
    if pair is None:
        click.echo(f"{folder / 'duty.json'}: to be signed by the body's certificate")
    else:
        asyncio.run(_state(folder, pair, url))
        click.echo(f"{folder}: stated")


@command.command("status")
@terminal.key_option
def status(folder: Path) -> None:
    """Say how things stand on this machine."""
    made = duty_folder.read_trustee(folder)
    statement = load(Statement, (folder / "duty.json").read_bytes())
    logbook = Logbook(folder / "state")
    seen, days = logbook.seen(), sorted(duty_folder.armed_days(folder))
    click.echo(f"{made.body.name} ({made.body.id}), {made.member}, {made.duty}")
    click.echo(f"duty until {statement.to:%Y-%m-%d}, hall {statement.origin}")
    click.echo("root locked" if duty_folder.is_locked(folder) else "root unlocked")
    click.echo(f"armed: {', '.join(map(str, days)) or 'no day'}")
    click.echo(f"last checkpoint: {'none' if seen is None else seen.size}")
    click.echo(f"boxes released: {logbook.boxes()}")
    click.echo(f"last drill: {duty_folder.last_drill(folder) or 'none'}")


@command.command("arm")
@click.argument("days", nargs=-1, required=True, type=click.DateTime(["%Y-%m-%d"]))
@terminal.key_option
def arm(days: tuple[datetime, ...], folder: Path) -> None:
    """Allow the client to release alone on these days (Beijing)."""
    if duty_folder.read_trustee(folder).duty != "armed":
        raise Refusing(f"{folder} is attended: its notices say so")
    if duty_folder.is_locked(folder):
        duty_folder.save_root(folder, passphrase.root_of(folder), None)
    duty_folder.arm(folder, [day.date() for day in days])


@command.command("run")
@terminal.key_option
@terminal.url_option
def run(folder: Path, url: str | None) -> None:
    """Answer key requests and release what falls due, until stopped."""
    root = passphrase.root_of(folder)
    logs.configure()
    asyncio.run(keep(folder, root, url))


@command.command("drill")
@terminal.key_option
@click.option("--url", help="Address of the hall that is told of it; default: nobody is.")
def drill(folder: Path, url: str | None) -> None:
    """Open a test envelope of this machine's own making, from the root to the share.

    With --url also answer what the hall asks in an age file that only this machine can read.
    """
    root = passphrase.root_of(folder)
    done = drilled(folder, root)
    duty_folder.note_drill(folder, machine_clock(), done.outcome)
    click.echo(done.outcome)
    if url is not None and not asyncio.run(_answer(folder, root, url)):
        raise Refusing("this machine cannot read what the hall asks its newest key")
    if done.outcome != "ok":
        raise Refusing("the drill failed: this machine could not release")


@command.command("lost")
@click.argument("key_sha256", metavar="KEY")
@terminal.key_option
@terminal.url_option
def lost(key_sha256: str, folder: Path, url: str | None) -> None:
    """Say that a key of the body is lost: the hall asks for another before the deadline.

    KEY: its hash, as the tender's policy has it.
    """
    asyncio.run(_lose(folder, key_sha256, url))
    click.echo("lost: hall trustee run gives the next one")


@command.command("identity")
@terminal.key_option
@click.option("--box", required=True, metavar="TENDER[/LOT[/STAGE]]")
@click.option(
    "--group", required=True, help="Which share it opens, as the tender's policy names it."
)
@click.option("--gen", default=1, show_default=True, help="Which key of the box, after a loss.")
def identity(folder: Path, box: str, group: str, gen: int) -> None:
    """Print the secret of one box as age takes it: `age -d -i FILE`, without this program."""
    made = duty_folder.read_trustee(folder)
    name = bidder.parse_box(box).of(key_folder.read_log(folder).logs[0].name)
    root = passphrase.root_of(folder)
    click.echo(age.identity_of(seal.box_key(root, name, group, made.member, gen)))


@command.command("release")
@terminal.key_option
@click.option("--box", required=True, metavar="TENDER[/LOT[/STAGE]]")
@terminal.url_option
@click.pass_context
def release(ctx: click.Context, folder: Path, box: str, url: str | None) -> None:
    """Give the shares of one box by hand."""
    duty_folder.read_trustee(folder)
    ctx.invoke(by_hand.command, folder=folder, box=box, authorities=None, url=url)


async def keep(folder: Path, root: bytes, url: str | None) -> None:
    """Run the duty client of a folder until cancelled."""
    made = duty_folder.read_trustee(folder)
    permit = (
        duty_folder.armed_permit(folder, machine_clock)
        if made.duty == "armed"
        else duty_folder.attended_permit(_press, machine_clock)
    )
    async with terminal.connect(url, terminal.pair_of(folder)) as hall:
        await trustee.run(duty_folder.duty_of(folder, root, hall, permit))


def drilled(folder: Path, root: bytes) -> Drilled:
    """Return what came of a drill."""
    origin = key_folder.read_log(folder).logs[0].name
    box = Box(origin=origin, tender="drill", lot="1", stage="single")
    return rehearsing.drill(
        duty_folder.identity_of(folder, root), box, system_entropy, machine_clock()
    )


async def _press(box: Box) -> None:
    """Wait for the one press of the day; a client without a terminal waits for `hall release`."""
    if not sys.stdin.isatty():
        await asyncio.Event().wait()
    question = f"{box.tender}/{box.lot}/{box.stage} is due, and what else falls due today: release?"
    while not await asyncio.to_thread(click.confirm, question, err=True):
        continue


async def _answer(folder: Path, root: bytes, url: str) -> bool:
    """Answer what the hall asks; tell whether it could be read.

    A machine that has given no key yet is asked nothing.
    """
    identity = duty_folder.identity_of(folder, root)
    origin = key_folder.read_log(folder).logs[0].name
    async with terminal.connect(url, terminal.pair_of(folder)) as hall:
        path = f"/trustee/drills?member={identity.member}"
        asked = read(Drills, await hall.send("GET", path)).drills
        found = [rehearsing.answer_drill(identity, origin, one) for one in asked]
        for one, answer in zip(asked, found, strict=True):
            said: dict[str, Json] = {
                "key_sha256": one.key_sha256,
                "at": one.at,
                "answer": answer,
                "outcome": "unread" if answer is None else "ok",
            }
            await hall.send("POST", "/trustee/drills", said)
    return None not in found


async def _lose(folder: Path, key_sha256: str, url: str | None) -> None:
    async with terminal.connect(url, terminal.pair_of(folder)) as hall:
        await hall.send("POST", f"/trustee/keys/{key_sha256}/loss")


async def _state(folder: Path, pair: SigningPair, url: str | None) -> Json:
    async with terminal.connect(url) as hall:
        return await duty_folder.state_duty(hall, folder, pair)


def _body(pair: SigningPair | None, org: str | None, name: str | None) -> Body:
    if pair is not None:
        org = org or key_folder.body_of(pair.certificate)
        name = name or authority.organization_name(pair.certificate)
    if org is None:
        raise click.UsageError("--org or --body: for which body?")
    return Body(id=org, name=name or org)


def _log_policy(given: str | None, body: Path | None) -> bytes:
    """Return the log's policy: of its key, of a file, or as the body's own folder knows it."""
    if given is None and body is not None and (body / key_folder.LOG_FILE).exists():
        return (body / key_folder.LOG_FILE).read_bytes()
    if given is None:
        raise click.UsageError("--log: a trustee goes by a key of the log that it knows")
    try:
        text = Path(given).read_bytes() if Path(given).exists() else None
        return policy.of_log(note.parse_key(given)) if text is None else _checked(text)
    except ValueError as error:
        raise click.UsageError(f"--log: {error}") from error


def _checked(text: bytes) -> bytes:
    policy.parse(text)
    return text
