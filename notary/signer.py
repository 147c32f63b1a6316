"""The key of the log and the memory of what it has signed, both outside the database.

A database can come back older than it was: from a backup, a lost standby, a wrong disk. This memory
cannot, so a second history is refused before it gets a signature. Every step that matters is
durable before the signature leaves.

Source: ledger.md 5.2.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from notary import canonical, durable, merkle, shape
from notary.note import Algorithm, Checkpoint, Note, VerifierKey, sign_note
from notary.shape import Count, Origin, Sha256, octets

T = TypeVar("T")

SEED_BYTES = 32

FailPoint = Callable[[str], None]
"""Called at each named step whose loss must do no harm; tests raise there."""


def goes_on(_step: str) -> None:
    """Pass every step: the fail point of a hall that is not under test."""


class LogFault(Exception):  # noqa: N818 - the program is right; what it found is not
    """Key, signer state and database do not belong together, and nothing may be signed.

    The message is one sentence for the operator. Nothing retries it: the hall stops.
    """


Hash: TypeAlias = Annotated[bytes, octets(merkle.HASH_BYTES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """What inception made once: origin, Ed25519 seed, and whether this is a demo hall."""

    v: Literal["hall-log-key/v1"] = "hall-log-key/v1"
    origin: Origin
    seed: Annotated[bytes, octets(SEED_BYTES)] = field(repr=False)
    demo: bool

    @property
    def verifier(self) -> VerifierKey:
        """Return the public key under the name of the log; and with it the vkey."""
        public = self._private().public_key().public_bytes_raw()
        return VerifierKey(self.origin, Algorithm.ED25519, public)

    def sign_checkpoint(self, checkpoint: Checkpoint) -> bytes:
        """Return the signed note of a checkpoint; of one checkpoint always the same bytes."""
        text = checkpoint.text
        return Note(text, (sign_note(text, self.verifier, self._private().sign),)).encode()

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The last checkpoint signed, and the highest entry_id that the database was seen to hold.

    `note_sha256` is None while nothing was signed, `size` then 0.
    """

    v: Literal["hall-signer/v1"] = "hall-signer/v1"
    origin: Origin
    size: Count
    root: Hash
    note_sha256: Sha256 | None
    entry_id: Count


def unsigned(origin: str) -> State:
    """Return the state of a log that has signed nothing yet."""
    return State(origin=origin, size=0, root=merkle.EMPTY_ROOT, note_sha256=None, entry_id=0)


def read_key(path: Path) -> LogKey:
    """Read a key file, or raise LogFault where it is missing or damaged."""
    return _read(LogKey, path)


def read_state(path: Path) -> State:
    """Read a state file, or raise LogFault where it is missing or damaged."""
    return _read(State, path)


class Signer:
    """Signs checkpoints of one log that follow from what it signed before, and no others.

    Its methods block on the disk and on the lock that other processes of this home take.
    """

    def __init__(self, folder: Path, key: LogKey, fail_point: FailPoint = goes_on) -> None:
        self.key = key
        self._path = folder / "state"
        self._lock = folder / "lock"
        self._at = fail_point

    def state(self) -> State:
        """Return what was signed last, or raise LogFault where that is not known for sure."""
        state = read_state(self._path)
        if state.origin != self.key.origin:
            raise LogFault(
                f"the signer state is that of {state.origin}, but the key is that of"
                f" {self.key.origin}: one of them was copied from another hall"
            )
        return state

    def sign(self, checkpoint: Checkpoint, *, after: State, proof: Sequence[bytes]) -> bytes:
        """Return the signed note, once it is certain that this will never be forgotten.

        `after`: the state from which `proof` shows consistency. Raises LogFault for a log that is
        smaller than, or does not extend, what was signed, and StaleState where another process has
        moved the state since.
        """
        with durable.locked(self._lock):
            state = self.state()
            if (state.size, state.root) != (after.size, after.root):
                raise StaleState
            require_extension(state, checkpoint, proof)
            note = self.key.sign_checkpoint(checkpoint)
            self._at("signer.signed")
            self._write(
                replace(
                    state,
                    size=checkpoint.size,
                    root=checkpoint.root,
                    note_sha256=canonical.sha256_hex(note),
                )
            )
            self._at("signer.remembered")
            return note

    def remember(self, entry_id: int) -> None:
        """Keep the highest entry_id that the database has held; a lower one changes nothing."""
        with durable.locked(self._lock):
            state = self.state()
            if entry_id > state.entry_id:
                self._write(replace(state, entry_id=entry_id))

    def _write(self, state: State) -> None:
        if state != read_state(self._path):
            durable.replace(self._path, shape.dump(state))


class StaleState(Exception):  # noqa: N818 - a reason to begin again, no error
    """Another process signed in between: read the state and prove again."""


def require_extension(state: State, checkpoint: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raise LogFault unless `checkpoint` extends what was signed, as `proof` shows."""
    if checkpoint.size < state.size:
        raise LogFault(
            f"the database holds {checkpoint.size} entries, but {state.size} were signed:"
            " it is older than the signer state"
        )
    try:
        merkle.check_consistency(state.size, checkpoint.size, proof, state.root, checkpoint.root)
    except merkle.BadProof as error:
        raise LogFault(
            f"the log of {checkpoint.size} entries does not extend the one of {state.size} that was"
            f" signed: {error}"
        ) from error


def _read(kind: type[T], path: Path) -> T:
    try:
        return shape.load(kind, path.read_bytes())
    except FileNotFoundError as error:
        raise LogFault(f"{path} is missing") from error
    except ValueError as error:
        raise LogFault(f"{path} is damaged: {error}") from error
