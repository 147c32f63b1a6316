"""The clerk's way through a box: when each step is due, what late comers still move."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bidding import announcing, look
from bidding import opening as acts
from bidding.clients.sealing import SealedBid, SealedFiles
from bidding.sealed.statements import ComplaintItem
from bidding.steps import Step
from bidding.types import Complaint
from notary import rooms
from notary.canonical import sha256_hex
from notary.vault import DirectoryVault
from sql.database import Database
from tests.bidding.acts import (
    box_facts,
    entries,
    files_of,
    hand_in,
    opening,
    promise_as,
    release_of,
    show_secret,
    told,
    upload,
    verified,
)
from tests.bidding.town import (
    BOX,
    DEADLINE,
    Town,
    a_town,
    announce,
    bid,
    kinds,
    seal_as,
    submit_as,
)

MICROSECOND = timedelta(microseconds=1)
PACE = timedelta(milliseconds=1500)
"""`hall.announce_ms` of the demonstration's rules."""


async def a_closed_box(
    database: Database, folder: Path, files: dict[str, SealedFiles] | None = None
) -> tuple[Town, list[SealedBid]]:
    """Bring three bids to the deadline and ask for shares."""
    town = await a_town(database, folder / "home", 3)
    await announce(town)
    bids = []
    for n in (1, 2, 3):
        name = f"firm-{n}"
        bids.append(await seal_as(town, name, 1_300_000_000 + n, files=(files or {}).get(name)))
        await submit_as(town, name, bids[-1])
    town.clock.move_to(DEADLINE)
    await town.carry()
    return town, bids


async def step(town: Town) -> Step | None:
    """Let the clerk do one step if one is due now."""
    await town.settle()
    return (await acts.carry_on(town.database, town.hall, town.vault, BOX)).step


async def verdicts(town: Town) -> list[tuple[str, str | None]]:
    """Return what was announced, in the order of announcement."""
    return [(one.verdict, one.code) for one in await told(town)]


async def codes(town: Town) -> dict[str, tuple[str, ...]]:
    return {one.group: one.codes for one in (await opening(town)).trustees}


async def require_record(town: Town, folder: Path) -> None:
    """Verify the public record as everybody gets it, and as a court does."""
    await verified(town, folder / "public")
    await verified(town, folder / "court", with_files=True)


# On time


async def test_a_box_closes_at_its_deadline_and_not_a_microsecond_before(
    database: Database, tmp_path: Path
) -> None:
    town = await a_town(database, tmp_path / "home", 3)
    await announce(town)
    for n in (1, 2, 3):
        await bid(town, f"firm-{n}", 1_300_000_000)
    before = await kinds(town)
    town.clock.move_to(DEADLINE - MICROSECOND)

    assert await step(town) is None
    assert (await acts.due(database, town.hall))[:2] == ([], DEADLINE)
    assert await kinds(town) == before  # held: the log has not moved by one byte
    town.clock.move_to(DEADLINE)
    assert (await acts.due(database, town.hall))[:2] == ([BOX], DEADLINE)
    assert [await step(town) for _ in range(3)] == [Step.CLOSE, Step.LIST, Step.ASK]
    assert (await kinds(town))[len(before) :] == [
        *["bidding.bid-received.v1"] * 3,
        "bidding.box-closed.v1",
        "bidding.shares-asked.v1",
    ]


async def test_bids_are_announced_in_the_order_of_the_log_at_their_pace_then_checked(
    database: Database, tmp_path: Path
) -> None:
    files = {"firm-2": files_of(tmp_path / "files")}
    town, bids = await a_closed_box(database, tmp_path, files)
    await hand_in(town, "officer")
    await hand_in(town, "operator")

    assert await step(town) is Step.ANNOUNCE
    town.clock.move_to(DEADLINE + PACE - MICROSECOND)
    assert await step(town) is None
    town.clock.move_to(DEADLINE + PACE)
    assert await step(town) is Step.ANNOUNCE
    provisional = (await told(town))[1]
    town.clock.move_to(DEADLINE + 2 * PACE)
    assert [await step(town) for _ in range(4)] == [
        Step.ANNOUNCE,
        Step.CHECK,
        Step.FINISH,
        None,
    ]
    assert [one.envelope_id for one in await told(town)] == [one.envelope_id for one in bids]
    assert provisional.checked_at is None
    assert [one.checked_at for one in await told(town)] == [
        DEADLINE,
        DEADLINE + 2 * PACE,
        DEADLINE + 2 * PACE,
    ]
    async with database.transaction() as tx:
        events = await rooms.read(tx, (await box_facts(town)).room, 0)
    assert [one.kind.removeprefix("bidding.").removesuffix(".v1") for one in events] == [
        "deadline-passed",
        "box-closed",
        "shares-asked",
        "release-received",
        "release-received",
        "bid-opened",
        "bid-opened",
        "bid-opened",
        "bid-checked",
        "box-finished",
    ]
    await require_record(town, tmp_path)


async def test_two_clerks_at_once_do_each_step_once(database: Database, tmp_path: Path) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    await hand_in(town, "officer")
    await hand_in(town, "operator")
    for _ in range(12):
        await town.settle()
        await asyncio.gather(
            *(acts.carry_on(database, town.hall, town.vault, BOX) for _ in range(4))
        )
        town.clock.move_to(town.clock.now + PACE)

    told_in_log = Counter(kind for kind in await kinds(town) if "bid-opened" in kind)
    assert told_in_log == {"bidding.bid-opened.v1": 3}
    assert (await kinds(town)).count("bidding.box-finished.v1") == 1
    await require_record(town, tmp_path)


# Late shares


async def test_missing_shares_postpone_once_and_open_everything_when_they_come(
    database: Database, tmp_path: Path
) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    await hand_in(town, "officer")
    box = await box_facts(town)
    town.clock.move_to(box.release_by)

    assert await step(town) is None
    town.clock.move_to(box.release_by + MICROSECOND)
    assert [await step(town) for _ in range(2)] == [Step.POSTPONE, None]
    [postponed] = await entries(town, "opening-postponed")
    assert (postponed["n"], postponed["missing"]) == (1, ["operator", "supervisor"])
    town.clock.move_to(box.owner_by)
    await hand_in(town, "operator")
    await town.carry()
    assert await verdicts(town) == [("opened", None)] * 3
    assert await codes(town) == {
        "officer": (),
        "operator": ("E-REL-LATE",),
        "supervisor": (),
    }
    await require_record(town, tmp_path)


async def test_a_release_at_release_by_is_in_time(database: Database, tmp_path: Path) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    await hand_in(town, "officer")
    town.clock.move_to((await box_facts(town)).release_by)
    await hand_in(town, "operator")
    await town.carry()

    assert await codes(town) == dict.fromkeys(("officer", "operator", "supervisor"), ())


async def test_a_release_while_the_record_is_made_stands_in_it(
    database: Database, tmp_path: Path
) -> None:
    town, _ = await a_closed_box(database, tmp_path)
    for name in ("officer", "operator"):
        await hand_in(town, name)
    for _ in range(3):
        await step(town)
        town.clock.move_to(town.clock.now + PACE)
    await town.settle()
    async with database.transaction() as tx:
        seen = await look.look(tx, town.vault, BOX, town.clock.now)
    assert seen is not None
    await hand_in(town, "supervisor", await release_of(town, "supervisor", items=()))

    assert await announcing.finish(database, town.hall, seen)
    assert (await codes(town))["supervisor"] == ("E-REL-INCOMPLETE",)
    await require_record(town, tmp_path)


# Owners


async def test_owners_secrets_are_announced_together_once_none_is_missing(
    database: Database, tmp_path: Path
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    for shown in bids[:2]:
        await show_secret(town, shown)

    assert await step(town) is None
    await show_secret(town, bids[2])
    await town.carry()
    assert await verdicts(town) == [("opened", None)] * 3
    assert (await box_facts(town)).finished_at is not None
    await require_record(town, tmp_path)


async def test_owners_secrets_are_announced_with_the_kth_release(
    database: Database, tmp_path: Path
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    officer = await release_of(town, "officer")
    await hand_in(town, "officer", officer)
    await show_secret(town, bids[0])
    lies = tuple(
        ComplaintItem(envelope=item.envelope, complaint=Complaint.UNDECRYPTABLE)
        if item.envelope == bids[0].envelope_id
        else item
        for item in (await release_of(town, "operator")).items
    )

    assert await step(town) is None
    await hand_in(town, "operator", await release_of(town, "operator", items=lies))
    await town.carry()
    assert await verdicts(town) == [("opened", None)] * 3
    assert (await codes(town))["operator"] == ("E-REL-FALSE-COMPLAINT",)
    await require_record(town, tmp_path)


async def test_without_shares_only_shown_bids_are_open_and_only_after_owner_by(
    database: Database, tmp_path: Path
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    await promise_as(town, "officer", await release_of(town, "officer"))
    await hand_in(town, "operator")
    await show_secret(town, bids[1])
    box = await box_facts(town)
    town.clock.move_to(box.owner_by - MICROSECOND)

    assert [await step(town) for _ in range(2)] == [Step.POSTPONE, None]
    town.clock.move_to(box.owner_by)
    assert [await step(town) for _ in range(2)] == [Step.ANNOUNCE, None]
    assert [one.envelope_id for one in await told(town)] == [bids[1].envelope_id]
    town.clock.move_to(box.owner_by + PACE)
    await town.carry()
    assert await verdicts(town) == [("opened", None), *[("unopened", "E-REL-QUORUM")] * 2]
    assert await codes(town) == {
        "officer": ("E-REL-MISSING",),
        "operator": (),
        "supervisor": ("E-REL-MISSING",),
    }
    await require_record(town, tmp_path)


async def test_a_late_secret_opens_nothing_and_moves_the_fault_to_the_trustees(
    database: Database, tmp_path: Path
) -> None:
    town, bids = await a_closed_box(database, tmp_path)
    for name in ("officer", "operator"):
        lies = tuple(
            ComplaintItem(envelope=item.envelope, complaint=Complaint.UNDECRYPTABLE)
            if item.envelope == bids[0].envelope_id
            else item
            for item in (await release_of(town, name)).items
        )
        await hand_in(town, name, await release_of(town, name, items=lies))
    await town.carry()
    assert await verdicts(town) == [("opened", None)] * 2
    box = await box_facts(town)
    town.clock.move_to(box.owner_by + MICROSECOND)
    assert await step(town) is Step.ANNOUNCE
    assert (await verdicts(town))[-1] == ("unopened", "E-SEAL-UNCURED")

    await show_secret(town, bids[0])
    await town.carry()
    assert (await verdicts(town))[-1] == ("unopened", "E-REL-QUORUM")
    assert await codes(town) == {
        "officer": ("E-REL-FALSE-COMPLAINT",),
        "operator": ("E-REL-FALSE-COMPLAINT",),
        "supervisor": ("E-REL-MISSING",),
    }
    await require_record(town, tmp_path)


# Lost parts


@pytest.mark.parametrize("sent_again", [True, False])
async def test_a_part_that_the_hall_has_lost_has_until_owner_by(
    database: Database, tmp_path: Path, *, sent_again: bool
) -> None:
    files = {f"firm-{n}": files_of(tmp_path / f"files-{n}") for n in (1, 2)}
    town, bids = await a_closed_box(database, tmp_path, files)
    spoil(town, files["firm-1"].parts[0].sha256, b"corrupt")
    spoil(town, files["firm-2"].parts[0].sha256)
    spoil(town, sha256_hex(bids[2].part_0))
    for name in ("officer", "operator"):
        await hand_in(town, name)
    await town.carry()
    assert await verdicts(town) == [("unopened", "E-PART-LOST")] * 2
    assert await step(town) is None
    box = await box_facts(town)

    if sent_again:
        for path in (*files["firm-1"].paths, *files["firm-2"].paths):
            await upload(town, path.read_bytes())
        await upload(town, bids[2].part_0)
    town.clock.move_to(box.owner_by + MICROSECOND)
    await town.carry()
    final = ("opened", None) if sent_again else ("unopened", "E-PART-LOST")
    assert await verdicts(town) == [final] * 3
    assert [(one.verdict, one.code) for one in (await opening(town)).results] == [final] * 3
    await require_record(town, tmp_path)


def spoil(town: Town, sha256: str, content: bytes | None = None) -> None:
    """Lose a file of the vault, or change it."""
    assert isinstance(town.vault, DirectoryVault)
    path = town.vault._place(sha256)  # noqa: SLF001 - a disk that fails asks nobody
    path.unlink()
    if content is not None:
        path.write_bytes(content)
