"""The folder of one opened box in an export: all that a stranger needs to judge it again.

Written from what was stored and signed, nothing from what was concluded; `bidding.proof.record`
reads it. Every proof stands on the first checkpoint that covers its entry. The folder of a box is
written once the box is finished, so that nothing in it is ahead of its lawful moment.

Source: `sealing.md` 8, Record.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bidding.facts import BoxFacts, Envelope
from bidding.sealed import seal
from bidding.sealed.lists import read_list
from bidding.sealed.objects import TrusteeKey
from bidding.sealed.policy import read_policy
from bidding.sealed.statements import LIST_LIMIT, Opening
from bidding.store import awards, envelopes, trustees
from notary import age, cms, duty, entry, export
from notary.canonical import Json, dumps, sha256_hex
from notary.entry import Fields
from notary.export import Contradiction, File, Log
from notary.hall import Hall
from notary.ledger import Sequenced
from notary.shape import load
from notary.vault import MissingBlob, Vault
from notary.verify import TENDERS
from sql.database import Tx
from trading import notice as notices
from trading import service as trading
from trading.types import Published

_CLOSING = {"bidding.box-closed": 1, "bidding.box-reopened": -1}
"""What each entry adds to the closings of its box that stand."""

BIDDER = "actor"
"""Who sent an envelope that stays shut: the decision that keeps it shut has named the bidder."""

_AWARDING = ("bidding.candidates-published", "bidding.awarded")
_REVISING = (
    "trading.published",
    "trading.amended",
    "trading.outage-recorded",
    "trading.cancelled",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What folders are made from: one moment of the hall, and its log.

    `enrolled`: entries by the certificate that they enrol; `stated`: by duty statement. `opens`:
    collects, by index, the names of each entry that a folder proves.
    """

    tx: Tx
    hall: Hall
    vault: Vault
    log: Log
    enrolled: Mapping[str, Sequenced]
    stated: Mapping[str, Sequenced]
    with_files: bool
    opens: dict[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """A tender as the log and the tables show it. `entries`: all about it, in the log's order."""

    entries: Sequence[Sequenced]
    revisions: Sequence[Published]
    invited: dict[str, Json] | None

    def find(self, *families: str, **fields: Json) -> Sequenced | None:
        """Return the last entry of these kinds with these values, None where there is none."""
        found = (
            one
            for one in reversed(self.entries)
            if entry.kind(one.kind).family in families
            and all(one.fields.get(name) == value for name, value in fields.items())
        )
        return next(found, None)


async def read_tender(sources: Sources, tender: str) -> Tender:
    """Read what an export shows of a tender up to the newest checkpoint."""
    tx = sources.tx
    about = await export.about(tx, sources.log, tender)
    known = {one.fields["notice_sha256"] for one in about if "revision" in one.fields}
    revisions = [one for one in await trading.revisions(tx, tender) if one.notice_sha256 in known]
    return Tender(
        entries=about,
        revisions=revisions,
        # Who was invited is nobody's to know before the last closing (招标投标法 22).
        invited=await trading.invited_record(tx, tender) if _is_closed(about, revisions) else None,
    )


def _is_closed(about: Sequence[Sequenced], revisions: Sequence[Published]) -> bool:
    """Tell whether every box of a tender has a closing in the log that was not set aside."""
    closings: Counter[tuple[Json, Json]] = Counter()
    for one in about:
        family = entry.kind(one.kind).family
        if family in _CLOSING:
            closings[one.fields["lot"], one.fields["stage"]] += _CLOSING[family]
    places = [(lot.lot, box.stage) for lot in revisions[-1].notice.lots for box in lot.boxes]
    return all(closings[place] > 0 for place in places)


async def award_files(sources: Sources, tender: Tender, lot: str) -> list[File]:
    """Return the last award of a lot and its signature, nothing where there is none yet."""
    name = tender.revisions[0].notice.tender
    last = tender.find(*_AWARDING, lot=lot)
    if last is None:
        return []
    signed = await awards.awards_of(sources.tx, name, lot)
    award = next(one for one in signed if sha256_hex(one.json) == last.fields["award_sha256"])
    folder = f"{TENDERS}{name}/{lot}/"
    return [(f"{folder}award.json", award.json), (f"{folder}award.p7s", award.p7s)]


class Archive:
    """The folder of one finished box, file by file."""

    def __init__(
        self, sources: Sources, tender: Tender, box: BoxFacts, award: Sequence[File]
    ) -> None:
        self._sources = sources
        self._tx = sources.tx
        self._tender = tender
        self._box = box
        self._named: dict[str, x509.Certificate] = {}
        self._prefix = "".join(f"{step}/" for step in ("tender", *box.key))
        if award:
            (_, text), (_, p7s) = award
            self._name(text, p7s)

    async def files(self) -> AsyncIterator[File]:
        """Give every file of the folder; the certificates that the others name come last."""
        for file in chain(self._notices(), self._closing()):
            yield file
        for chapter in (self._revocation, self._keys, self._released, self._bids):
            async for file in chapter():
                yield file
        for file in self._certificates():
            yield file

    # Each method gives the files of one chapter.

    def _notices(self) -> Iterator[File]:
        for one in self._tender.revisions:
            stem = f"notice/{one.notice.revision}"
            yield from self._signed(stem, one.json, one.p7s)
            yield self._proof(stem, self._entry(*_REVISING, notice_sha256=one.notice_sha256))
        if self._tender.invited is not None:
            yield self._file("invited.json", dumps(self._tender.invited))

    def _closing(self) -> Iterator[File]:
        box = self._box
        assert box.list_json is not None  # noqa: S101 - a finished box has these
        assert box.opening_json is not None  # noqa: S101 - by a CHECK of its table
        assert box.opening_p7s is not None  # noqa: S101 - signed in the act that finished it
        listed: Fields = {**box.key._asdict(), "list_sha256": box.list_sha256}
        yield self._file("list.json", box.list_json)
        yield self._proof("list", self._entry("bidding.box-closed", **listed))
        if box.revised_json is not None:
            listed["list_sha256"] = box.revised_sha256
            yield self._file("revised.json", box.revised_json)
            yield self._proof("revised", self._entry("bidding.list-revised", **listed))
        yield self._proof("asked", self._entry("bidding.shares-asked", **listed))
        yield from self._signed("opening", box.opening_json, box.opening_p7s)

    async def _revocation(self) -> AsyncIterator[File]:
        """Give the revocation lists of the closing, which the clerk kept."""
        assert self._box.list_json is not None  # noqa: S101 - a finished box has a list
        digest = read_list(self._box.list_json).crls_sha256
        if digest is not None:
            chunks = [chunk async for chunk in self._sources.vault.open(digest)]
            yield self._file("crls.pem", b"".join(chunks))

    async def _keys(self) -> AsyncIterator[File]:
        """Give the policies that the notices name, the keys these pin, and whose keys they are."""
        terms = [
            notices.box_of(one.notice, self._box.key.lot, self._box.key.stage)
            for one in self._tender.revisions
        ]
        named = {one.policy_sha256 for one in terms if one is not None}
        policies = await trustees.policies_of(self._tx, self._box.key)
        pinned = set()
        for sha256 in sorted(named):
            yield self._file(f"policy/{sha256}.json", policies[sha256])
            pinned |= {
                member.key_sha256
                for group in read_policy(policies[sha256]).groups
                for member in group.members
            }
        keys = await trustees.keys_of(self._tx, self._box.key.tender)
        keys = [one for one in keys if one.key_sha256 in pinned]
        for one in keys:
            for file in self._signed(f"keys/{one.key_sha256}", one.json, one.p7s):
                yield file
        holders = {load(TrusteeKey, one.json).holder.cert_sha256 for one in keys}
        for stated in await duty.statements_for(self._tx, sorted(holders)):
            if stated.duty_sha256 in self._sources.stated:
                stem = f"duty/{stated.duty_sha256}"
                for file in self._signed(stem, stated.statement, stated.p7s):
                    yield file
                yield self._proof(stem, self._sources.stated[stated.duty_sha256])

    async def _released(self) -> AsyncIterator[File]:
        """Give what trustees promised and released, and what owners showed, before the end."""
        for promised in await trustees.promises_of(self._tx, self._box.key):
            stem = f"promises/{promised.promise_sha256}"
            for file in self._signed(stem, promised.json, promised.p7s):
                yield file
        for released in await trustees.releases_of(self._tx, self._box.key):
            stem = f"releases/{released.release_sha256}"
            for file in self._signed(stem, released.json, released.p7s):
                yield file
        for shown in await trustees.owner_releases_of(self._tx, self._box.key):
            yield self._file(f"owner/{shown.envelope_id}.json", shown.json)

    async def _bids(self) -> AsyncIterator[File]:
        """Give the envelopes that were asked for, and of no other: a manifest holds its shares.

        Of what a revised list keeps shut there is the entry alone, with whose it is.
        """
        assert self._box.in_force is not None  # noqa: S101 - a finished box has a list
        asked = read_list(self._box.in_force.json)
        for kept in asked.kept_shut:
            named: Fields = {**self._box.key._asdict(), "envelope": kept.envelope}
            shut = self._entry("bidding.bid-received", **named)
            yield self._proof(f"bids/{kept.envelope}/entry", shut, BIDDER)
        rows = await envelopes.envelopes_in(self._tx, self._box.key)
        received = {one.envelope_id: one for one in rows}
        assert self._box.opening_json is not None  # noqa: S101 - a finished box has its opening
        opened = load(Opening, self._box.opening_json, limit=LIST_LIMIT)
        secrets = {one.envelope: one.secret for one in opened.results}
        for listed in asked.envelopes:
            folder = f"bids/{listed.envelope}"
            bid = received[listed.envelope]
            for file in self._signed(f"{folder}/seal", bid.seal_json, bid.seal_p7s):
                yield file
            stated: Fields = {**self._box.key._asdict(), "envelope": listed.envelope}
            yield self._proof(f"{folder}/entry", self._entry("bidding.bid-received", **stated))
            if listed.complete != listed.index:
                completed = self._entry("bidding.bid-completed", **stated)
                yield self._proof(f"{folder}/complete", completed)
            secret = secrets[listed.envelope]
            if secret is not None:
                identity = age.identity_of(secret)
                yield self._file(f"{folder}/identity.txt", f"{identity}\n".encode())
            async for file in self._parts(folder, bid):
                yield file

    async def _parts(self, folder: str, bid: Envelope) -> AsyncIterator[File]:
        parts = seal.read_manifest(bid.seal_json).core.parts
        for part in parts if self._sources.with_files else parts[:1]:
            try:
                chunks = [chunk async for chunk in self._sources.vault.open(part.sha256)]
            except MissingBlob:
                continue  # the verdict says so: E-PART-LOST, by the hall's fault
            yield self._file(f"{folder}/p{part.n:04}.age", b"".join(chunks))

    def _certificates(self) -> Iterator[File]:
        """Give every certificate that signed something here, and the entries that enrolled them."""
        hall = self._sources.hall
        for sha256 in sorted(self._named):
            if sha256 in self._sources.enrolled:
                yield self._proof(f"enrolled/{sha256}", self._sources.enrolled[sha256])
        others = [self._named[sha256] for sha256 in sorted(self._named)]
        certificates = [*hall.authorities.roots, hall.certificate, *others]
        pem = [one.public_bytes(Encoding.PEM) for one in dict.fromkeys(certificates)]
        yield self._file("certs.pem", b"".join(pem))

    # How a file is named.

    def _file(self, name: str, content: bytes) -> File:
        return self._prefix + name, content

    def _signed(self, stem: str, text: bytes, p7s: bytes) -> Iterator[File]:
        self._name(text, p7s)
        yield self._file(f"{stem}.json", text)
        yield self._file(f"{stem}.p7s", p7s)

    def _name(self, text: bytes, p7s: bytes) -> None:
        certificate = cms.verify(text, p7s)
        self._named[cms.cert_sha256(certificate)] = certificate

    def _proof(self, stem: str, found: Sequenced, *also: str) -> File:
        names = export.act_opens(entry.kind(found.kind)).union(also)
        self._sources.opens[found.idx] = names
        return self._file(f"{stem}.tlog-proof", self._sources.log.prove(found, names))

    def _entry(self, *families: str, **fields: Json) -> Sequenced:
        found = self._tender.find(*families, **fields)
        if found is None:
            raise Contradiction(f"a finished box without its entry {families[0]}")
        return found
