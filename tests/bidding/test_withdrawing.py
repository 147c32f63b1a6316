"""Withdrawals: whose, until when, once, and what becomes of the parts."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from bidding import dossier, rules
from notary.canonical import sha256_hex
from notary.duty import CertificateUnknown
from notary.once import Answered
from sql.database import Database
from tests.bidding.acts import appended, entries, files_of, outcome, withdraw_as
from tests.bidding.town import BOX, Town, a_town, announce, bid, once, seal_as, submit_as


async def an_open_tender(database: Database, folder: Path) -> Town:
    town = await a_town(database, folder)
    await announce(town)
    return town


def stored(town: Town, sha256: str) -> Awaitable[int | None]:
    return town.vault.size(sha256)


async def test_a_withdrawn_bid_takes_its_parts_along_but_not_those_of_a_live_one(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    files = files_of(tmp_path / "files")
    first = await seal_as(town, "firm-1", 1_300_000_000, files=files)
    await submit_as(town, "firm-1", first)
    second = await seal_as(town, "firm-1", 1_200_000_000, files=files)
    await submit_as(town, "firm-1", second)

    assert await stored(town, sha256_hex(first.part_0)) is None
    assert await stored(town, files.parts[0].sha256) == files.parts[0].size
    await withdraw_as(town, "firm-1", second.envelope_id)
    assert await stored(town, sha256_hex(second.part_0)) is None
    assert await stored(town, files.parts[0].sha256) is None


async def test_withdrawals_of_others_and_of_nothing_get_one_answer(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    answer = await bid(town, "firm-1", 1_300_000_000)
    own = str(answer["envelope"])

    assert await outcome(withdraw_as(town, "firm-2", own)) == "envelope.unknown"
    assert await outcome(withdraw_as(town, "firm-2", "ab" * 32)) == "envelope.unknown"
    with pytest.raises(CertificateUnknown):
        await withdraw_as(town, "firm-2", own, bidder=town.people["firm-1"].bidder)
    with pytest.raises(rules.BoxUnknown):
        await withdraw_as(town, "firm-1", own, lot="2")

    codes = [one["code"] for one in await entries(town, "bid-refused")]
    assert codes == ["envelope.unknown", "envelope.unknown", "certificate.unknown"]
    assert await entries(town, "bid-withdrawn") == []


async def test_of_two_withdrawals_at_once_one_is_taken(database: Database, tmp_path: Path) -> None:
    town = await an_open_tender(database, tmp_path)
    own = str((await bid(town, "firm-1", 1_300_000_000))["envelope"])

    outcomes = await asyncio.gather(
        *(outcome(withdraw_as(town, "firm-1", own, nonce=f"{n:032x}")) for n in range(5))
    )

    assert sorted(outcomes) == ["accepted", *["envelope.withdrawn"] * 4]
    assert len(await entries(town, "bid-withdrawn")) == 1
    assert len(await entries(town, "bid-refused")) == 4


async def test_a_new_bid_after_a_withdrawal_names_it(database: Database, tmp_path: Path) -> None:
    town = await an_open_tender(database, tmp_path)
    first = str((await bid(town, "firm-1", 1_300_000_000))["envelope"])
    await withdraw_as(town, "firm-1", first)

    place = await dossier.place_in_sequence(database, "FIRM-1", BOX)
    await bid(town, "firm-1", 1_200_000_000)

    assert place == {"seq": 2, "supersedes": first, "earlier": [first], "withdrawn": True}
    assert [one["seq"] for one in await entries(town, "bid-received")] == [1, 2]


async def test_the_same_withdrawal_twice_at_once_has_one_outcome(
    database: Database, tmp_path: Path
) -> None:
    town = await an_open_tender(database, tmp_path)
    own = str((await bid(town, "firm-1", 1_300_000_000))["envelope"])
    request = once("")

    said = await asyncio.gather(
        *(withdraw_as(town, "firm-1", own, request=request) for _ in range(2)),
        return_exceptions=True,
    )

    [answer] = [one for one in said if not isinstance(one, Answered)]
    async with database.transaction() as tx:
        remembered = await request.recall(tx)
    assert remembered is not None
    assert remembered.body == answer
    assert [kind for kind, _ in await appended(town)][-2:] == [
        "bidding.bid-received.v1",
        "bidding.bid-withdrawn.v1",
    ]
