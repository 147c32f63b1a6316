"""What a bidder does from the terminal: seal, withdraw, open its own bid; `web.submitting` submits.

In the key folder it keeps until the award, each file for its owner's eyes only:

    bids/<envelope>.json       S of the envelope, and the box it is in
    bids/<box>/files.json      F of the box, and what was sealed under it; beside it the parts

The same files are not sealed again for another price. A file replaced means a new F: under the old
one everything that was ever sealed would open with the bid (`sealing.md` 4).

Source: `sealing.md` 3 (transport), 6.4, 7 and 8.5; `people.md` 6.
"""

import asyncio
import hashlib
import mimetypes
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bidding.clients import sealing
from bidding.clients.duty import Grounds, Refused, Silent, clear_box, enveloped
from bidding.clients.offer import Ledger, Offer, Pending, SealedTo, offer_of
from bidding.clients.sealing import Invitation, SealedBid, SealedFiles
from bidding.sealed.objects import (
    Bidder,
    Envelope,
    File,
    Part,
    Secret,
    TrusteeKey,
    Withdrawal,
)
from bidding.sealed.statements import OwnerRelease
from bidding.types import Box, EnvelopeId
from notary import cms, durable
from notary.authority import Authorities
from notary.canonical import sha256_hex
from notary.clock import MachineClock, machine_clock
from notary.entropy import Entropy, system_entropy
from notary.policy import Policy as LogPolicy
from notary.shape import Count, Id, Origin, Sha256, dump, load, read, write
from notary.times import MERGE_WITHIN
from trading.types import Stage
from web.client import Client, SigningPair
from web.duty_folder import sender
from web.key_folder import body_of
from web.lodging import notice_beside
from web.submitting import Receipt
from web.terminal import Refusing

BIDS = "bids"

_LIMIT = 16 * 1024 * 1024
_NONCE_BYTES = 16
_PASSING = {"release.not_asked", "request.too_many", "hall.unavailable", "hall.fault"}
_DEFAULT_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxName:
    """A box as a person names it: TENDER[/LOT[/STAGE]]."""

    tender: str
    lot: str
    stage: str

    @property
    def path(self) -> str:
        """Its address in the API."""
        return f"/boxes/{self.tender}/{self.lot}/{self.stage}"

    def of(self, origin: str) -> Box:
        """Return the box in a hall."""
        return Box(origin=origin, tender=self.tender, lot=self.lot, stage=self.stage)


def parse_box(text: str) -> BoxName:
    """Read TENDER[/LOT[/STAGE]]; a tender without lots has lot 1 and the stage `single`."""
    tender, lot, stage, *more = [*text.split("/"), "", ""][: text.count("/") + 3]
    if not tender or any(more) or (stage and stage not in set(Stage)):
        raise Refusing(f"{text} is no box: TENDER[/LOT[/STAGE]]")
    return BoxName(tender=tender, lot=lot or "1", stage=stage or Stage.SINGLE)


# What a bid is sealed to


async def fetch_offer(
    hall: Client,
    name: BoxName,
    authorities: Authorities,
    log: LogPolicy,
    *,
    clock: MachineClock = machine_clock,
) -> Offer:
    """Fetch what a box is sealed to and verify all of it, or raise Withheld.

    In the first minute the notice need not be in the log yet (`ledger.md` 6); until then its
    signatures must do.
    """
    given = read(SealedTo, await hall.send("GET", name.path))
    box = name.of(log.logs[0].name)
    if any(one.proof is None for one in given.notices):
        offer = offer_of(given, box, authorities, None)
        if clock() < offer.newest.notice.published + MERGE_WITHIN:
            return offer
    return offer_of(given, box, authorities, Ledger(log))


def trustees_of(offer: Offer) -> list[TrusteeKey]:
    """Return the pinned keys in the order of the policy, for the bidder to see whose they are."""
    groups = offer.policy.groups
    return [offer.keys[member.key_sha256] for group in groups for member in group.members]


# Sealing


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFiles:
    """What was sealed under the F of a box. `sources`: hashes of the files, in order."""

    v: Literal["hall-kept-files/v1"] = "hall-kept-files/v1"
    files_key: Secret
    sources: tuple[Sha256, ...]
    files: tuple[File, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBid:
    """What the bidder keeps of one envelope until the award."""

    v: Literal["hall-kept-bid/v1"] = "hall-kept-bid/v1"
    origin: Origin
    tender: Id
    lot: Id
    stage: Stage
    envelope: Envelope
    seq: Count
    secret: Secret

    @property
    def box(self) -> Box:
        """The box of the envelope."""
        return Box(origin=self.origin, tender=self.tender, lot=self.lot, stage=self.stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sequence:
    seq: Count
    supersedes: Envelope | None
    earlier: tuple[Envelope, ...]
    withdrawn: bool


async def seal(
    hall: Client,
    folder: Path,
    pair: SigningPair,
    offer: Offer,
    form: Mapping[str, str],
    sources: Sequence[Path],
    out: Path,
    *,
    entropy: Entropy = system_entropy,
    clock: MachineClock = machine_clock,
) -> SealedBid:
    """Seal a bid to a verified offer, sign it, keep its S, and write `bid.seal` to `out`.

    S is on disk before the bid is: what can be submitted can be opened by its bidder. The notice
    that it was sealed to lies beside it.
    """
    box = offer.box
    name = BoxName(tender=box.tender, lot=box.lot, stage=box.stage)
    place = read(_Sequence, await hall.send("GET", f"{name.path}/sequence"))
    files = await asyncio.to_thread(_files, folder, box, sources, entropy)
    bid = sealing.seal_bid(
        Invitation(
            notice_sha256=offer.newest.notice_sha256, terms=offer.terms, policy=offer.policy
        ),
        Bidder(id=body_of(pair.certificate), cert_sha256=cms.cert_sha256(pair.certificate)),
        form,
        files,
        earlier=place.earlier,
        entropy=entropy,
        at=clock(),
    )
    _keep(folder, box, bid, place.seq)
    p7s = cms.sign(bid.seal, pair.key, pair.certificate)
    # Its hash stands in the bid: whoever submits finds the channels there when the hall is away.
    durable.replace(notice_beside(out), offer.newest.json, mode=0o644)
    await asyncio.to_thread(sealing.write_bid, out, bid, p7s, files)
    return bid


def _files(folder: Path, box: Box, sources: Sequence[Path], entropy: Entropy) -> SealedFiles:
    """Return the sealed files: those kept where the files are the same, else under a new F."""
    kept = folder / BIDS / sha256_hex(dump(box))
    hashes = tuple(_hash(source) for source in sources)
    known = _kept_files(kept)
    if known is not None and known.sources == hashes and _names(sources) == _named(known):
        files = _sealed(known, kept)
        if all(path.exists() for path in files.paths):
            return files
    if kept.exists():
        shutil.rmtree(kept)
    kept.mkdir(mode=0o700, parents=True)
    made = sealing.seal_files(
        [(source.name, _type_of(source), source) for source in sources], entropy(32), kept
    )
    now = KeptFiles(files_key=made.files_key, sources=hashes, files=made.files, parts=made.parts)
    durable.replace(kept / "files.json", dump(now))
    return made


def _kept_files(kept: Path) -> KeptFiles | None:
    path = kept / "files.json"
    return load(KeptFiles, path.read_bytes(), limit=_LIMIT) if path.exists() else None


def _sealed(known: KeptFiles, kept: Path) -> SealedFiles:
    return SealedFiles(
        files_key=known.files_key,
        files=known.files,
        parts=known.parts,
        paths=tuple(kept / f"p{part.n:04}.age" for part in known.parts),
    )


def _names(sources: Sequence[Path]) -> list[str]:
    return [source.name for source in sources]


def _named(known: KeptFiles) -> list[str]:
    return [file.path for file in known.files]


def _hash(source: Path) -> str:
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _type_of(source: Path) -> str:
    return mimetypes.guess_type(source.name)[0] or _DEFAULT_TYPE


def _keep(folder: Path, box: Box, bid: SealedBid, seq: int) -> None:
    kept = KeptBid(
        origin=box.origin,
        tender=box.tender,
        lot=box.lot,
        stage=Stage(box.stage),
        envelope=bid.envelope_id,
        seq=seq,
        secret=bid.secret,
    )
    (folder / BIDS).mkdir(mode=0o700, exist_ok=True)
    durable.replace(folder / BIDS / f"{bid.envelope_id}.json", dump(kept))


def kept_bids(folder: Path) -> list[KeptBid]:
    """Return what the folder keeps of envelopes, the later ones of a box last."""
    paths = (folder / BIDS).glob("*.json")
    return sorted((load(KeptBid, path.read_bytes()) for path in paths), key=lambda one: one.seq)


# Withdrawing, and opening one's own bid


async def withdraw(
    hall: Client,
    pair: SigningPair,
    box: Box,
    envelope: EnvelopeId,
    *,
    entropy: Entropy = system_entropy,
    clock: MachineClock = machine_clock,
) -> Receipt:
    """Take an envelope back before the deadline."""
    wish = Withdrawal(
        origin=box.origin,
        tender=box.tender,
        lot=box.lot,
        stage=Stage(box.stage),
        bidder=Bidder(id=body_of(pair.certificate), cert_sha256=cms.cert_sha256(pair.certificate)),
        envelope=envelope,
        nonce=entropy(_NONCE_BYTES).hex(),
        created=clock(),
    )
    text = dump(wish)
    p7s = cms.sign(text, pair.key, pair.certificate)
    return read(Receipt, await hall.send("POST", "/withdrawals", enveloped(text, p7s)))


async def release_own(hall: Client, folder: Path, box: Box, grounds: Grounds) -> list[EnvelopeId]:
    """Give S of the folder's envelopes on the list of a box; return which.

    Only after every check that a trustee makes (`sealing.md` 8.5). Raises Withheld, and Refusing
    where no envelope of this folder is listed.
    """
    cleared = await clear_box(sender(hall), box, grounds, None)
    listed = {one.envelope for one in cleared.bids.envelopes}
    own = [one for one in kept_bids(folder) if one.box == box and one.envelope in listed]
    if not own:
        raise Refusing(f"no envelope kept in {folder} is on the list of this box")
    for one in own:
        released = OwnerRelease(
            origin=one.origin,
            tender=one.tender,
            lot=one.lot,
            stage=one.stage,
            envelope=one.envelope,
            secret=one.secret,
        )
        await hall.send("POST", "/owner-releases", {"object": write(released)})
    return [one.envelope for one in own]


async def release_when_asked(
    hall: Client,
    folder: Path,
    box: Box,
    grounds: Grounds,
    pause: Callable[[], Awaitable[None]],
) -> list[EnvelopeId]:
    """Wait until shares of a box are asked for, then open one's own bids; raises as `release_own`.

    In the mode `bidder` a client does so by itself (`sealing.md` 8.5). `pause`: between two looks;
    a hall that is away is looked for again, and so is what comes by itself.
    """
    while True:
        try:
            return await release_own(hall, folder, box, grounds)
        except Silent:
            pass
        except Refused as refused:
            if refused.code not in _PASSING:
                raise
        except Pending:
            pass
        await pause()
