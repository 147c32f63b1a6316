"""The golden tender as an export: a log with its entries, and the folders of two opened boxes."""

import base64
import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from notary import cms, entry, merkle, proof
from notary.canonical import Json
from notary.entry import Fields
from notary.verify import ExportFacts, Trust, verify_export
from tests.bidding.golden import Facts, bid, certificate, golden, key, trust
from tests.notary import golden as golden_log
from tests.notary.export import House, Log

TENDER = "A2103000001-2026-0042"
PRICE = f"tender/{TENDER}/1/price/"
SINGLE = f"tender/{TENDER}/2/single/"
ORIGIN = "hall.anshan.example/ledger"

LOT: dict[str, Json] = {"tender": TENDER, "lot": "1"}
BOX: dict[str, Json] = {**LOT, "stage": "price"}


def golden_house() -> House:
    hall = key("hall")
    assert isinstance(hall, ec.EllipticCurvePrivateKey)
    return House(certificate("ca"), hall, certificate("hall"))


def an_entry(kind: str, at: str, **fields: Json) -> Fields:
    return {"kind": f"{kind}.v1", "origin": ORIGIN, "at": at, "actor": "hall", **fields}


def golden_entries() -> dict[int, Fields]:
    """Return the golden entries by index, and those that an export needs besides."""
    entries: dict[int, Fields] = {
        one["index"]: dict(one["fields"]) for one in golden()["ledger"]["entries"]
    }
    for index, (sha256, org) in enumerate(sorted((trust().enrolled or {}).items()), 6):
        entries[index] = an_entry(
            "notary.certificate-enrolled",
            "2026-11-02T02:00:00.000000Z",
            org=org,
            person="P-1",
            cert_sha256=sha256,
        )
    inception = golden_log.log()["entries"][0]["fields"]
    entries[0] = {**inception, "at": "2026-10-01T00:00:00.000000Z"}
    entries[2] = an_entry(
        "notary.duty-stated",
        "2026-10-15T00:00:00.000000Z",
        org="ORG-SUPERVISOR",
        duty_sha256=golden()["duty"]["sha256"],
        cert_sha256=cms.cert_sha256(certificate("supervisor-duty")),
    )
    for index, kind in ((77, "bidding.objection-raised"), (79, "bidding.objection-answered")):
        entries[index] = an_entry(
            kind, f"2026-12-05T0{index - 70}:00:00.000000Z", **BOX, n=1, text_sha256="00" * 32
        )
    steps = ((76, "candidates-published", "04T02"), (80, "awarded", "08T10"))
    for index, kind, hour in steps:
        entries[index] = an_entry(
            f"bidding.{kind}",
            f"2026-12-{hour}:00:00.000000Z",
            **LOT,
            n=1,
            award_sha256=golden()["award"]["sha256"],
        )
    return entries


@dataclass
class Recorded:
    """An export before it is written: entries by index, files of the folders by path.

    Proofs are made from `proofs`, path to index, when it is written.
    """

    entries: dict[int, Fields]
    files: dict[str, bytes] = field(default_factory=dict)
    proofs: dict[str, int] = field(default_factory=dict)

    def index_of(self, **fields: Json) -> int:
        """Return the index of the first entry with these values."""
        return next(
            index
            for index, one in sorted(self.entries.items())
            if all(one.get(name) == value for name, value in fields.items())
        )

    def put(self, stem: str, facts: Facts) -> None:
        """Add an object and its signature, where it has one."""
        self.files[f"{stem}.json"] = facts["json"].encode()
        if "p7s" in facts:
            self.files[f"{stem}.p7s"] = base64.b64decode(facts["p7s"])

    def write(self, folder: Path) -> Path:
        """Write the export with its log, its proofs and its sums."""
        records, opened = _records(self.entries)
        log = Log(bytes(range(32)), records)
        note = log.note()
        tree = merkle.in_memory(merkle.leaf_hashes(records))
        shown = {index: entry.disclosure(self.entries[index], _salt(index)) for index in opened}
        files = log.files(golden_house(), shown)
        for path, index in self.proofs.items():
            fields = self.entries[index]
            plain = entry.kind_of(fields).plain is not None
            names = set(fields) if plain else set(fields) - {"actor", "person"}
            hashes = merkle.inclusion_proof(tree, index, len(records))
            disclosed = entry.disclosure(fields, None if plain else _salt(index), names)
            files[path] = proof.of_entry(disclosed, index, tuple(hashes), note).encode()
        golden_house().seal(folder, files | self.files)
        return folder

    def facts(self, folder: Path) -> ExportFacts:
        """Write the export and prove its log and its sums."""
        return verify_export(self.write(folder), Trust())


def _salt(index: int) -> bytes:
    return hashlib.sha256(b"salt %d" % index).digest()


def _records(entries: dict[int, Fields]) -> tuple[list[bytes], list[int]]:
    """Return the records of a log with these entries, and which of them are disclosed."""
    records = [
        entry.COMMITTED + hashlib.sha256(b"%d" % index).digest()
        for index in range(max(entries) + 2)
    ]
    opened = []
    for index, fields in entries.items():
        plain = entry.kind_of(fields).plain is not None
        records[index] = entry.record(fields, None if plain else _salt(index))
        if not plain:
            opened.append(index)
    return records, opened


def golden_record() -> Recorded:
    """Return the golden tender with its two opened boxes and its award."""
    made = Recorded(golden_entries())
    for prefix in (PRICE, SINGLE):
        _put_basis(made, prefix)
    for sha256 in [one["key"]["sha256"] for one in golden()["trustees"]]:
        facts = next(one["key"] for one in golden()["trustees"] if one["key"]["sha256"] == sha256)
        made.put(f"{PRICE}keys/{sha256}", facts)
    _put_policy(made, PRICE, "policy")
    _put_policy(made, SINGLE, "policy_bidder")
    for folder, kind in (("promises", "promise"), ("releases", "release")):
        for one in golden()[folder]:
            made.put(f"{PRICE}{folder}/{one['sha256']}", one)
            assert made.index_of(**{f"{kind}_sha256": one["sha256"]})
    _put_list(made, PRICE, "list", "list", 46)
    _put_list(made, PRICE, "revised", "list_revised", 63)
    _put_list(made, SINGLE, "list", "list_bidder", 45)
    made.proofs |= {f"{PRICE}asked.tlog-proof": 65, f"{SINGLE}asked.tlog-proof": 47}
    made.put(f"{PRICE}opening", golden()["opening"])
    made.put(f"{SINGLE}opening", golden()["opening_bidder"])
    made.put(f"tender/{TENDER}/1/award", golden()["award"])
    _put_bid(made, PRICE, "second", 43, 44)
    _put_bid(made, SINGLE, "solo", 42, 42)
    solo = bid("solo")["seal"]["envelope_id"]
    made.put(f"{SINGLE}owner/{solo}", golden()["owner_release"])
    return made


def _put_basis(made: Recorded, prefix: str) -> None:
    revisions = zip(golden()["notices"], (5, 17, 62), strict=True)
    for revision, (facts, index) in enumerate(revisions, 1):
        made.put(f"{prefix}notice/{revision}", facts)
        made.proofs[f"{prefix}notice/{revision}.tlog-proof"] = index
    nobody_here = {"leaver"} if prefix == PRICE else {"leaver", "notary"}
    unnamed = {cms.cert_sha256(certificate(name)) for name in nobody_here}
    for sha256 in (trust().enrolled or {}).keys() - unnamed:
        index = made.index_of(kind="notary.certificate-enrolled.v1", cert_sha256=sha256)
        made.proofs[f"{prefix}enrolled/{sha256}.tlog-proof"] = index
    duty = golden()["duty"]
    made.put(f"{prefix}duty/{duty['sha256']}", duty)
    made.proofs[f"{prefix}duty/{duty['sha256']}.tlog-proof"] = 2
    made.files[f"{prefix}crls.pem"] = golden()["crls_pem"].encode()
    named = ("ca", "bidder", "rival", "purchaser", "agency", "supervisor-duty", "hall")
    made.files[f"{prefix}certs.pem"] = b"".join(
        certificate(name).public_bytes(Encoding.PEM) for name in named
    )


def _put_policy(made: Recorded, prefix: str, name: str) -> None:
    made.put(f"{prefix}policy/{golden()[name]['sha256']}", golden()[name])


def _put_list(made: Recorded, prefix: str, file: str, name: str, index: int) -> None:
    made.put(f"{prefix}{file}", golden()[name])
    made.proofs[f"{prefix}{file}.tlog-proof"] = index


def _put_bid(made: Recorded, prefix: str, name: str, received: int, completed: int) -> None:
    sealed = bid(name)["seal"]
    folder = f"{prefix}bids/{sealed['envelope_id']}/"
    made.put(f"{folder}seal", sealed)
    made.proofs[f"{folder}entry.tlog-proof"] = received
    if completed != received:
        made.proofs[f"{folder}complete.tlog-proof"] = completed
    made.files[f"{folder}p0000.age"] = base64.b64decode(bid(name)["parts"][0]["age"])
    made.files[f"{folder}identity.txt"] = f"{bid(name)['identity']}\n".encode()


@cache
def golden_paths() -> list[str]:
    made = golden_record()
    return sorted([*made.files, *made.proofs])
