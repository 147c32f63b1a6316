"""Whose fault it is: openings with hostile bidders and trustees, each verified by a stranger."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bidding import keys
from bidding.clients.sealing import SealedBid
from bidding.sealed import seal
from bidding.sealed.objects import Holder, Index, TrusteeKey
from bidding.sealed.statements import Checkpoint, ComplaintItem, ShareItem
from bidding.types import Complaint
from notary import age, cms
from notary.entropy import system_entropy
from notary.shape import dump, load
from sql.database import Database
from tests.bidding.acts import (
    files_of,
    hand_in,
    opening,
    release_of,
    sealed_again,
    told,
    verified,
    withdraw_as,
)
from tests.bidding.town import (
    BOX,
    DEADLINE,
    TENDER,
    TRUSTEES,
    Town,
    a_draft,
    a_town,
    announce,
    bid,
    give_keys,
    once,
    policy_of,
    seal_as,
    submit_as,
)
from trading import service as trading
from trading.types import Stage

PRICE = 1_300_000_000


async def a_tender(database: Database, folder: Path, firms: int) -> Town:
    town = await a_town(database, folder / "home", firms)
    await announce(town)
    return town


async def verdicts(town: Town, bids: dict[str, SealedBid]) -> dict[str, tuple[str, str | None]]:
    """Return verdict and code of each bid as announced, which is what the opening says."""
    names: dict[str, str] = {sealed.envelope_id: name for name, sealed in bids.items()}
    announced = {one.envelope_id: (one.verdict, one.code, one.fault) for one in await told(town)}
    signed = {
        one.envelope: (one.verdict, one.code, one.fault) for one in (await opening(town)).results
    }
    assert announced == signed
    return {names[one]: (verdict, code) for one, (verdict, code, _) in signed.items()}


async def codes(town: Town) -> dict[str, Sequence[str]]:
    return {one.group: one.codes for one in (await opening(town)).trustees}


async def require_record(town: Town, folder: Path) -> None:
    """Verify the public record as everybody gets it, and as a court does."""
    public = await verified(town, folder / "public")
    whole = await verified(town, folder / "court", with_files=True)

    stated = await opening(town)
    for record in (public, whole):
        [box] = record.boxes
        assert len(box.judged) == len(stated.results)


# Bidders


async def with_form(town: Town, name: str, form: dict[str, str]) -> SealedBid:
    """Seal an index with other answers than those asked for."""
    sound = await seal_as(town, name, PRICE)
    index = replace(load(Index, sound.index, limit=1 << 20), form=form)
    recipient = seal.read_manifest(sound.seal).core.recipient
    return await sealed_again(town, sound, age.encrypt(dump(index), recipient))


async def with_other_piece(town: Town, name: str, folder: Path) -> SealedBid:
    """Seal files whose second copy takes the place of the first: the index names other bytes."""
    files, other = files_of(folder / "one"), files_of(folder / "two", b"%PDF-1.7 another")
    swapped = replace(files, parts=other.parts, paths=other.paths)
    return await seal_as(town, name, PRICE, files=swapped)


async def with_garbage_for(town: Town, name: str, *groups: int) -> SealedBid:
    """Seal a bid whose share envelopes for these groups nobody can open."""
    sound = await seal_as(town, name, PRICE)
    manifest = seal.read_manifest(sound.seal)
    stranger = age.recipient_of(system_entropy(32))
    garbage = age.seal_one_chunk(
        bytes(155), [stranger], system_entropy(16), system_entropy(16), [system_entropy(32)]
    )
    shares = tuple(
        replace(entry, age=base64.b64encode(garbage).decode()) if n in groups else entry
        for n, entry in enumerate(manifest.shares)
    )
    return replace(sound, seal=dump(replace(manifest, shares=shares)))


async def test_every_fault_of_a_bidder_is_told_and_stops_no_other_bid(
    database: Database, tmp_path: Path
) -> None:
    town = await a_tender(database, tmp_path, 9)
    bids = {
        "firm-1": await seal_as(town, "firm-1", PRICE),
        "firm-2": await seal_as(town, "firm-2", PRICE, files=files_of(tmp_path / "files")),
        "firm-3": await with_form(town, "firm-3", {"price": "cheap"}),
        "firm-4": await with_other_piece(town, "firm-4", tmp_path),
        "firm-5": await with_garbage_for(town, "firm-5", 2),
        "firm-7": await with_form(town, "firm-7", {"bidder_name": "x", "price_fen": "-1"}),
    }
    copied = await seal_as(town, "firm-6", PRICE)
    bids["firm-6"] = await sealed_again(town, copied, bids["firm-1"].part_0)
    for name, sealed in bids.items():
        await submit_as(town, name, sealed)
    await bid(town, "firm-8", PRICE)
    bids["firm-8"] = await seal_as(town, "firm-8", PRICE + 1)
    await submit_as(town, "firm-8", bids["firm-8"])
    gone = await bid(town, "firm-9", PRICE)
    await withdraw_as(town, "firm-9", str(gone["envelope"]))
    await town.open_box(trustees_=TRUSTEES)

    assert await verdicts(town, bids) == {
        "firm-1": ("opened", None),
        "firm-2": ("opened", None),
        "firm-3": ("improper", "E-INDEX"),
        "firm-4": ("improper", "E-FILE"),
        "firm-5": ("improper", "E-SEAL-INCONSISTENT"),
        "firm-6": ("improper", "E-PAYLOAD"),
        "firm-7": ("improper", "E-INDEX"),
        "firm-8": ("opened", None),
    }
    assert await codes(town) == dict.fromkeys(TRUSTEES, ())
    await require_record(town, tmp_path)


# Trustees


async def test_every_fault_of_a_trustee_is_told_and_costs_no_bid(
    database: Database, tmp_path: Path
) -> None:
    town = await a_tender(database, tmp_path, 3)
    bids = {f"firm-{n}": await seal_as(town, f"firm-{n}", PRICE + n) for n in (1, 2, 3)}
    for name, sealed in bids.items():
        await submit_as(town, name, sealed)
    town.clock.move_to(DEADLINE)
    await town.carry()
    officer, operator, supervisor = [await release_of(town, name) for name in TRUSTEES]
    a, b, c = officer.items
    lie = ComplaintItem(envelope=a.envelope, complaint=Complaint.COMMIT)
    wrong = ShareItem(envelope=b.envelope, share=bytes(32) + b"\x01")

    await hand_in(town, "officer", replace(officer, items=(lie, wrong, c)))
    early = replace(operator, checkpoint=Checkpoint(size=1, root="ab" * 32))
    await hand_in(town, "operator", replace(early, items=operator.items[:2]))
    await town.carry()
    assert await told(town) == []  # no envelope has two good shares

    await hand_in(town, "supervisor", replace(supervisor, x=1))
    await town.carry()
    assert await verdicts(town, bids) == dict.fromkeys(bids, ("opened", None))
    assert await codes(town) == {
        "officer": ("E-REL-FALSE-COMPLAINT", "E-REL-WRONG"),
        "operator": ("E-REL-EARLY", "E-REL-INCOMPLETE"),
        "supervisor": ("E-REL-WRONG",),
    }
    await require_record(town, tmp_path)


async def test_a_false_complaint_of_the_manifest_counts_as_silence(
    database: Database, tmp_path: Path
) -> None:
    town = await a_tender(database, tmp_path, 3)
    bids = {f"firm-{n}": await seal_as(town, f"firm-{n}", PRICE + n) for n in (1, 2, 3)}
    for name, sealed in bids.items():
        await submit_as(town, name, sealed)
    town.clock.move_to(DEADLINE)
    await town.carry()
    officer = await release_of(town, "officer")
    lies = tuple(
        ComplaintItem(envelope=item.envelope, complaint=Complaint.MANIFEST)
        for item in officer.items
    )
    await hand_in(town, "officer", replace(officer, items=lies))
    for name in TRUSTEES[1:]:
        await hand_in(town, name)
    await town.carry()

    assert await verdicts(town, bids) == dict.fromkeys(bids, ("opened", None))
    assert await codes(town) == {
        "officer": ("E-REL-FALSE-COMPLAINT",),
        "operator": (),
        "supervisor": (),
    }
    await require_record(town, tmp_path)


async def test_a_deputy_releases_for_its_group(database: Database, tmp_path: Path) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    drafter = town.people["drafter"]
    await trading.draft(database, town.hall, drafter.actor, once(), a_draft())
    await give_deputy_key(town, "officer")
    await announce(town)
    bids = {f"firm-{n}": await seal_as(town, f"firm-{n}", PRICE + n) for n in (1, 2, 3)}
    for name, sealed in bids.items():
        await submit_as(town, name, sealed)
    town.clock.move_to(DEADLINE)
    await town.carry()

    await hand_in(town, "deputy", await release_of(town, "deputy", member="deputy"))
    await hand_in(town, "operator")
    await town.carry()

    policy = await policy_of(town, BOX)
    assert [len(group.members) for group in policy.groups] == [2, 1, 1]
    assert await verdicts(town, bids) == dict.fromkeys(bids, ("opened", None))
    assert await codes(town) == dict.fromkeys(TRUSTEES, ())
    await require_record(town, tmp_path)


async def give_deputy_key(town: Town, name: str) -> None:
    """Let a second member of a body answer the request for a key, with a root of its own."""
    person = town.people["deputy"] = replace(town.people[name], root=system_entropy(32))
    [asked] = await keys.requests(town.database, town.hall, person.actor)
    secret = seal.box_key(person.root, asked.box, asked.group, "deputy", 1)
    text = dump(
        TrusteeKey(
            origin=asked.box.origin,
            tender=TENDER,
            lot="1",
            stage=Stage.SINGLE,
            group=asked.group,
            member="deputy",
            holder=Holder(
                id=person.actor.org,
                name=person.actor.org,
                cert_sha256=cms.cert_sha256(person.certificate),
            ),
            gen=1,
            recipient=age.recipient_of(secret),
            duty="attended",
            release_not_before=asked.release_not_before,
        )
    )
    answer = await keys.answer(
        town.database, town.hall, person.actor, once(), text, person.sign(text)
    )
    await give_keys(town, name)  # the principal has no less to answer
    await keys.rehearse(
        town.database, town.hall, person.actor, once(), str(answer["key_sha256"]), "ok"
    )
