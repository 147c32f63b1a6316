"""The duty client says one thing of a box, whatever happens to it on the way."""

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from bidding.clients import trustee
from bidding.clients.duty import Refused, Silent
from bidding.clients.gate import Dossier
from bidding.clients.logbook import Logbook
from bidding.clients.offer import Check, Withheld
from bidding.sealed import seal
from bidding.sealed.statements import ComplaintItem, Promise, Release, ShareItem
from bidding.types import Box, Complaint
from bidding.verdict import share_is_good
from notary.canonical import sha256_hex
from notary.shape import dump, load, read
from tests.bidding.asked import (
    BOX,
    DEADLINE,
    NOW,
    a_policy,
    a_seal,
    asked,
)
from tests.bidding.fakehall import FakeHall, Killed, a_duty, a_hall
from trading.types import Notice


async def test_a_cleared_box_gets_a_promise_then_one_release_of_good_shares(
    tmp_path: Path,
) -> None:
    hall = a_hall()

    assert await trustee.release(a_duty(hall, tmp_path), BOX) == "released"

    (given_,) = hall.releases
    release = load(Release, given_, limit=1 << 22)
    promise = load(Promise, hall.promises[-1]["json"].encode())
    assert promise.release_sha256 == sha256_hex(given_)
    assert (release.group, release.x, release.at) == ("officer", 1, NOW)
    assert release.list_sha256 == hall.made.list_sha256
    envelopes = read(Dossier, hall.made.dossier).envelopes
    group = a_policy().groups[0]
    for item, envelope in zip(release.items, envelopes, strict=True):
        assert isinstance(item, ShareItem)
        manifest = seal.read_manifest(envelope.seal.encode())
        assert share_is_good(manifest.core, manifest.shares[0].commit, group, item.share)
    assert hall.heard.index("POST /promises") < hall.heard.index("POST /releases")


async def test_nothing_is_released_before_k_groups_have_promised(tmp_path: Path) -> None:
    hall = FakeHall(asked())
    waits = itertools.count()

    async def promised_later(_seconds: float) -> None:
        if next(waits) == 3:
            hall.promises.extend(a_hall(hall.made).promises)

    duty = replace(a_duty(hall, tmp_path), pause=promised_later)
    seen_before = []
    hall.fails = lambda step: (
        seen_before.append(len(hall.promises)) if step == "before /releases" else None
    )

    assert await trustee.release(duty, BOX) == "released"
    assert seen_before == [2]
    assert next(waits) == 4


@pytest.mark.parametrize(
    "step",
    [
        "before /boxes/T-1/1/single/dossier",
        "before /log/consistency?old=2&new=7",
        "before /promises",
        "after /promises",
        "before /releases",
        "after /releases",
    ],
)
async def test_a_client_killed_at_any_step_says_the_same_one_thing_when_it_comes_back(
    tmp_path: Path, step: str
) -> None:
    hall = a_hall()
    times = itertools.count()

    def goes_off(at: str) -> None:
        if at == step and next(times) == 0:
            raise Killed

    hall.fails = goes_off
    with pytest.raises(Killed):
        await trustee.release(a_duty(hall, tmp_path), BOX)
    said = a_duty(hall, tmp_path).logbook.said(BOX)
    later = NOW.replace(minute=20)

    assert await trustee.release(a_duty(hall, tmp_path, at=later), BOX) == "released"
    assert len(set(hall.releases)) == len(hall.releases) == 1
    assert len(hall.promises) == 2
    if said is not None:
        assert hall.releases == [said.release.encode()]


async def test_what_was_signed_is_on_disk_before_anything_is_said(tmp_path: Path) -> None:
    hall = a_hall()
    logbook = Logbook(tmp_path / "officer")
    kept = []
    hall.fails = lambda step: kept.append((step, logbook.said(BOX) is not None))

    await trustee.release(a_duty(hall, tmp_path), BOX)

    assert ("before /promises", True) in kept
    assert all(on_disk for step, on_disk in kept if step.endswith(("/promises", "/releases")))


async def test_a_second_list_of_the_same_box_gets_no_second_release(tmp_path: Path) -> None:
    await trustee.release(a_duty(a_hall(), tmp_path), BOX)
    (tmp_path / "officer" / "log").unlink()  # the hall has forged another log: one check less
    second = a_hall(asked(bidders=["FIRM-1", "FIRM-2"]))

    with pytest.raises(Withheld) as raised:
        await trustee.release(a_duty(second, tmp_path), BOX)
    assert raised.value.check is Check.DOUBLE
    assert second.releases == []


async def test_a_log_older_than_the_last_one_seen_gets_nothing(tmp_path: Path) -> None:
    hall = a_hall()
    duty = a_duty(hall, tmp_path)
    newest = hall.made.log.checkpoint(7)
    duty.logbook.see(replace(newest, size=8, root=b"\1" * 32))

    with pytest.raises(Withheld) as raised:
        await trustee.release(duty, BOX)
    assert raised.value.check is Check.CONSISTENCY
    assert hall.heard == ["GET /boxes/T-1/1/single/dossier", "GET /log/consistency"]


async def test_own_clock_before_the_opening_says_nothing_to_anybody(tmp_path: Path) -> None:
    hall = a_hall()
    early = DEADLINE.replace(second=0) - (NOW - DEADLINE)

    with pytest.raises(Withheld) as raised:
        await trustee.release(a_duty(hall, tmp_path, at=early), BOX)
    assert raised.value.check is Check.CLOCK
    assert a_duty(hall, tmp_path).logbook.said(BOX) is None


async def test_a_root_that_is_not_the_pinned_ones_gives_nothing(tmp_path: Path) -> None:
    hall = a_hall()
    duty = a_duty(hall, tmp_path)
    stranger = replace(duty, identity=replace(duty.identity, root=bytes(32)))

    with pytest.raises(Withheld) as raised:
        await trustee.release(stranger, BOX)
    assert raised.value.check is Check.KEY


async def test_a_bid_by_another_certificate_is_complained_of_and_the_others_get_shares(
    tmp_path: Path,
) -> None:
    made = asked(sign_as=lambda org: "FIRM-1" if org == "FIRM-2" else org)
    hall = a_hall(made)

    await trustee.release(a_duty(hall, tmp_path), BOX)

    items = load(Release, hall.releases[0], limit=1 << 22).items
    complaints = [one.complaint for one in items if isinstance(one, ComplaintItem)]
    assert complaints == [Complaint.MANIFEST]
    assert sum(isinstance(one, ShareItem) for one in items) == 2


async def test_a_share_planted_from_another_box_is_refused_by_its_context(tmp_path: Path) -> None:
    def planted(bidder: str, notice: Notice) -> bytes:
        own = seal.read_manifest(a_seal(bidder, notice))
        if bidder != "FIRM-2":
            return dump(own)
        other = seal.read_manifest(a_seal("FIRM-2", notice))
        return dump(replace(own, shares=other.shares))

    hall = a_hall(asked(seal_as=planted))

    await trustee.release(a_duty(hall, tmp_path), BOX)

    items = load(Release, hall.releases[0], limit=1 << 22).items
    complaints = [one.complaint for one in items if isinstance(one, ComplaintItem)]
    assert complaints == [Complaint.CONTEXT]


@pytest.mark.parametrize(
    ("code", "step"), [("release.repeated", "released"), ("release.too_late", "late")]
)
async def test_a_hall_that_has_it_or_takes_none_any_more_ends_the_matter(
    tmp_path: Path, code: str, step: str
) -> None:
    hall = a_hall()

    def refuses(at: str) -> None:
        if at == "before /releases":
            raise Refused(code)

    hall.fails = refuses

    assert await trustee.release(a_duty(hall, tmp_path), BOX) == step
    hall.fails = lambda _step: None
    assert await trustee.release(a_duty(hall, tmp_path), BOX) == step
    assert hall.releases == []


async def test_the_client_never_gives_up_on_a_silent_hall_and_tries_a_refusal_anew(
    tmp_path: Path,
) -> None:
    hall, pauses = a_hall(), []
    failures = iter([Silent("away"), Silent("away"), Refused("release.not_asked"), Silent("away")])

    def fails(step: str) -> None:
        if step == "before /releases" and (error := next(failures, None)) is not None:
            raise error

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    hall.fails = fails
    running = asyncio.create_task(trustee.run(replace(a_duty(hall, tmp_path), pause=pause)))
    async with asyncio.timeout(10):
        await hall.done.wait()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(hall.releases) == 1
    assert all(seconds <= 60 for seconds in pauses)


async def test_nothing_happens_until_the_body_permits_it(tmp_path: Path) -> None:
    hall, pressed = a_hall(), asyncio.Event()

    async def press(_box: Box) -> None:
        await pressed.wait()

    duty = replace(a_duty(hall, tmp_path), permit=press)
    task = asyncio.create_task(trustee.release(duty, BOX))
    await asyncio.sleep(0.02)
    before = list(hall.heard)
    pressed.set()

    assert await task == "released"
    assert before == []
