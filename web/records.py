"""Public records to take home: one file a tender, written and verified before it is given out.

What a page says of a record here is what the offline verifier said of the very bytes that the link
gives. The folder is a cache: it may be emptied at any time.
"""

import asyncio
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bidding import export
from bidding.standing import Standing
from notary import canonical, durable, instant
from notary.hall import Hall
from notary.sums import NotVerified
from notary.vault import Vault
from notary.verify import Trust
from sql.database import Database
from web import verified
from web.letterhead import Text
from web.verified import Beside
from web.views.public import Checked

PATIENCE_S = 3.0
"""How long the first reader of a page waits for a record to be written and verified."""

log = structlog.get_logger()


class Records:
    """The records of one hall, by tender and by how far its award is. `home`: the hall's."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "cache" / "records"
        self._writing: dict[Path, asyncio.Task[None]] = {}

    def checked(self, one: Standing) -> Checked | None:
        """Return what the verifier said of the newest record of a box's tender, if it is there."""
        said, tar = self._place(one).with_suffix(".json"), self._place(one)
        if not said.exists() or not tar.exists():
            return None
        found = canonical.load_signed(said.read_bytes())
        return Checked(
            at=instant.parse_micros(str(found["at"])),
            sentence=Text(zh=str(found["zh"]), en=str(found["en"])),
            size=tar.stat().st_size,
        )

    async def offer(
        self, database: Database, hall: Hall, vault: Vault, one: Standing
    ) -> Checked | None:
        """Return the record of a finished box, writing it first where nobody has asked before.

        Waits PATIENCE_S at most: a large one is there for the next reader. None before the end.
        """
        place = self._place(one)
        if one.box.finished_at is not None and self.checked(one) is None:
            if place not in self._writing:
                task = asyncio.create_task(self._write_once(database, hall, vault, one))
                self._writing[place] = task
            await asyncio.wait({self._writing[place]}, timeout=PATIENCE_S)
        return self.checked(one)

    def file(self, one: Standing) -> Path | None:
        """Return the record as a tar file, None where it is not written yet."""
        return self._place(one) if self.checked(one) is not None else None

    async def _write_once(
        self, database: Database, hall: Hall, vault: Vault, one: Standing
    ) -> None:
        try:
            await self.write(database, hall, vault, one)
        except export.NotOpened:  # finished a moment ago: no checkpoint covers that yet
            log.info("record.not_published_yet", tender=one.box.key.tender)
        except Exception:  # nobody waits for it any more; the next reader tries again
            log.exception("record.failed", tender=one.box.key.tender)
        finally:
            del self._writing[self._place(one)]

    async def write(self, database: Database, hall: Hall, vault: Vault, one: Standing) -> None:
        """Export one tender, verify it as a stranger would, and keep both.

        A record that does not verify is never given out: the log of operators has the reason.
        """
        tender = one.box.key.tender
        beside = Beside(trust=Trust(authorities=hall.authorities))
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryDirectory(dir=self._folder) as scratch:
            folder = Path(scratch) / tender
            await export.write(database, hall, vault, folder, tender=tender)
            try:
                answer = await asyncio.to_thread(verified.verify, folder, beside)
            except NotVerified as error:
                log.error("record.not_verified", tender=tender, file=error.file)  # noqa: TRY400
                return
            place = Path(scratch) / "record.tar"
            await asyncio.to_thread(_pack, folder, place)
            async with database.transaction() as tx:
                at = await hall.clock(tx)
            durable.rename(place, self._place(one))
        said = {"at": instant.micros(at), "zh": answer.sentence.zh, "en": answer.sentence.en}
        durable.replace(self._place(one).with_suffix(".json"), canonical.dumps(said))

    def _place(self, one: Standing) -> Path:
        return self._folder / f"{one.box.key.tender}.{one.done}.tar"


def _pack(folder: Path, target: Path) -> None:
    """Pack a folder into a plain ustar whose bytes depend on the files alone."""
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for path in _files(folder):
            member = tarfile.TarInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
            member.size = path.stat().st_size
            with path.open("rb") as source:
                archive.addfile(member, source)


def _files(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
