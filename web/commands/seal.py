"""`hall seal`: files and answers become one sealed bid, on the bidder's own machine."""

import asyncio
from pathlib import Path
from typing import BinaryIO

import click

from bidding.clients import sealing
from bidding.clients.offer import Offer, Withheld
from bidding.clients.sealing import SealedBid
from bidding.types import Finding
from notary import canonical
from notary.age import BadAge
from web import bidder, key_folder, terminal
from web.bidder import BoxName
from web.terminal import Refusing


@click.command("seal")
@terminal.key_option
@click.option("--box", required=True, metavar="TENDER[/LOT[/STAGE]]")
@click.option("--form", "form_file", type=click.File("rb"), required=True, metavar="FORM.json")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@terminal.authorities_option
@click.option("--receipt", metavar="age1…", help="Also write S as receipt.age to this recipient.")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@terminal.url_option
def command(
    folder: Path,
    box: str,
    form_file: BinaryIO,
    out: Path,
    authorities: Path | None,
    receipt: str | None,
    files: tuple[Path, ...],
    url: str | None,
) -> None:
    """Seal FILES and the answers of FORM.json for a box; nothing leaves this machine."""
    form = read_form(form_file.read())
    if out.exists():
        raise Refusing(f"{out} is there: a sealed bid is never overwritten")
    try:
        bid = asyncio.run(seal(folder, bidder.parse_box(box), form, out, authorities, files, url))
        if receipt is not None:
            sealing.write_receipt(out.with_name("receipt.age"), bid, receipt)
    except (Withheld, Finding, BadAge) as error:
        raise Refusing(str(error)) from error
    click.echo(bid.envelope_id)


async def seal(
    folder: Path,
    name: BoxName,
    form: dict[str, str],
    out: Path,
    authorities: Path | None,
    files: tuple[Path, ...],
    url: str | None,
) -> SealedBid:
    """Verify what the box is sealed to, show whose keys it is, and seal."""
    pair = terminal.pair_of(folder)
    trusted = key_folder.read_authorities(terminal.authorities_of(authorities))
    async with terminal.connect(url, pair) as hall:
        log = await key_folder.pin_log(hall, folder)
        offer = await bidder.fetch_offer(hall, name, trusted, log)
        show(offer)
        with terminal.errors.status("sealing …"):
            return await bidder.seal(hall, folder, pair, offer, form, files, out)


def show(offer: Offer) -> None:
    """Print who can open the bid, before it is sealed."""
    policy = offer.policy
    terminal.say(f"{offer.newest.notice.title.zh} · {offer.newest.notice.title.en}")
    terminal.say(f"deadline {offer.terms.deadline:%Y-%m-%d %H:%M:%S} UTC")
    terminal.say(f"{policy.k} of {len(policy.groups)} open it:")
    for key in bidder.trustees_of(offer):
        terminal.say(f"  {key.group}: {key.holder.name} ({key.holder.id}), {key.duty}")


def read_form(text: bytes) -> dict[str, str]:
    """Read the answers: names and texts, amounts in fen."""
    try:
        form = canonical.loads(text)
    except canonical.BadJson as error:
        raise Refusing(f"FORM.json: {error}") from error
    if not isinstance(form, dict) or not all(isinstance(one, str) for one in form.values()):
        raise Refusing('FORM.json: {"name": "text", …}, amounts as texts of whole fen')
    return {name: str(answer) for name, answer in form.items()}
