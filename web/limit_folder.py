"""The folder of an agency's duty client: its duty certificate, and the secret limits it keeps.

Besides the files of a key folder and of a duty client (`web.duty_folder`):

    limits/<commit>.json   one secret limit with its salt; lost, it is no limit any more

Source: `sealing.md` 3, limits; 6a.4.
"""

from pathlib import Path

from bidding.clients.limit_duty import Kept, LimitName, draw_up
from bidding.sealed.objects import Body
from notary import authority, durable
from notary.clock import MachineClock, machine_clock
from notary.entropy import Entropy, system_entropy
from notary.shape import Fen, dump, load
from trading.types import Limit
from web import duty_folder
from web.client import KEY_FILE
from web.terminal import Refusing


def new(
    folder: Path,
    body: Body,
    *,
    log: bytes,
    authorities: Path,
    entropy: Entropy = system_entropy,
    clock: MachineClock = machine_clock,
) -> None:
    """Make the folder of an agency's duty client."""
    key = duty_folder.make_statement(
        folder,
        body,
        f"{body.id} limits",
        "limits",
        log=log,
        authorities=authorities,
        entropy=entropy,
        clock=clock,
    )
    _kept(folder).mkdir(mode=0o700)
    authority.save_key(folder / KEY_FILE, key)  # last: a folder with a key is whole


def commit(folder: Path, name: LimitName, fen: Fen, entropy: Entropy = system_entropy) -> Limit:
    """Keep a new secret limit, on disk before anybody hears of it; return what the notice says."""
    if not _kept(folder).is_dir():
        raise Refusing(f"{folder} keeps no limits: hall limits new")
    kept = draw_up(name, fen, entropy)
    durable.replace(_kept(folder) / f"{kept.limit.commit}.json", dump(kept))
    return kept.limit


def kept(folder: Path) -> list[Kept]:
    """Return every secret limit of a folder."""
    return [load(Kept, path.read_bytes()) for path in sorted(_kept(folder).glob("*.json"))]


def _kept(folder: Path) -> Path:
    return folder / "limits"
