"""The duty client of a trustee: gives keys and shares by itself, over any `send` to the hall.

Shares go out when the gate of their box lets them (`gate`): the promise first, the release
when k groups have promised. The client goes by its own clock, signs one release a box ever (another
only for a further list of the same closing), has it on disk before anybody hears of it, and never
gives up on a silent hall.

Source: `sealing.md` 6a and 8.3; `people.md` 3.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import structlog

from bidding.clients import gate
from bidding.clients.duty import (
    Duty,
    Identity,
    Refused,
    Silent,
    act,
    clear_box,
    enveloped,
    fetch_dossier,
)
from bidding.clients.gate import Cleared
from bidding.clients.logbook import Said, Step
from bidding.clients.offer import Check, Withheld
from bidding.clients.rehearsing import answer_canaries, answer_requests
from bidding.sealed import lists, seal
from bidding.sealed.objects import Group
from bidding.sealed.policy import find_group
from bidding.sealed.statements import Checkpoint, ComplaintItem, Item, Promise, Release, ShareItem
from bidding.types import Box, Complaint, EnvelopeId, Finding
from notary import age
from notary.canonical import sha256_hex
from notary.shape import BadShape, Id, dump, read
from trading.types import Stage

WAIT_S = 25
"""How long the hall holds a question that has no answer yet (`sealing.md` 6a)."""

T = TypeVar("T")

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 60.0
_PROMISES_PAUSE_S = 5.0

_RELEASED = "release.repeated"
_TOO_LATE = "release.too_late"
_DONE: tuple[Step, ...] = ("released", "late")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    tender: Id
    lot: Id
    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Boxes:
    boxes: tuple[_Waiting, ...]


async def run(duty: Duty) -> None:
    """Do the duty until cancelled: keys as asked for, tried before openings, shares when due."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_keep_answering(duty))
        tasks.create_task(_keep_proving(duty))
        tasks.create_task(_keep_releasing(duty))


async def waiting(duty: Duty, wait: int = 0) -> list[Box]:
    """Return the boxes that wait for this body's shares."""
    found = read(_Boxes, await duty.send("GET", f"/trustee/boxes?wait={wait}"))
    origin = duty.grounds.origin
    return [Box(origin=origin, tender=b.tender, lot=b.lot, stage=b.stage) for b in found.boxes]


async def release(duty: Duty, box: Box) -> Step:
    """Give the shares of one box, or raise Withheld, Refused, Silent: then try again.

    Whatever was signed before is sent again as it is. Returns `released`, or `late` where the hall
    takes no shares of the box any more.
    """
    if duty.logbook.said(box) is None:
        await duty.permit(box)
    cleared = await clear_box(duty.send, box, duty.grounds, duty.logbook.seen())
    await asyncio.to_thread(duty.logbook.see, cleared.checkpoint)
    said = await asyncio.to_thread(
        duty.logbook.say, box, lambda before: _sign(duty, cleared, before)
    )
    try:
        if said.step == "signed":
            await act(duty, "/promises", enveloped(said.promise.encode(), said.promise_p7s))
            said = _note(duty, box, "promised")
        if said.step == "promised":
            await _wait_for_promises(duty, cleared)
            await act(duty, "/releases", enveloped(said.release.encode(), said.release_p7s))
            said = _note(duty, box, "released")
    except Refused as refused:
        if refused.code not in {_RELEASED, _TOO_LATE}:
            raise
        said = _note(duty, box, "released" if refused.code == _RELEASED else "late")
    log.info("trustee.shares-given", tender=box.tender, lot=box.lot, step=said.step)
    return said.step


# What is signed


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """The key that a policy of the box pins for this client, and its secret."""

    key_sha256: str
    group: Group
    not_before: datetime
    secret: bytes = field(repr=False)


def own_key(identity: Identity, cleared: Cleared, now: datetime) -> OwnKey:
    """Return the client's own pinned key, or raise Withheld: not pinned, not ours, or too early."""
    offer = cleared.offer
    newest_first = sorted(offer.keys.items(), key=lambda one: -one[1].gen)
    for sha256, key in newest_first:
        if (key.holder.cert_sha256, key.member) != (identity.holder.cert_sha256, identity.member):
            continue
        secret = seal.box_key(identity.root, offer.box, key.group, key.member, key.gen)
        groups = [find_group(policy, sha256) for policy in offer.policies.values()]
        group = next((one for one in groups if one is not None), None)
        if group is None or age.recipient_of(secret) != key.recipient:
            raise Withheld(Check.KEY, "the pinned key is not the one of this root")
        if now < key.release_not_before:
            raise Withheld(Check.CLOCK, f"not before {key.release_not_before:%Y-%m-%dT%H:%M:%SZ}")
        return OwnKey(
            key_sha256=sha256, group=group, not_before=key.release_not_before, secret=secret
        )
    raise Withheld(Check.KEY, "no key of this client is pinned")


def items(cleared: Cleared, own: OwnKey) -> tuple[Item, ...]:
    """Return a share or a complaint for every listed envelope whose policy pins the key."""
    found: list[Item] = []
    for one in cleared.received:
        envelope = one.envelope.envelope
        try:
            manifest = gate.require_sound(cleared, one)
        except Finding:
            found.append(ComplaintItem(envelope=envelope, complaint=Complaint.MANIFEST))
            continue
        named = manifest.core.policy_sha256
        policy = cleared.offer.policies[named]
        group = find_group(policy, own.key_sha256)
        if group is not None:
            share = seal.open_share(manifest, policy, named, group, own.secret)
            found.append(_item(envelope, share))
    return tuple(found)


def _item(envelope: EnvelopeId, share: bytes | Complaint) -> Item:
    if isinstance(share, Complaint):
        return ComplaintItem(envelope=envelope, complaint=share)
    return ShareItem(envelope=envelope, share=share)


def _sign(duty: Duty, cleared: Cleared, before: Said | None) -> Said:
    """Return what is to be said of a cleared box: what was said, or the one new release."""
    if before is not None:
        if before.list_sha256 == cleared.list_sha256:
            return before
        if not lists.may_follow(cleared.bids, lists.read_list(before.list_.encode())):
            raise Withheld(Check.DOUBLE, "another list of this box was released for")
    at = duty.grounds.clock()
    own = own_key(duty.identity, cleared, at)
    box = cleared.offer.terms
    bids = cleared.bids
    release = Release(
        origin=bids.origin,
        tender=bids.tender,
        lot=bids.lot,
        stage=box.stage,
        group=own.group.id,
        x=own.group.x,
        key_sha256=own.key_sha256,
        list_sha256=cleared.list_sha256,
        checkpoint=Checkpoint(size=cleared.checkpoint.size, root=cleared.checkpoint.root.hex()),
        at=at,
        items=items(cleared, own),
    )
    released = dump(release)
    promise = Promise(
        origin=bids.origin,
        tender=bids.tender,
        lot=bids.lot,
        stage=box.stage,
        group=release.group,
        key_sha256=release.key_sha256,
        list_sha256=release.list_sha256,
        release_sha256=sha256_hex(released),
        at=at,
    )
    promised = dump(promise)
    return Said(
        list_=dump(bids).decode(),
        release=released.decode(),
        release_p7s=duty.identity.sign(released),
        promise=promised.decode(),
        promise_p7s=duty.identity.sign(promised),
        step="signed",
    )


def _note(duty: Duty, box: Box, step: Step) -> Said:
    """Remember how far a release came; it never goes back."""

    def onward(before: Said | None) -> Said:
        if before is None:
            raise LookupError("nothing was said of this box")
        return before if before.step in _DONE else replace(before, step=step)

    return duty.logbook.say(box, onward)


async def _wait_for_promises(duty: Duty, cleared: Cleared) -> None:
    """Wait until the hall shows good promises of k groups: it cannot hear k shares and lie."""
    pause = _FIRST_PAUSE_S
    while True:
        dossier = await fetch_dossier(duty.send, cleared.offer.box)
        promised = gate.promising(cleared, dossier.promises, duty.grounds.clock())
        if len(promised) >= cleared.offer.policy.k:
            return
        await duty.pause(pause)
        pause = min(pause * 2, _PROMISES_PAUSE_S)


# For ever


async def _keep_answering(duty: Duty) -> None:
    while True:
        outcomes = await _insist(duty, "keys", lambda: answer_requests(duty, WAIT_S))
        failed = any(outcome != "ok" for outcome in outcomes)
        await duty.pause(_LONGEST_PAUSE_S if failed else _FIRST_PAUSE_S)


async def _keep_proving(duty: Duty) -> None:
    while True:
        await _insist(duty, "canaries", lambda: answer_canaries(duty, WAIT_S))
        await duty.pause(1.0)


async def _keep_releasing(duty: Duty) -> None:
    known: set[Box] = set()

    async def give(box: Box) -> None:
        if await _release_at_last(duty, box) == "released":
            known.discard(box)  # the hall asks again only for a further list of the same closing

    async with asyncio.TaskGroup() as tasks:
        while True:
            due = set(await _insist(duty, "boxes", lambda: waiting(duty, WAIT_S))) - known
            for box in sorted(due, key=dump):
                tasks.create_task(give(box))
            known |= due
            await duty.pause(_FIRST_PAUSE_S if due else 1.0)


async def _release_at_last(duty: Duty, box: Box) -> Step:
    return await _insist(duty, f"{box.tender}/{box.lot}/{box.stage}", lambda: release(duty, box))


async def _insist(duty: Duty, what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Do something until it is done, with longer and longer pauses of uneven length."""
    failures = 0
    while True:
        try:
            return await ask()
        except (Withheld, Refused, Silent, BadShape) as error:
            log.warning("trustee.waited", what=what, why=str(error))
        longest = min(_FIRST_PAUSE_S * 2**failures, _LONGEST_PAUSE_S)
        failures = min(failures + 1, 16)
        await duty.pause(longest * (0.5 + duty.entropy(1)[0] / 512))
