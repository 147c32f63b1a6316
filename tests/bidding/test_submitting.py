"""Before the deadline: parts, envelopes, replacements and withdrawals, and how each is refused."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import refused, rules, service
from bidding.clients.sealing import SealedBid
from bidding.sealed import seal
from bidding.sealed.objects import Bidder
from notary import receipt
from notary.canonical import Json, sha256_hex
from notary.once import Answer, Answered, Once
from notary.refusal import Refusal
from notary.shape import dump
from sql.database import Database
from tests.bidding.acts import (
    age_file,
    appended,
    dealt,
    entries,
    files_of,
    outcome,
    sealed_again,
    upload,
    withdraw_as,
)
from tests.bidding.town import (
    DEADLINE,
    Town,
    a_draft,
    a_town,
    announce,
    bid,
    once,
    seal_as,
    submit_as,
)
from trading import service as trading

MICROSECOND = timedelta(microseconds=1)


async def an_open_tender(database: Database, folder: Path) -> Town:
    town = await a_town(database, folder)
    await announce(town)
    return town


def stored(town: Town, sha256: str) -> Awaitable[int | None]:
    return town.vault.size(sha256)


# Parts


async def test_a_part_is_refused_by_the_word_of_the_format_and_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, part = await an_open_tender(database, tmp_path), age_file()

    with pytest.raises(refused.PartDiffers):
        await upload(town, part, named=b"other bytes")
    with pytest.raises(refused.NotEncrypted):
        await upload(town, b"%PDF-1.7 not sealed at all")
    monkeypatch.setattr(service, "PART_LIMIT", len(part) - 1)
    with pytest.raises(refused.TooLarge):
        await upload(town, part)

    assert not [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    assert await rows(town, "part") == 0


async def test_a_part_sent_twice_is_one_part(database: Database, tmp_path: Path) -> None:
    town, part = await an_open_tender(database, tmp_path), age_file()

    first, second = await asyncio.gather(upload(town, part), upload(town, part))

    one = {"sha256": sha256_hex(part), "size": len(part), "completed": []}
    assert first == second == one
    assert await rows(town, "part") == 1


async def test_bytes_of_a_document_sent_as_a_part_leave_the_document_where_it_is(
    database: Database, tmp_path: Path
) -> None:
    town, document = await an_open_tender(database, tmp_path), b"%PDF-1.7 tender documents"

    async def chunks() -> AsyncIterator[bytes]:
        yield document

    await trading.put_document(town.vault, sha256_hex(document), chunks())
    with pytest.raises(refused.NotEncrypted):
        await upload(town, document)

    assert await stored(town, sha256_hex(document)) == len(document)


# Submissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A bid as it is handed in, and by whom it is signed."""

    bid: SealedBid
    signer: str = "firm-1"


Spoil = Callable[[Town, SealedBid], Awaitable[Offered]]


async def of_another_revision(town: Town, bid: SealedBid) -> Offered:
    return Offered(bid=await sealed_again(town, bid, bid.part_0, notice_sha256="ab" * 32))


async def of_another_box(town: Town, bid: SealedBid) -> Offered:
    return Offered(bid=await sealed_again(town, bid, bid.part_0, origin="other.example/log/00"))


async def out_of_sequence(town: Town, bid: SealedBid) -> Offered:
    return Offered(bid=await sealed_again(town, bid, bid.part_0, seq=2))


async def to_other_trustees(town: Town, bid: SealedBid) -> Offered:
    return Offered(bid=await sealed_again(town, bid, bid.part_0, policy_sha256="ab" * 32))


async def part_of_another_size(town: Town, bid: SealedBid) -> Offered:
    core = seal.read_manifest(bid.seal).core
    parts = (replace(core.parts[0], size=core.parts[0].size + 1),)
    return Offered(bid=replace(bid, seal=await dealt(town, replace(core, parts=parts), bid.secret)))


async def more_than_the_notice_allows(town: Town, bid: SealedBid) -> Offered:
    core = seal.read_manifest(bid.seal).core
    parts = (replace(core.parts[0], size=104857601),)
    return Offered(bid=replace(bid, seal=await dealt(town, replace(core, parts=parts), bid.secret)))


async def a_share_too_few(_: Town, bid: SealedBid) -> Offered:
    manifest = seal.read_manifest(bid.seal)
    return Offered(bid=replace(bid, seal=dump(replace(manifest, shares=manifest.shares[:2]))))


async def signed_by_a_rival(_: Town, bid: SealedBid) -> Offered:
    return Offered(bid=bid, signer="firm-2")


async def in_a_rivals_name(town: Town, bid: SealedBid) -> Offered:
    rival = Bidder(id="FIRM-2", cert_sha256=town.people["firm-1"].bidder.cert_sha256)
    return Offered(bid=await sealed_again(town, bid, bid.part_0, bidder=rival))


SPOILED: tuple[tuple[Spoil, type[Refusal]], ...] = (
    (of_another_revision, refused.NotBound),
    (of_another_box, refused.NotBound),
    (out_of_sequence, refused.NotBound),
    (to_other_trustees, refused.OtherPolicy),
    (part_of_another_size, refused.TooLarge),
    (more_than_the_notice_allows, refused.TooLarge),
    (a_share_too_few, refused.BadShares),
    (signed_by_a_rival, refused.BadSealCertificate),
    (in_a_rivals_name, refused.BadSealCertificate),
)


async def test_a_bid_that_breaks_the_format_is_refused_recorded_and_receipted(
    database: Database, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    town = await an_open_tender(database, tmp_path)
    sound = await seal_as(town, "firm-1", 1_300_000_000)

    for spoil, refusal in SPOILED:
        with subtests.test(spoil.__name__):
            offered = await spoil(town, sound)
            with pytest.raises(refusal) as error:
                await submit_signed(town, offered)

            recorded = (await entries(town, "bid-refused"))[-1]
            assert (recorded["code"], recorded["article"]) == (refusal.code, refusal.article)
            assert recorded["actor"] == town.people[offered.signer].actor.org
            given = receipt.parse(str(error.value.facts["receipt"]).encode())
            assert (given.outcome, given.fields) == ("refused", recorded)

    assert len(await entries(town, "bid-refused")) == len(SPOILED)
    assert await rows(town, "envelope") == 0


async def test_what_nobody_known_has_signed_is_refused_without_an_entry(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    sound = await seal_as(town, "firm-1", 1_300_000_000)
    before = len(await appended(town))
    bad_signature = town.people["firm-1"].sign(b"something else")

    with pytest.raises(refused.BadManifest):
        await submit_as(town, "firm-1", replace(sound, seal=b"{}"))
    with pytest.raises(refused.BadSealSignature):
        await service.submit(
            town.database, town.hall, town.vault, once(), sound.seal, bad_signature
        )

    assert len(await appended(town)) == before


async def test_keys_nonces_and_parts_of_an_own_bid_serve_once(
    database: Database, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    town = await an_open_tender(database, tmp_path)
    files = files_of(tmp_path / "files")
    first = await seal_as(town, "firm-1", 1_300_000_000, files=files)
    await submit_as(town, "firm-1", first)
    again = await seal_as(town, "firm-1", 1_200_000_000, files=files)
    core = seal.read_manifest(first.seal).core
    same_key = replace(again, secret=first.secret)
    repeated = {
        "recipient": await sealed_again(town, same_key, again.part_0, recipient=core.recipient),
        "nonce": await sealed_again(town, again, again.part_0, nonce=core.nonce),
        "part 0": await sealed_again(town, again, first.part_0),
    }

    for what, offered in repeated.items():
        with subtests.test(what), pytest.raises(refused.NotFresh):
            await submit_as(town, "firm-1", offered)
    await submit_as(town, "firm-1", again)  # the same files under the same F

    assert await rows(town, "envelope") == 2


async def test_what_a_rival_has_used_stands_in_nobodys_way(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    victim = await seal_as(town, "firm-1", 1_300_000_000)
    core = seal.read_manifest(victim.seal).core
    own = await seal_as(town, "firm-2", 1_200_000_000)
    copied = await sealed_again(town, own, victim.part_0, nonce=core.nonce)
    answer = await submit_as(town, "firm-2", copied)
    await withdraw_as(town, "firm-2", str(answer["envelope"]))

    assert await stored(town, core.parts[0].sha256) is None  # its only live envelope is gone
    await upload(town, victim.part_0)
    await submit_as(town, "firm-1", victim)
    assert await stored(town, core.parts[0].sha256) == len(victim.part_0)


async def test_only_who_is_invited_may_bid(database: Database, tmp_path: Path) -> None:
    town = await a_town(database, tmp_path)
    invited: list[Json] = ["FIRM-1", "FIRM-2", "FIRM-3"]
    await announce(town, a_draft(method="invited", invited=invited))

    await bid(town, "firm-1", 1_300_000_000)
    with pytest.raises(rules.NotInvited):
        await bid(town, "firm-4", 1_300_000_000)

    assert await rows(town, "envelope") == 1
    assert [one["code"] for one in await entries(town, "bid-refused")] == ["bidding.not_invited"]


async def test_a_bid_for_a_box_that_is_not_there_is_refused(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    sound = await seal_as(town, "firm-1", 1_300_000_000)
    elsewhere = await sealed_again(town, sound, sound.part_0, lot="2")

    with pytest.raises(rules.BoxUnknown):
        await submit_as(town, "firm-1", elsewhere)

    assert await entries(town, "bid-refused") == []


@pytest.mark.parametrize("late", [False, True])
async def test_a_bid_and_a_withdrawal_are_in_time_before_the_deadline_and_not_at_it(
    database: Database, tmp_path: Path, *, late: bool
) -> None:
    town = await an_open_tender(database, tmp_path)
    earlier = await bid(town, "firm-1", 1_300_000_000)
    offered = await seal_as(town, "firm-2", 1_200_000_000)
    town.clock.move_to(DEADLINE if late else DEADLINE - MICROSECOND)

    outcomes = [
        await outcome(submit_as(town, "firm-2", offered)),
        await outcome(withdraw_as(town, "firm-1", str(earlier["envelope"]))),
    ]

    assert outcomes == ["bidding.closed" if late else "accepted"] * 2
    assert Counter(kind for kind, _ in await appended(town) if "bidding.bid-" in kind) == Counter(
        {"bidding.bid-received.v1": 1, "bidding.bid-refused.v1": 2}
        if late
        else {"bidding.bid-received.v1": 2, "bidding.bid-withdrawn.v1": 1}
    )


async def test_the_same_bid_again_gets_its_first_receipt_even_after_the_deadline(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    offered = await seal_as(town, "firm-1", 1_300_000_000)
    first = await submit_as(town, "firm-1", offered)
    town.clock.move_to(DEADLINE)

    second = await submit_as(town, "firm-1", offered)

    assert (first["envelope"], first["receipt"]) == (second["envelope"], second["receipt"])
    assert len(await entries(town, "bid-received")) == 1


# One outcome


@pytest.mark.parametrize("taken", [True, False])
async def test_the_same_request_twice_at_once_has_one_outcome(
    database: Database, tmp_path: Path, *, taken: bool
) -> None:
    town = await an_open_tender(database, tmp_path)
    offered = await seal_as(town, "firm-1", 1_300_000_000)
    if not taken:
        town.clock.move_to(DEADLINE)
    request = once("")

    said = await asyncio.gather(
        *(submit_once(town, offered, request) for _ in range(2)), return_exceptions=True
    )

    [own] = [one for one in said if not isinstance(one, Answered)]
    async with database.transaction() as tx:
        remembered = await request.recall(tx)
    assert remembered is not None
    if taken:
        assert (remembered.refused, remembered.body) == (None, own)
    else:
        assert isinstance(own, rules.BiddingClosed)
        assert (remembered.refused, remembered.body) == (own.code, own.facts)
    assert len(await entries(town, "bid-received" if taken else "bid-refused")) == 1


# Secrecy


async def test_no_row_and_no_entry_holds_anything_of_a_bid(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    offered = await seal_as(town, "firm-1", 1_234_567_891)
    await submit_as(town, "firm-1", offered)
    clear = [b"1234567891", offered.secret, offered.secret.hex().encode(), offered.index[:64]]

    async with database.transaction() as tx:
        tables = await tx.fetch(
            "SELECT format('%I.%I', table_schema, table_name) AS name"
            "  FROM information_schema.tables"
            " WHERE table_schema IN ('bidding', 'notary', 'trading', 'web')"
        )
        texts = [
            str(row).encode()
            for table in tables
            for row in await tx.fetch(f"SELECT t::text FROM {table['name']} AS t")  # noqa: S608
        ]
    kept = [path.read_bytes() for path in (tmp_path / "vault").rglob("*") if path.is_file()]

    assert any(offered.envelope_id.encode() in text for text in texts)  # what is there is found
    assert not [word for word in clear for text in [*texts, *kept] if word in text]


async def submit_signed(town: Town, offered: Offered) -> Answer:
    return await submit_as(town, offered.signer, offered.bid)


async def submit_once(town: Town, offered: SealedBid, request: Once) -> Answer:
    p7s = town.people["firm-1"].sign(offered.seal)
    return await service.submit(town.database, town.hall, town.vault, request, offered.seal, p7s)


async def rows(town: Town, table: str) -> int:
    async with town.database.transaction() as tx:
        count: int = await tx.fetchval(f"SELECT count(*) FROM bidding.{table}")  # noqa: S608
    return count
