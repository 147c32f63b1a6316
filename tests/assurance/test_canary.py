"""Before the deadline nothing the hall holds tells what a bid says: tables, disk, vault, logs.

Everything that a bidder seals is a canary here: name, price, file name, file content, S and F. Each
is looked for in every spelling in which it could lie around; and each place is seen to be searched,
since what is planted there in the open is found.

Source: `assurance.md` row 5; `ledger.md` 8, no bid content in any entry or row.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from bidding.clients import sealing
from bidding.clients.sealing import SealedFiles
from notary import age
from notary.entropy import system_entropy
from tests.assurance.ground import a_draft_until
from tests.assurance.running import RunningHall, a_running_hall
from tests.assurance.tender import Tender, a_tender
from tests.web.halls import a_home
from web import acts, client
from web.client import Refused
from web.commands.serve import LOG_FILE

PEOPLE = "demo"
"""In the home of a demo hall: the machines of its players, who of course know their own bids."""

Places = Mapping[str, Iterator[tuple[str, bytes]]]


def a_canary() -> str:
    """Return a text that is nowhere else, some of it Chinese."""
    return f"金丝雀{system_entropy(8).hex()}"


def spellings(secret: str | bytes) -> dict[str, bytes]:
    """Return how a secret could be written, by the name of the writing."""
    plain = secret if isinstance(secret, bytes) else secret.encode()
    written = {
        "plain": plain,
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        **{f"base64+{shift}": _base64(plain, shift) for shift in range(3)},
    }
    written |= {
        f"url-{name}": form.replace(b"+", b"-").replace(b"/", b"_")
        for name, form in written.items()
        if name.startswith("base64")
    }
    if isinstance(secret, str):
        written |= {
            "utf-16-le": secret.encode("utf-16-le"),
            "utf-16-be": secret.encode("utf-16-be"),
            "json": json.dumps(secret)[1:-1].encode(),
            "url": quote(secret).encode(),
        }
    return written


def _base64(plain: bytes, shift: int) -> bytes:
    """Return what base64 of a text that holds `plain` at this place of three surely holds."""
    whole = base64.b64encode(bytes(shift) + plain)
    end = len(whole) if not (shift + len(plain)) % 3 else whole.index(b"=") - 1
    return whole[(0, 2, 3)[shift] : end]


def found(places: Places, secrets: Mapping[str, str | bytes]) -> set[tuple[str, str]]:
    """Return which secret lies in which place, in whatever spelling."""
    needles = [
        (name, needle) for name, secret in secrets.items() for needle in spellings(secret).values()
    ]
    return {
        (place, name)
        for place, pieces in places.items()
        for _, piece in pieces
        for name, needle in needles
        if needle in piece
    }


async def tables(hall: RunningHall) -> list[tuple[str, bytes]]:
    """Dump every table of the hall as COPY writes it, what the web remembers included."""
    async with hall.connection() as connection:
        names = await connection.fetch(
            """
            SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name
              FROM pg_tables
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
             ORDER BY 1
            """
        )
        dumped = []
        for row in names:
            lines: list[bytes] = []

            async def take(chunk: bytes, lines: list[bytes] = lines) -> None:
                lines.append(chunk)

            await connection.copy_from_query(f"TABLE {row['name']}", output=take)
            dumped.append((row["name"], b"".join(lines)))
        await connection.execute("CHECKPOINT")
    return dumped


def files(folder: Path, since: float) -> Iterator[tuple[str, bytes]]:
    """Give every file below a folder that was written since."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime >= since:
                yield str(path), path.read_bytes()


async def places(hall: RunningHall, since: float) -> Places:
    """Return everything that the hall holds, by place."""
    home = hall.home
    rest = [path for path in home.iterdir() if path.name not in {PEOPLE, "postgres", "vault"}]
    said = [hall.log, *home.glob(f"{LOG_FILE}*")]
    return {
        "tables": iter(await tables(hall)),
        "disk": files((home / "postgres").resolve(), since),
        "vault": files(home / "vault", since),
        "log": iter([(str(path), path.read_bytes()) for path in said]),
        "rest": (piece for path in rest if path.is_dir() for piece in files(path, 0)),
    }


async def bid_with(tender: Tender, canaries: Mapping[str, str], desk: Path) -> SealedFiles:
    """Bid with canaries in every place that is sealed; replace, withdraw, and be refused."""
    letter = desk / f"{canaries['file name']}.txt"
    letter.write_text(canaries["file content"])
    kept = sealing.seal_files([(letter.name, "text/plain", letter)], system_entropy(32), desk)
    price = int(canaries["price"])
    name = canaries["name"]
    for path in kept.paths:
        await tender.upload(path.read_bytes())
    await tender.submit("jia", price, name, kept)
    late = tender.sealed("jia", price, name, kept)
    await tender.submit("jia", price, name, kept)
    await tender.submit("yi", price, name, kept)
    await tender.withdraw("yi")
    with pytest.raises(Refused) as refusal:
        await tender.resolve(tender.note("jia", late))  # its place has been taken
    assert refusal.value.code == "E-BIND"
    # Of this one no part ever comes: it is accepted, and no bid.
    await tender.resolve(tender.note("bing", tender.sealed("bing", price, name, kept)))
    return kept


def secrets_of(
    tender: Tender, kept: SealedFiles, canaries: Mapping[str, str]
) -> dict[str, str | bytes]:
    """Return all that the bids keep secret, keys both as bytes and as the lines of age."""
    secrets: dict[str, str | bytes] = {**canaries, "F": kept.files_key}
    secrets |= {f"S of {n}": one.bid.secret for n, one in enumerate(tender.sent)}
    lines = {f"line of {name}": key for name, key in secrets.items() if isinstance(key, bytes)}
    return secrets | {name: age.identity_of(key) for name, key in lines.items()}


async def plant(tender: Tender, canary: str) -> None:
    """Leave a canary in the open in every place: a control."""
    hall = tender.hall
    async with client.connect(hall.origin, system_entropy, hall.pair("drafter")) as agency:
        await acts.put_document(agency, canary.encode())
        draft = a_draft_until("GC-PLANTED", tender.deadline)
        draft["title"]["zh"] = canary
        await agency.send("POST", "/tenders", draft)
    async with aiohttp.ClientSession() as http, http.get(f"{hall.origin}/{canary}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("secret", ["金丝雀 987654321012", bytes(range(200, 232))])
def test_every_spelling_is_found(secret: str | bytes) -> None:
    for name, spelling in spellings(secret).items():
        around = iter([("", b"before" + spelling + b"after")])

        assert found({"there": around}, {"it": secret}) == {("there", "it")}, name
    plain = secret if isinstance(secret, bytes) else secret.encode()
    for shift in range(5):
        around = iter([("", base64.b64encode(bytes(shift) + plain + b"after"))])
        assert found({"there": around}, {"it": secret}) == {("there", "it")}


async def test_nothing_that_the_hall_holds_tells_what_a_bid_says(tmp_path: Path) -> None:
    canaries = {name: a_canary() for name in ("name", "file name", "file content")}
    canaries["price"] = str(10**11 + int.from_bytes(system_entropy(4)))
    with a_home() as home:
        async with a_running_hall(home) as hall:
            await hall.start()
            tender = await a_tender(hall, "GC-2026-0918", timedelta(hours=1))
            since = hall.log.stat().st_mtime
            kept = await bid_with(tender, canaries, tmp_path)
            secrets = secrets_of(tender, kept, canaries)
            sealed = found(await places(hall, since), secrets)
            planted = a_canary()
            await plant(tender, planted)
            control = found(await places(hall, since), {"planted": planted})

    assert sealed == set()
    assert control == {(place, "planted") for place in ("tables", "disk", "vault", "log")}
