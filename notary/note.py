"""Signed notes: checkpoints, the keys that sign them, and cosignatures.

Source: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature; what the hall
fixes beyond them stands in `ledger.md` 4. Nothing here holds a private key: whoever signs hands in
`sign(bytes) -> bytes`. Which lines suffice is a question for `notary.policy`.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from notary import merkle

Sign = Callable[[bytes], bytes]

# The specification wants 16 lines at least; more than this many nobody sends in good faith.
MAX_LINES = 64
MAX_NOTE_BYTES = 1 << 20
MAX_ORIGIN_CHARACTERS = 128  # ledger.md 4
MAX_SIZE = 1 << 63  # tiles stop at level 63 (tlog-tiles); far beyond any log

_KEY_ID_BYTES = 4
_ED25519_BYTES = 32
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_ORIGIN = re.compile(rf"[^\s+]{{1,{MAX_ORIGIN_CHARACTERS}}}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class BadNote(ValueError):  # noqa: N818 - named after what is wrong
    """The text is not a signed note as specified, or a known key did not sign it."""


class Algorithm(IntEnum):
    """The first byte of a key: what it signs, and how.

    Source: c2sp.org/signed-note, "Signature types".
    """

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name under which it signs: a vkey."""

    name: str
    algorithm: Algorithm
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Return SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4]."""
        return sha256(self.name.encode() + b"\n" + self._encoded()).digest()[:_KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """Return the key as others are given it."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(self._encoded()).decode()}"

    def check(self, text: str, signature: bytes) -> int | None:
        """Return the time that a cosignature states, or None; raise BadNote if it fails."""
        message, time = text.encode(), None
        if self.algorithm is Algorithm.COSIGNATURE:
            stamp, signature = signature[:_TIME_BYTES], signature[_TIME_BYTES:]
            time = int.from_bytes(stamp)
            message = _cosigned(text, time)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature as error:
            raise BadNote(f"the line of {self.name} does not sign this text") from error
        return time

    def _encoded(self) -> bytes:
        return bytes([self.algorithm]) + self.public


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line as it stands in a note, by a key that may be unknown."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """Return the line with its newline."""
        return f"— {self.name} {b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and the lines under it."""

    text: str
    lines: tuple[Line, ...]

    def encode(self) -> bytes:
        """Return the bytes that are published."""
        return (self.text + "\n" + "".join(line.text for line in self.lines)).encode()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of one log that a note signs. There are no extension lines: nobody vouches."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the text to be signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def parse_key(text: str) -> VerifierKey:
    """Read a vkey; raise BadNote where it is not one, or of a type that no rule here knows."""
    match = _VKEY.fullmatch(text)
    if match is None:
        raise BadNote("not a verifier key")
    encoded = decode_base64(match[3])
    try:
        key = VerifierKey(match[1], Algorithm(encoded[0]), encoded[1:])
    except ValueError as error:
        raise BadNote(f"a key of unknown type {encoded[0]}") from error
    if len(key.public) != _ED25519_BYTES:
        raise BadNote("an Ed25519 key has 32 bytes")
    if key.key_id.hex() != match[2]:
        raise BadNote("the key id is not that of name and key")
    return key


def parse(data: bytes) -> Note:
    """Read a signed note, or raise BadNote. No signature is checked yet."""
    if len(data) > MAX_NOTE_BYTES:
        raise BadNote(f"a note of more than {MAX_NOTE_BYTES} bytes")
    try:
        written = data.decode()
    except UnicodeDecodeError as error:
        raise BadNote("a note is UTF-8") from error
    if _CONTROL.search(written):
        raise BadNote("a control character in a note")
    text, blank, signed = written.rpartition("\n\n")
    if not blank or not signed.endswith("\n"):
        raise BadNote("a note is a text, an empty line and lines that end in a newline")
    lines = signed[:-1].split("\n")
    if len(lines) > MAX_LINES:
        raise BadNote(f"a note of more than {MAX_LINES} lines")
    return Note(text + "\n", tuple(map(_parse_line, lines)))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note as a checkpoint, or raise BadNote."""
    lines = text.split("\n")
    match lines:
        case [origin, size, root, ""]:
            require_origin(origin)
            checkpoint = Checkpoint(origin, parse_number(size), decode_base64(root))
        case _:
            raise BadNote("a checkpoint is origin, size and root, a line each")
    if len(checkpoint.root) != merkle.HASH_BYTES:
        raise BadNote("a root is 32 bytes")
    return checkpoint


def signers(note: Note, keys: Iterable[VerifierKey]) -> Mapping[VerifierKey, int | None]:
    """Return which of `keys` signed, a cosigner with the earliest time that it states.

    Unknown keys are passed over; a known one whose line fails raises BadNote.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[VerifierKey, int | None] = {}
    for line in note.lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        time = key.check(note.text, line.signature)
        earlier = found.get(key)
        found[key] = time if earlier is None or time is None else min(time, earlier)
    return found


def open_checkpoint(note: Note, log: VerifierKey) -> Checkpoint:
    """Return the checkpoint of a note that the log itself signed, or raise BadNote."""
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != log.name:
        raise BadNote(f"a checkpoint of {checkpoint.origin}, not of {log.name}")
    if log.algorithm is not Algorithm.ED25519 or log not in signers(note, [log]):
        raise BadNote(f"no line of the log {log.name}")
    return checkpoint


def sign_note(text: str, key: VerifierKey, sign: Sign) -> Line:
    """Sign a text as the log named by `key`. Ed25519 gives the same line each time."""
    return Line(key.name, key.key_id, sign(text.encode()))


def cosign(text: str, key: VerifierKey, sign: Sign, time: int) -> Line:
    """Cosign the text of a checkpoint at `time`, in POSIX seconds."""
    signature = sign(_cosigned(text, time))
    return Line(key.name, key.key_id, time.to_bytes(_TIME_BYTES) + signature)


def require_origin(origin: str) -> None:
    """Raise BadNote unless the text may name a log.

    Source: `ledger.md` 4: at most 128 characters without scheme, space or `+`.
    """
    if not _ORIGIN.fullmatch(origin) or "://" in origin or not origin.isprintable():
        raise BadNote("not the origin of a log")


def parse_number(text: str) -> int:
    """Read an ASCII decimal without leading zeros, or raise BadNote."""
    if not _NUMBER.fullmatch(text) or int(text) > MAX_SIZE:
        raise BadNote(f"not a number of entries: {text[:40]!r}")
    return int(text)


def decode_base64(text: str) -> bytes:
    """Read standard base64 in its one canonical form, or raise BadNote."""
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise BadNote("not base64") from error
    if not data or b64encode(data).decode() != text:
        raise BadNote("base64 that is empty or not canonical")
    return data


def _parse_line(text: str) -> Line:
    match = _LINE.fullmatch(text)
    if match is None:
        raise BadNote(f"not a signature line: {text[:40]!r}")
    signature = decode_base64(match[2])
    if len(signature) <= _KEY_ID_BYTES:
        raise BadNote("a signature line without a signature")
    return Line(match[1], signature[:_KEY_ID_BYTES], signature[_KEY_ID_BYTES:])


def _cosigned(text: str, time: int) -> bytes:
    """Return what a cosigner signs: tlog-cosignature, "Format", type 0x04."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()
