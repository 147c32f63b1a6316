"""age files as the hall takes them: a strict profile, a writer that repeats itself, and pyrage.

The profile is checked without a key, because readers differ on malformed files and what one opens
all must open (`sealing.md` 1, 5). Keys, stanzas and payload: c2sp.org/age (age-encryption.org/v1).
Files with a passphrase are none of this module's business.
"""

import base64
import hashlib
import hmac
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom, BytesIO
from pathlib import Path
from typing import BinaryIO

import pyrage  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notary import bech32

KEY_SIZE = 32
MAX_PLAINTEXT = 8 * 2**20
"""Bytes in one file of the profile; the least is one."""

# The profile's bounds: `sealing.md` 5.
MAX_HEADER = 4096
_MAX_STANZAS = 8

# c2sp.org/age: "file key", "Payload".
_FILE_KEY_SIZE = 16
_NONCE_SIZE = 16
_CHUNK = 64 * 1024
_TAG = 16

_INTRO = b"age-encryption.org/v1\n"
_STANZA = re.compile(
    rb"-> ([!-~]+(?: [!-~]+)*)\n"
    rb"((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)"
)
_MAC = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")

_P = 2**255 - 19
# Points that a scalar of X25519 sends to zero: orders 1, 2, 4, their second spellings, and the two
# of order 8 (https://cr.yp.to/ecdh.html, "validate").
_LOW_ORDER = {
    0,
    1,
    _P - 1,
    _P,
    _P + 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
}


class BadAge(ValueError):  # noqa: N818 - named after what is wrong
    """A key, file or plaintext that the profile refuses, or a file that the key does not open."""


# Keys


def identity_of(secret: bytes) -> str:
    """Return the `AGE-SECRET-KEY-1…` line of a 32-byte X25519 secret."""
    _require_length("a secret", secret, KEY_SIZE)
    return bech32.encode("age-secret-key-", secret).upper()


def secret_of(identity: str) -> bytes:
    """Return the secret that `identity_of` spells so, or raise BadAge."""
    try:
        secret = bech32.decode("age-secret-key-", identity.lower(), KEY_SIZE)
    except bech32.BadBech32 as error:
        raise BadAge("not an age identity") from error
    if identity_of(secret) != identity:  # some other letter has a lower case that is ours
        raise BadAge("not an age identity")
    return secret


def recipient_of(secret: bytes) -> str:
    """Return the `age1…` recipient of a 32-byte X25519 secret."""
    return bech32.encode("age", _public(secret))


def parse_recipient(text: str) -> bytes:
    """Return the 32-byte X25519 key of a recipient, or raise BadAge.

    The key is canonical and not of low order (`sealing.md` 3, policy), so that nobody gives one key
    two spellings, nor one that every secret shares.
    """
    try:
        key = bech32.decode("age", text, KEY_SIZE)
    except bech32.BadBech32 as error:
        raise BadAge("not an age recipient") from error
    u = int.from_bytes(key, "little")
    if u >= _P or u in _LOW_ORDER:
        raise BadAge("a recipient of low order or a second spelling of one")
    return key


# The profile


@dataclass(frozen=True, slots=True)
class _Stanza:
    """One recipient's part of a header: its type, the further arguments, the decoded body."""

    kind: bytes
    arguments: list[bytes]
    body: bytes


def check_header(head: bytes, size: int, *, members: int = 1) -> int:
    """Return the plaintext size of an age file in the profile, or raise BadAge; no key is needed.

    `head`: the first MAX_HEADER bytes of the file, or all; `size`: bytes of the whole file;
    `members`: X25519 stanzas it must have, one in a part.

    Source: `sealing.md` 5, steps 1 to 4.
    """
    stanzas, length = _parse_header(head)
    ours = [stanza for stanza in stanzas if stanza.kind == b"X25519"]
    if len(ours) != members:
        raise BadAge(f"{len(ours)} X25519 stanzas instead of {members}")
    for stanza in stanzas:
        if stanza.kind == b"X25519":
            _require_x25519(stanza)
        elif not stanza.kind.endswith(b"grease"):
            raise BadAge("a stanza that is neither X25519 nor grease")
    return _plaintext_size(size - length)


def check_envelope(envelope: bytes, members: int, plaintext_size: int) -> None:
    """Raise BadAge unless `envelope` has the form that `seal_one_chunk` gives it.

    Source: `sealing.md` 5, "exactly the X25519 stanzas of their members, and the fixed length".
    """
    size = check_header(envelope, len(envelope), members=members)
    stanzas, _ = _parse_header(envelope)
    if len(stanzas) != members or size != plaintext_size:
        raise BadAge("a share envelope of another form or length")


def _parse_header(head: bytes) -> tuple[list[_Stanza], int]:
    """Return the stanzas and the length of the header that `head` begins with."""
    head = head[:MAX_HEADER]
    if not head.startswith(_INTRO):
        raise BadAge("not an age file of version 1")
    at = len(_INTRO)
    stanzas: list[_Stanza] = []
    while match := _STANZA.match(head, at):
        kind, *arguments = match[1].split(b" ")
        stanzas.append(_Stanza(kind, arguments, _from_base64(match[2].replace(b"\n", b""))))
        at = match.end()
    end = _MAC.match(head, at)
    if end is None or not 1 <= len(stanzas) <= _MAX_STANZAS:
        raise BadAge("a malformed header")
    _from_base64(end[1])
    return stanzas, end.end()


def _require_x25519(stanza: _Stanza) -> None:
    if len(stanza.arguments) != 1 or len(stanza.body) != _FILE_KEY_SIZE + _TAG:
        raise BadAge("a malformed X25519 stanza")
    share = _from_base64(stanza.arguments[0])
    _require_length("an X25519 share", share, KEY_SIZE)
    # X25519 ignores the top bit (RFC 7748, 5).
    if int.from_bytes(share, "little") & 2**255 - 1 in _LOW_ORDER:
        raise BadAge("an X25519 share of low order")


def _plaintext_size(payload_size: int) -> int:
    """Return the plaintext's bytes in a payload: a nonce, then chunks with a tag each."""
    chunks, rest = divmod(payload_size - _NONCE_SIZE, _CHUNK + _TAG)
    if chunks < 0 or 0 < rest <= _TAG:
        raise BadAge("a payload of a length that no plaintext has")
    size = chunks * _CHUNK + max(rest - _TAG, 0)
    _require_plaintext(size)
    return size


def _require_plaintext(size: int) -> None:
    if not 1 <= size <= MAX_PLAINTEXT:
        raise BadAge("a plaintext of 1 byte to 8 MiB")


def _require_length(what: str, value: bytes, size: int) -> None:
    if len(value) != size:
        raise BadAge(f"{what} has {size} bytes")


# The writer of share envelopes


def seal_one_chunk(
    plaintext: bytes,
    recipients: Sequence[str],
    file_key: bytes,
    nonce: bytes,
    ephemeral_secrets: Sequence[bytes],
) -> bytes:
    """Return the age file that these keys determine: one X25519 stanza a recipient, no grease.

    Source: `sealing.md` 4, age_i; c2sp.org/age, "X25519 recipient stanza", "Header MAC", "Payload".
    """
    if not 1 <= len(plaintext) <= _CHUNK:
        raise BadAge("a plaintext of one chunk")
    _require_length("a file key", file_key, _FILE_KEY_SIZE)
    _require_length("a payload nonce", nonce, _NONCE_SIZE)
    header = _INTRO
    for recipient, ephemeral in zip(recipients, ephemeral_secrets, strict=True):
        header += _x25519_stanza(file_key, parse_recipient(recipient), ephemeral)
    header += b"---"
    mac = hmac.digest(_hkdf(file_key, b"", b"header"), header, "sha256")
    payload_key = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))
    first_and_last = bytes(11) + b"\x01"  # counter 0, final
    payload = payload_key.encrypt(first_and_last, plaintext, None)
    return header + b" " + _to_base64(mac) + b"\n" + nonce + payload


def _x25519_stanza(file_key: bytes, recipient: bytes, ephemeral: bytes) -> bytes:
    share = _public(ephemeral)
    shared = X25519PrivateKey.from_private_bytes(ephemeral).exchange(
        X25519PublicKey.from_public_bytes(recipient)
    )
    wrap_key = _hkdf(shared, share + recipient, b"age-encryption.org/v1/X25519")
    body = ChaCha20Poly1305(wrap_key).encrypt(bytes(12), file_key, None)
    return b"-> X25519 " + _to_base64(share) + b"\n" + _to_base64(body) + b"\n"


def _public(secret: bytes) -> bytes:
    _require_length("a secret", secret, KEY_SIZE)
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_SIZE, salt, info).derive(ikm)


def _to_base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _from_base64(text: bytes) -> bytes:
    """Decode unpadded base64, refusing a second spelling of the same bytes."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise BadAge("bad base64") from error
    if _to_base64(data) != text:
        raise BadAge("base64 that is not canonical")
    return data


# Stock encryption, by pyrage's streams: they drop the interpreter's lock (call them in a thread)
# and take little memory.


def encrypt(plaintext: bytes, recipient: str) -> bytes:
    """Return `plaintext` as an age file of the profile under a random file key."""
    _require_plaintext(len(plaintext))
    ciphertext = BytesIO()
    _encrypt(BytesIO(plaintext), ciphertext, recipient)
    return ciphertext.getvalue()


def decrypt(ciphertext: bytes, secret: bytes, *, members: int = 1) -> bytes:
    """Return the plaintext of a file of the profile, or raise BadAge."""
    # The profile first: pyrage accepts two malformed headers that other readers refuse.
    check_header(ciphertext, len(ciphertext), members=members)
    plaintext = BytesIO()
    _decrypt(BytesIO(ciphertext), plaintext, secret)
    return plaintext.getvalue()


def encrypt_file(source: Path, target: Path, recipient: str) -> None:
    """Write `source` to `target` as an age file of the profile; a failure leaves no target."""
    with source.open("rb") as plaintext, _replacing(target) as ciphertext:
        _require_plaintext(os.fstat(plaintext.fileno()).st_size)
        _encrypt(plaintext, ciphertext, recipient)


def decrypt_file(source: Path, target: Path, secret: bytes, *, sha256: str) -> int:
    """Write the plaintext of `source` to `target` if it has this hash; return its size.

    Whatever goes wrong, no byte of plaintext stays on disk. Raises BadAge for a fault of the file;
    an OSError is the disk's.
    """
    with source.open("rb") as ciphertext, _replacing(target) as plaintext:
        head = ciphertext.read(MAX_HEADER)
        size = check_header(head, os.fstat(ciphertext.fileno()).st_size)
        ciphertext.seek(0)
        _decrypt(ciphertext, plaintext, secret)
        written = plaintext.tell()
        plaintext.seek(0)
        digest = hashlib.file_digest(plaintext, "sha256").hexdigest()
        if (written, digest) != (size, sha256):
            raise BadAge("a plaintext of another size or hash")
    return size


def _encrypt(plaintext: BinaryIO, ciphertext: BinaryIO, recipient: str) -> None:
    parse_recipient(recipient)
    pyrage.encrypt_io(plaintext, ciphertext, [pyrage.x25519.Recipient.from_str(recipient)])


def _decrypt(ciphertext: BinaryIO, plaintext: BinaryIO, secret: bytes) -> None:
    identity = pyrage.x25519.Identity.from_str(identity_of(secret))
    try:
        pyrage.decrypt_io(ciphertext, plaintext, [identity])
    except pyrage.DecryptError as error:
        raise BadAge(f"not opened: {error}") from error
    except OSError as error:
        # A chunk that does not open is an OSError without a number; the disk's errors have one.
        if error.errno is not None:
            raise
        raise BadAge(f"not opened: {error}") from error


@contextmanager
def _replacing(target: Path) -> Iterator[BufferedRandom]:
    """Give a new file beside `target` that takes its name at the end; a failure deletes it."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
