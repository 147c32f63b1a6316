"""Who plays in a demonstration: made and enrolled at its first start, kept in `HALL_HOME/demo`.

Each player has a folder by the log-in name: a key folder (`web.key_folder`), and for the pages
`password` and `factor` (base32, as an authenticator takes it). A demo hall is a toy: that all its
keys lie on one machine is printed wherever it matters.
"""

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from notary import authority, credentials, durable, home, identity, policy, register
from notary.entropy import system_entropy
from notary.identity import Line, Role
from notary.register import Newcomer
from web.client import CERTIFICATE_FILE, KEY_FILE
from web.commands.code import FACTOR_FILE
from web.house import House
from web.key_folder import LOG_FILE

FOLDER = "demo"
PASSWORD_FILE = "password"  # noqa: S105 - the name of a file

AGENCY = "ORG-AGENCY"
PURCHASER = "ORG-PURCHASER"

_PASSWORD_BYTES = 10
_CERTIFICATE_LIFE = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One person of the demonstration, and the body this person acts for."""

    name: str
    title: str
    org: str
    org_name: str
    line: Line
    roles: tuple[Role, ...]


OFFICES = (
    Player(
        name="drafter",
        title="代理机构经办",
        org=AGENCY,
        org_name="示例招标代理机构",
        line=Line.EXECUTION,
        roles=(Role.AGENCY,),
    ),
    Player(
        name="approver",
        title="招标人审批",
        org=PURCHASER,
        org_name="市市场服务中心",
        line=Line.EXECUTION,
        roles=(Role.PURCHASER,),
    ),
    Player(
        name="officer",
        title="交易管理办",
        org="ORG-OFFICER",
        org_name="市公共资源交易管理办公室",
        line=Line.DECISION,
        roles=(Role.OFFICER, Role.TRUSTEE),
    ),
    Player(
        name="operator",
        title="交易中心",
        org="ORG-OPERATOR",
        org_name="市公共资源交易中心",
        line=Line.EXECUTION,
        roles=(Role.OPERATOR, Role.TRUSTEE),
    ),
    Player(
        name="supervisor",
        title="监管",
        org="ORG-SUPERVISOR",
        org_name="市招标投标监督办公室",
        line=Line.SUPERVISION,
        roles=(Role.SUPERVISOR, Role.TRUSTEE),
    ),
    Player(
        name="administrator",
        title="系统管理",
        org="ORG-OPERATOR",
        org_name="市公共资源交易中心",
        line=Line.EXECUTION,
        roles=(Role.ADMINISTRATOR,),
    ),
)

TRUSTEES = tuple(player for player in OFFICES if Role.TRUSTEE in player.roles)

_STEMS = (
    ("jia", "甲"),
    ("yi", "乙"),
    ("bing", "丙"),
    ("ding", "丁"),
    ("wu", "戊"),
    ("ji", "己"),
    ("geng", "庚"),
)

BIDDERS = tuple(
    Player(
        name=name,
        title=f"投标人{stem}·经办",
        org=f"FIRM-{name.upper()}",
        org_name=f"投标人{stem}",
        line=Line.NONE,
        roles=(Role.BIDDER,),
    )
    for name, stem in _STEMS
)

CAST = OFFICES + BIDDERS


def folder_of(hall_home: Path, name: str) -> Path:
    """Return the folder of a player."""
    return hall_home / FOLDER / name


def log_ins(hall_home: Path) -> Iterator[tuple[Player, str]]:
    """Give every player with the password that the folder holds."""
    for player in CAST:
        yield player, (folder_of(hall_home, player.name) / PASSWORD_FILE).read_text().strip()


def factor_of(hall_home: Path, name: str) -> bytes:
    """Return the secret of a player's second factor. Raises FileNotFoundError."""
    return base64.b32decode((folder_of(hall_home, name) / FACTOR_FILE).read_text().strip())


async def settle(house: House) -> None:
    """Make what is missing of the cast and enrol it: all of it at the first start.

    Folders first, rows second: a start that was killed is made whole by the next.
    """
    for player in CAST:
        folder = folder_of(house.settings.home, player.name)
        if not (folder / CERTIFICATE_FILE).exists():
            await _furnish(house, player, folder)
        async with house.database.transaction() as tx:
            at = await house.hall.clock(tx)
            if await identity.actor_of(tx, player.name, at) is None:
                await _enrol(house, player, folder)


async def _furnish(house: House, player: Player, folder: Path) -> None:
    """Write key, password, second factor and, last, the certificate."""
    async with house.database.transaction() as tx:
        at = await house.hall.clock(tx)
    await asyncio.to_thread(_write_folder, house, player, folder, at)


def _write_folder(house: House, player: Player, folder: Path, at: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = authority.new_key(system_entropy)
    certificate = authority.issue(
        *home.demo_authority(house.settings.home),
        common_name=player.title,
        organisation=player.org_name,
        organization_identifier=player.org,
        public_key=key.public_key(),
        entropy=system_entropy,
        at=at,
        until=at + _CERTIFICATE_LIFE,
    )
    secret = base64.b32encode(system_entropy(credentials.SECRET_BYTES))
    password = base64.b32encode(system_entropy(_PASSWORD_BYTES)).lower()
    authority.save_key(folder / KEY_FILE, key)
    durable.replace(folder / FACTOR_FILE, secret + b"\n")
    durable.replace(folder / PASSWORD_FILE, password + b"\n")
    durable.replace(folder / LOG_FILE, policy.of_log(house.signer.key.verifier))
    durable.replace(folder / CERTIFICATE_FILE, certificate.public_bytes(Encoding.PEM))


async def _enrol(house: House, player: Player, folder: Path) -> None:
    certificate = load_pem_x509_certificate((folder / CERTIFICATE_FILE).read_bytes())
    newcomer = Newcomer(
        org=player.org,
        org_name=player.org_name,
        line=player.line,
        branch=None,
        person=player.name,
        person_name=player.title,
        roles=player.roles,
        certificate=certificate.public_bytes(Encoding.DER),
    )
    password = (folder / PASSWORD_FILE).read_text().strip()
    async with house.database.transaction() as tx:
        at = await house.hall.clock(tx)
        await register.take_in(tx, house.hall, newcomer, by="hall", proposed_by=None, at=at)
        await credentials.set_password(
            tx,
            system_entropy,
            house.factor_key,
            player.name,
            password,
            factor_of(house.settings.home, player.name),
        )
