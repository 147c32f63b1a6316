"""Exports of small logs, signed by a hall of their own, for the tests of the verifier."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from notary import (
    authority,
    cms,
    disclosed,
    entry,
    merkle,
    note,
    policy,
    proof,
    sums,
    tiles,
    verify,
)
from notary.entropy import system_entropy
from notary.entry import Fields
from notary.sums import NotVerified
from notary.verify import Trust
from tests.notary import golden

FROM = datetime(2026, 1, 1, tzinfo=UTC)
ORIGIN = "hall.anshan.example/ledger"  # of the golden log
TRUST_NOTHING = Trust()


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


def a_log(size: int) -> Log:
    """Make a log of the golden inception and, behind it, commitments that nobody opens."""
    inception = bytes.fromhex(golden.log()["entries"][0]["record"])
    closed = [entry.COMMITTED + hashlib.sha256(n.to_bytes(4)).digest() for n in range(1, size)]
    return Log(bytes(range(32)), [inception, *closed])


def golden_files(house: House) -> dict[str, bytes]:
    """Return the files of the golden log as a whole export, all of it opened."""
    log = golden.log()
    records = [bytes.fromhex(each["record"]) for each in log["entries"]]
    opened: dict[int, Fields] = {
        each["index"]: entry.disclosure(each["fields"], bytes.fromhex(each["salt"]))
        for each in log["entries"]
        if each["salt"]
    }
    return {
        "checkpoint": log["checkpoint"].encode(),
        "log.vkey": f"{log['log']['vkey']}\n".encode(),
        "policy.txt": log["policy"].encode(),
        "certs.pem": house.root.public_bytes(Encoding.PEM),
        "disclosed.jsonl": disclosed.write(opened),
        **{f"checkpoints/{each['size']}": each["note"].encode() for each in log["checkpoints"]},
        **dict(tiles.build(records)),
    }


def one_tender(house: House) -> dict[str, bytes]:
    """Export the one tender of the golden log: proofs instead of tiles."""
    log = golden.log()
    files = golden_files(house)
    hash_of = merkle.in_memory([bytes.fromhex(each["leaf_hash"]) for each in log["entries"]])
    left_out = ("tile/", "disclosed", "checkpoints/11")
    kept = {name: data for name, data in files.items() if not name.startswith(left_out)}
    for size in (4, 5, 9):
        proved = merkle.consistency_proof(hash_of, size, 11)
        kept[f"checkpoints/{size}.proof"] = proof.encode_hashes(proved)
    for case in log["proofs"]:
        kept[f"entries/{case['index']}.tlog-proof"] = case["tlog_proof"].encode()
    return kept


def copied(source: Path, target: Path) -> Path:
    """Copy an export to where a test may change it."""
    return Path(shutil.copytree(source, target / "copy"))


def flip(path: Path, place: int = 0, bit: int = 0) -> None:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def refusal(folder: Path, trust: Trust = TRUST_NOTHING) -> NotVerified:
    """Return what the verifier says of an export that is not what it claims."""
    with pytest.raises(NotVerified) as error:
        verify.verify_export(folder, trust)
    return error.value


def files_of(folder: Path) -> list[str]:
    """List the files of an export."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
