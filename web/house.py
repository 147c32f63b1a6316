"""The house: a hall that is open, with everything it stands on, for whoever serves or reads it.

`open_house` takes a home for itself: it starts the embedded PostgreSQL, migrates, opens keys and
log. `enter_house` is for commands that only look: they join the hall that runs in the home, and
open it for the time where none does. Serving is `web.serving`.

Source: architecture.md, "Processes".
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from yarl import URL

from bidding import clerk
from notary import durable, heartbeat, home
from notary.clock import database_clock, machine_clock
from notary.credentials import KEY_BYTES
from notary.devices import DeviceAuthority
from notary.entropy import system_entropy
from notary.hall import Hall
from notary.home import WrongHome
from notary.messages import Channel
from notary.pulse import Heart
from notary.rooms import Doorbell
from notary.s3_vault import S3Vault
from notary.sequencer import Sequencer
from notary.signer import Signer
from notary.vault import DirectoryVault, Vault
from sql import postgres
from sql.database import Database
from sql.migrate import BadMigrations, migrate
from sql.postgres import APPLICATION, OWNER, EmbeddedPostgres
from web import lights, notices
from web.letterhead import Lang
from web.lights import Ground
from web.notices import Send
from web.postman import Postman
from web.settings import Settings
from web.words import Words

_CLAIM = "serving"
_FACTOR_KEY = "factor.key"


class HomeTaken(Exception):  # noqa: N818 - named after what is wrong
    """Another process has the home; the message says at which address it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An open hall. `factor_key` peppers passwords; `engine` is the PostgreSQL that we started."""

    settings: Settings
    database: Database
    hall: Hall
    signer: Signer
    vault: Vault
    bell: Doorbell
    devices: DeviceAuthority
    factor_key: bytes = field(repr=False)
    engine: EmbeddedPostgres | None

    async def settle(self) -> None:
        """Give every act that nothing holds its place in the log, and publish it."""
        sequencer = Sequencer(self.database, self.hall.clock, self.signer, self.bell)
        await sequencer.drain()
        await sequencer.publish()

    @property
    def ways(self) -> dict[Channel, URL]:
        """The gateways of mail and SMS."""
        return notices.ways_of(self.settings, demo=self.hall.demo)

    @property
    def ground(self) -> Ground:
        """What readiness looks at."""
        return Ground(
            home=self.settings.home,
            database=self.database,
            hall=self.hall,
            vault=self.vault,
            origin=self.settings.origin,
            ways=self.ways,
            clock=machine_clock,
        )

    def _postman(self, send: Send) -> Postman:
        return Postman(
            look=partial(lights.look, self.ground),
            database=self.database,
            hall=self.hall,
            send=send,
            words={lang: Words(lang) for lang in Lang},
            origin=self.settings.origin,
            key=self.factor_key,
        )

    async def run(self) -> None:
        """Do what a hall does by itself: sequence, open boxes, keep PostgreSQL alive.

        Runs until it is cancelled, or until a role finds that nothing may go on (LogFault).
        """
        sequencer = Sequencer(self.database, self.hall.clock, self.signer, self.bell)
        async with notices.opened(self.ways) as send, asyncio.TaskGroup() as roles:
            roles.create_task(self._postman(send).run(), name="postman")
            roles.create_task(sequencer.run(), name="sequencer")
            roles.create_task(
                clerk.run(self.database, self.hall, self.vault, self.bell), name="clerk"
            )
            roles.create_task(
                clerk.keep_clean(self.database, self.hall, self.vault), name="sweeper"
            )
            roles.create_task(
                clerk.complete_bids(self.database, self.hall, self.vault), name="completer"
            )
            roles.create_task(
                clerk.try_keys(self.database, self.hall, self.bell), name="key tester"
            )
            roles.create_task(
                heartbeat.keep(self.database, self.hall.clock, Heart.CLERK), name="heart"
            )
            if self.engine is not None:
                roles.create_task(self.engine.keep(), name="postgres")


@asynccontextmanager
async def open_house(settings: Settings, *, demo: bool) -> AsyncIterator[House]:
    """Open the hall of the home for as long as the context lasts, and make it at its first start.

    Called from the main thread where PostgreSQL is embedded. Raises HomeTaken, WrongHome,
    PostgresUnavailable, BadMigrations, LogFault: each says in one sentence what is wrong.
    """
    _require_kind(settings.home, demo=demo)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _claim(settings.home):
        async with _engine(settings) as engine:
            await _migrate(settings, engine)
            async with _database(_address(settings, engine)) as database:
                house = await _house(settings, database, engine, demo=demo)
                # What was committed when the last process died has its place before anybody looks,
                # and what this one commits has it before it goes.
                with closing(house.vault):
                    await house.settle()
                    yield house
                    await house.settle()


@asynccontextmanager
async def enter_house(settings: Settings) -> AsyncIterator[House]:
    """Give the hall that runs in the home, or open it for the time; a home must have one.

    Raises what `open_house` raises.
    """
    demo = home.is_demo(settings.home)
    if demo is None:
        raise WrongHome(f"{settings.home} is not the home of a hall yet: hall serve makes one")
    address = settings.database_url
    socket = postgres.running_socket(settings.home)
    if address is None and socket is not None:
        address = postgres.dsn(socket, APPLICATION)
    if address is None:
        async with open_house(settings, demo=demo) as house:
            yield house
        return
    async with _database(address) as database:
        house = await _house(settings, database, None, demo=demo)
        with closing(house.vault):
            yield house


def note_address(folder: Path, origin: str) -> None:
    """Say in the home at which origin its hall serves; only its own process may."""
    (folder / _CLAIM).write_text(f"{origin}\n", "ascii")


def running_at(folder: Path) -> str | None:
    """Return the origin at which the hall of a home serves now, None where none does.

    The lock says that it runs, and falls with the process however that ends; the text only where.
    """
    try:
        descriptor = os.open(folder / _CLAIM, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read().strip() or None
    return None


def _require_kind(folder: Path, *, demo: bool) -> None:
    """Refuse a home of the other kind before anything is started in it."""
    known = home.is_demo(folder)
    if known is not None and known != demo:
        other = "a demonstration: start it with --demo" if known else "a hall, no demonstration"
        raise WrongHome(f"{folder} is the home of {other}")


@contextmanager
def _claim(folder: Path) -> Iterator[None]:
    """Hold the home against every other process, or raise HomeTaken."""
    descriptor = os.open(folder / _CLAIM, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            where = file.read().strip() or "an address that it will print"
            raise HomeTaken(f"a hall runs in {folder} already, at {where}") from error
        file.truncate(0)
        yield


@asynccontextmanager
async def _engine(settings: Settings) -> AsyncIterator[EmbeddedPostgres | None]:
    """Run the embedded PostgreSQL, unless the settings name a server."""
    if settings.database_url is not None:
        yield None
        return
    engine = EmbeddedPostgres(settings.home, postgres.binaries(settings.pg_bin))
    try:
        await engine.start()
        yield engine
    finally:
        await engine.stop()


async def _migrate(settings: Settings, engine: EmbeddedPostgres | None) -> None:
    owner = settings.database_owner_url if engine is None else engine.dsn(OWNER)
    if owner is None:
        return
    try:
        await migrate(owner)
    except BadMigrations as error:
        raise BadMigrations(
            f"{error}: take the program that made this hall, or move the folder {settings.home} "
            "away, and a new one is made"
        ) from error


def _address(settings: Settings, engine: EmbeddedPostgres | None) -> str:
    if engine is not None:
        return engine.dsn(APPLICATION)
    assert settings.database_url is not None  # noqa: S101 - else we had started an engine
    return settings.database_url


@asynccontextmanager
async def _database(address: str) -> AsyncIterator[Database]:
    database = await Database.open(address)
    try:
        yield database
    finally:
        await database.close()


async def _house(
    settings: Settings, database: Database, engine: EmbeddedPostgres | None, *, demo: bool
) -> House:
    hall, signer = await home.open_hall(
        settings.home,
        database,
        host=settings.origin.partition("://")[2],
        demo=demo,
        clock=database_clock,
        entropy=system_entropy,
        authorities=settings.authorities,
        lodges=settings.lodges,
    )
    return House(
        settings=settings,
        database=database,
        hall=hall,
        signer=signer,
        vault=_vault(settings),
        bell=Doorbell(),
        devices=home.device_authority(settings.home),
        factor_key=_factor_key(settings.home / _FACTOR_KEY),
        engine=engine,
    )


def _vault(settings: Settings) -> Vault:
    if settings.vault is not None:
        return S3Vault(settings.vault, machine_clock)
    return DirectoryVault(settings.home / "vault")


def _factor_key(path: Path) -> bytes:
    """Return the key of passwords and second factors, made at the first start."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    durable.replace(path, system_entropy(KEY_BYTES))
    return path.read_bytes()
