"""What a duty client has seen and said, on its own disk before anybody hears it.

    log            the last checkpoint it saw: a hall that shows an older log is caught
    said/<box>     the one release of a box, its promise, and how far they were handed in

`<box>` is the SHA-256 of the box. Every file is synced before it counts; a client that is killed
and started again says the same bytes or nothing.

Source: `sealing.md` 8.3: one release per box.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bidding.types import Box
from notary import durable
from notary.canonical import sha256_hex
from notary.note import Checkpoint
from notary.shape import Base64, Count, Origin, Sha256, dump, load

_LIMIT = 16 * 1024 * 1024
"""Bytes of a file: a release and its list have 4 MiB each (`sealing.md` 2), once more escaped."""

Step = Literal["signed", "promised", "released", "late"]
"""How far a release came; `late`: the hall takes none for this box any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The last checkpoint that the client saw."""

    v: Literal["hall-duty-log/v1"] = "hall-duty-log/v1"
    origin: Origin
    size: Count
    root: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was signed for one box: the objects as texts, with the list that they answer."""

    v: Literal["hall-duty-release/v1"] = "hall-duty-release/v1"
    list_: str
    release: str
    release_p7s: Base64
    promise: str
    promise_p7s: Base64
    step: Step

    @property
    def list_sha256(self) -> str:
        """The list that the release answers."""
        return sha256_hex(self.list_.encode())


class Logbook:
    """The folder of one duty client; two processes on it take turns."""

    def __init__(self, folder: Path) -> None:
        """Open `folder`, which is made where there is none."""
        self._folder = folder
        self._said = folder / "said"
        self._said.mkdir(mode=0o700, parents=True, exist_ok=True)

    def seen(self) -> Checkpoint | None:
        """Return the last checkpoint, None before the first."""
        path = self._folder / "log"
        if not path.exists():
            return None
        last = load(Seen, path.read_bytes())
        return Checkpoint(last.origin, last.size, bytes.fromhex(last.root))

    def see(self, checkpoint: Checkpoint) -> None:
        """Remember a checkpoint that was proved to extend the last one; an older one is known."""
        with self._alone():
            last = self.seen()
            if last is not None and last.size >= checkpoint.size:
                return
            seen = Seen(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root.hex())
            durable.replace(self._folder / "log", dump(seen))

    def said(self, box: Box) -> Said | None:
        """Return what was signed for a box, None where nothing was."""
        path = self._path(box)
        return load(Said, path.read_bytes(), limit=_LIMIT) if path.exists() else None

    def say(self, box: Box, decide: Callable[[Said | None], Said]) -> Said:
        """Let `decide` make of what was said what is to be said, and keep it before it returns.

        Nobody else signs for this box meanwhile. What `decide` raises leaves all as it was.
        """
        with self._alone():
            before = self.said(box)
            after = decide(before)
            if after != before:
                durable.replace(self._path(box), dump(after))
            return after

    def boxes(self) -> int:
        """Count the boxes for which something was signed."""
        return sum(1 for path in self._said.iterdir() if not path.suffix)

    def _path(self, box: Box) -> Path:
        return self._said / sha256_hex(dump(box))

    def _alone(self) -> AbstractContextManager[None]:
        return durable.locked(self._folder / "lock")
