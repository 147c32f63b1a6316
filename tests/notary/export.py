"""Exports of small logs, signed by a hall of their own, for the tests of the verifier."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from notary import authority, cms, disclosed, entry, merkle, note, policy, sums, tiles
from notary.entropy import system_entropy
from notary.entry import Fields
from tests.notary import golden

FROM = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class House:
    """An authority and the hall's certificate under it."""

    root: x509.Certificate
    key: EllipticCurvePrivateKey
    certificate: x509.Certificate

    def seal(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Write files and their signed sums; what was in the folder before stays."""
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.reseal(folder)

    def reseal(self, folder: Path) -> None:
        """Sign the sums of the files as they are now."""
        own = {sums.NAME, sums.SIGNATURE}
        digests = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and path.name not in own
        }
        data = sums.write(digests)
        (folder / sums.NAME).write_bytes(data)
        (folder / sums.SIGNATURE).write_bytes(cms.sign(data, self.key, self.certificate))


def a_house() -> House:
    """Make an authority and a hall."""
    root_key, root = authority.create_authority("Test CA", system_entropy, FROM)
    key = authority.new_key(system_entropy)
    certificate = authority.issue(
        root_key,
        root,
        common_name="hall",
        organisation="Trading Hall",
        organization_identifier="91210300MA0HALL000",
        public_key=key.public_key(),
        entropy=system_entropy,
        at=FROM,
        until=FROM + timedelta(days=365),
    )
    return House(root, key, certificate)


@dataclass(frozen=True, slots=True)
class Log:
    """A log of these records by a key of its own, cosigned by nobody."""

    seed: bytes
    records: Sequence[bytes]

    @property
    def key(self) -> note.VerifierKey:
        """Return the key under the origin of the golden log."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return note.VerifierKey(ORIGIN, note.Algorithm.ED25519, public)

    def note(self, size: int | None = None) -> bytes:
        """Return the signed checkpoint of the first `size` records, or of all."""
        first = self.records[:size]
        root = merkle.root(merkle.leaf_hashes(first))
        text = note.Checkpoint(ORIGIN, len(first), root).text
        sign = Ed25519PrivateKey.from_private_bytes(self.seed).sign
        return note.Note(text, (note.sign_note(text, self.key, sign),)).encode()

    def files(self, house: House, opened: Mapping[int, Fields] | None = None) -> dict[str, bytes]:
        """Return the files of a whole export, without sums, with an older checkpoint or two."""
        older = {size for size in (1, len(self.records) // 2) if size}
        return {
            "checkpoint": self.note(),
            "log.vkey": f"{self.key.vkey}\n".encode(),
            "policy.txt": policy.of_log(self.key),
            "certs.pem": house.root.public_bytes(Encoding.PEM),
            "disclosed.jsonl": disclosed.write(opened or {}),
            **{f"checkpoints/{size}": self.note(size) for size in older},
            **dict(tiles.build(self.records)),
        }


ORIGIN = "hall.anshan.example/ledger"


def a_log(size: int) -> Log:
    """Make a log of the golden inception and, behind it, commitments that nobody opens."""
    inception = bytes.fromhex(golden.log()["entries"][0]["record"])
    closed = [entry.COMMITTED + hashlib.sha256(n.to_bytes(4)).digest() for n in range(1, size)]
    return Log(bytes(range(32)), [inception, *closed])
