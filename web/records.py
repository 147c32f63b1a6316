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

from bidding import export, standing
from bidding.standing import Standing
from notary import canonical, durable, instant
from notary.hall import Hall
from notary.rooms import Doorbell
from notary.sums import NotVerified
from notary.vault import Vault
from notary.verify import Trust
from sql.database import Database
from web import verified
from web.letterhead import Text
from web.verified import Beside
from web.views import Checked

LOOK_AGAIN_S = 5.0

log = structlog.get_logger()


class Records:
    """The records of one hall, by tender and by how far its award is. `home`: the hall's."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "cache" / "records"

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

    def file(self, one: Standing) -> Path | None:
        """Return the record as a tar file, None where it is not written yet."""
        return self._place(one) if self.checked(one) is not None else None

    async def keep(self, database: Database, hall: Hall, vault: Vault, bell: Doorbell) -> None:
        """Write the record of every finished box that has none; runs until it is cancelled."""
        with bell.subscribe() as listener:
            while True:
                try:
                    for one in await standing.of_days(database, hall, past=True):
                        if one.box.finished_at is not None and self.checked(one) is None:
                            await self.write(database, hall, vault, one)
                except Exception:  # a record that could not be written is written later
                    log.exception("records.failed")
                await listener.wait(LOOK_AGAIN_S)

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
        return self._folder / f"{one.box.key.tender}.{len(one.awards)}.tar"


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
