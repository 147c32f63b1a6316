"""What bidders, trustees and others hand in, sound by default, hostile where a test says so."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

from bidding import export, keys, releases, service
from bidding.clients.sealing import SealedBid, SealedFiles, seal_files
from bidding.facts import BoxFacts, BoxKey, Result
from bidding.proof.verify import PublicRecord, verify_record
from bidding.sealed import seal
from bidding.sealed.objects import Core, Manifest, TrusteeKey, Withdrawal
from bidding.sealed.statements import LIST_LIMIT, Opening, OwnerRelease, Promise, Release
from bidding.store import boxes, results
from bidding.types import EnvelopeId
from notary import age, ledger
from notary.canonical import Json, sha256_hex
from notary.entropy import system_entropy
from notary.once import Answer, Once
from notary.refusal import Refusal
from notary.shape import dump, load
from notary.verify import Trust
from tests.bidding.town import BOX, Person, Town, a_release, once, policy_of, send_part
from trading.types import Stage

S = TypeVar("S", Core, Withdrawal, TrusteeKey, Promise, Release)

# Bidders


async def withdraw_as(
    town: Town, name: str, envelope: str, *, request: Once | None = None, **changes: object
) -> Answer:
    """Withdraw an envelope, signed by `name`; `changes`: members of the wish that differ."""
    person = town.people[name]
    wish = Withdrawal(
        **boxed(town),
        bidder=person.bidder,
        envelope=EnvelopeId(envelope),
        nonce="00" * 16,
        created=town.clock.now,
    )
    text = dump(changed(wish, changes))
    return await service.withdraw(
        town.database, town.hall, town.vault, request or once(), text, person.sign(text)
    )


async def sealed_again(town: Town, bid: SealedBid, part_0: bytes, **core: object) -> SealedBid:
    """Deal a bid again over another part 0 and other members of its core, and send the part."""
    manifest = seal.read_manifest(bid.seal)
    first = replace(manifest.core.parts[0], size=len(part_0), sha256=sha256_hex(part_0))
    other = changed(manifest.core, {"parts": (first, *manifest.core.parts[1:]), **core})
    await send_part(town, part_0)
    return replace(bid, seal=await dealt(town, other, bid.secret), part_0=part_0)


async def dealt(town: Town, core: Core, secret: bytes) -> bytes:
    """Return the manifest that a core and its secret deal."""
    return dump(Manifest(core=core, shares=seal.deal(core, await policy_of(town, BOX), secret)))


def files_of(folder: Path, content: bytes = b"%PDF-1.7 a drawing") -> SealedFiles:
    """Seal one file."""
    folder.mkdir(exist_ok=True)
    (folder / "drawing.pdf").write_bytes(content)
    named = [("drawing.pdf", "application/pdf", folder / "drawing.pdf")]
    return seal_files(named, system_entropy(32), folder)


async def upload(
    town: Town, content: bytes, *, named: bytes | None = None, name: str | None = "firm-1"
) -> Answer:
    """Send a part under the hash of `named`, its own by default; `name` None: nobody is known."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    digest = hashlib.sha256(content if named is None else named).hexdigest()
    sender = None if name is None else town.people[name].actor
    return await service.upload(town.database, town.hall, town.vault, sender, digest, chunks())


def age_file(content: bytes = b"anything") -> bytes:
    """Return an age file of the profile, to a recipient that nobody has."""
    return age.encrypt(content, age.recipient_of(system_entropy(32)))


async def show_secret(
    town: Town, bid: SealedBid, *, secret: bytes | None = None, request: Once | None = None
) -> Answer:
    """Hand in S of a bid."""
    given = OwnerRelease(
        **boxed(town), envelope=bid.envelope_id, secret=bid.secret if secret is None else secret
    )
    return await releases.release_by_owner(town.database, town.hall, request or once(), dump(given))


# Trustees


async def release_of(town: Town, name: str, *, member: str = "chief", **changes: object) -> Release:
    """Make the release of one member of a trustee; `changes`: members that differ."""
    return changed(Release(**boxed(town), **await a_release(town, name, BOX, member)), changes)


async def promise_as(
    town: Town, name: str, release: Release, *, request: Once | None = None, **changes: object
) -> Answer:
    """Promise a release; `changes`: members of the promise that differ."""
    promise = Promise(
        **boxed(town),
        group=release.group,
        key_sha256=release.key_sha256,
        list_sha256=release.list_sha256,
        release_sha256=sha256_hex(dump(release)),
        at=release.at,
    )
    text = dump(changed(promise, changes))
    p7s = town.people[name].sign(text)
    return await releases.promise(town.database, town.hall, request or once(), text, p7s)


async def hand_in(
    town: Town,
    name: str,
    release: Release | None = None,
    *,
    signer: Person | None = None,
    request: Once | None = None,
) -> Answer:
    """Hand in a release, by default the sound one of `name`, signed by `name`."""
    text = dump(await release_of(town, name) if release is None else release)
    p7s = (signer or town.people[name]).sign(text)
    return await releases.release(town.database, town.hall, request or once(), text, p7s)


def changed(statement: S, changes: Mapping[str, object]) -> S:
    """Return a statement with other members."""
    return replace(statement, **cast("dict[str, Any]", changes))


def boxed(town: Town, key: BoxKey = BOX) -> dict[str, Any]:
    """Return the members by which an object names its box."""
    box = keys.box_of(town.hall, key)
    return {
        "origin": box.origin,
        "tender": box.tender,
        "lot": box.lot,
        "stage": Stage(box.stage),
    }


# What there is to see


async def box_facts(town: Town) -> BoxFacts:
    """Return the row of the box."""
    async with town.database.transaction() as tx:
        found = await boxes.box(tx, BOX)
    assert found is not None
    return found


async def told(town: Town) -> list[Result]:
    """Return what was announced, in order."""
    async with town.database.transaction() as tx:
        return await results.results_of(tx, BOX)


async def opening(town: Town) -> Opening:
    """Return the signed opening."""
    found = await box_facts(town)
    assert found.opening_json is not None
    return load(Opening, found.opening_json, limit=LIST_LIMIT)


async def outcome(act: Awaitable[object]) -> str:
    """Return the code of a refusal, or that the act was accepted."""
    try:
        await act
    except Refusal as refusal:
        return refusal.code
    return "accepted"


async def appended(town: Town, *, after: int = 0) -> list[tuple[str, dict[str, Json]]]:
    """Return every entry, in the log or not, as its act wrote it: kind and fields."""
    async with town.database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT entry_id FROM notary.ledger_body WHERE entry_id > $1 ORDER BY entry_id", after
        )
        found = [await ledger.entry_of(tx, row["entry_id"]) for row in rows]
    return [(str(one.fields["kind"]), one.fields) for one in found if one is not None]


async def entries(town: Town, kind: str) -> list[dict[str, Json]]:
    """Return the fields of every entry of a kind, in the log or not."""
    return [fields for found, fields in await appended(town) if found == f"bidding.{kind}.v1"]


async def verified(town: Town, folder: Path, *, with_files: bool = False) -> PublicRecord:
    """Export the public record and verify it as a stranger does."""
    await town.settle()
    await export.write(town.database, town.hall, town.vault, folder, with_files=with_files)
    return verify_record(folder, Trust())
