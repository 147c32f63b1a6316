"""Trustees' keys: asked for by a draft, answered by duty clients, pinned by the notice.

Nobody presses anything: a duty client asks what is wanted of its body, signs a key for each box,
opens the test envelope it gets back, and the notice can be made.

Source: `bid-seal/v1` sections 6 and 6a.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from bidding import key_requests, losses, rules
from bidding.clients import sealing
from bidding.facts import BoxFacts, BoxKey
from bidding.facts import TrusteeKey as KeyFacts
from bidding.key_requests import KeyRequest
from bidding.sealed.objects import Group, Member, Policy, TrusteeKey
from bidding.sealed.policy import MEMBERS_MOST, REHEARSED_KEY, require_policy
from bidding.store import boxes, trustees
from bidding.types import Box, Finding
from notary import age, cms, duty, identity, ledger, signature
from notary.canonical import sha256_hex
from notary.duty import Signer, Use
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from notary.shape import dump
from sql.database import Database, Tx
from trading import lawbook
from trading import service as trading
from trading.rules.outages import outage_rule
from trading.types import Draft, DraftBox, Mode, Notice

ROOM_DIGITS = 16
"""Hex digits of the box's hash in the name of its opening room (architecture.md)."""


def box_of(hall: Hall, key: BoxKey) -> Box:
    """Return the BOX of signed objects for a box of this hall."""
    return Box(origin=hall.origin, tender=key.tender, lot=key.lot, stage=key.stage)


def room_of(box: Box) -> str:
    """Return the name of the room in which `box` is opened."""
    digest = hashlib.sha256(dump(box)).hexdigest()
    return f"o-{digest[:ROOM_DIGITS]}"


async def requests(database: Database, hall: Hall, actor: Actor) -> list[KeyRequest]:
    """Return the keys wanted of the actor's body: for drafts, and in place of those it lost."""
    async with database.transaction() as tx:
        wanted: list[KeyRequest] = []
        for drafted in await trading.drafts_asking(tx, actor.org):
            ready = await trustees.keys_of(tx, drafted.draft.tender)
            wanted += [
                request
                for request in key_requests.of_draft(hall.origin, drafted.draft, actor.org)
                if not key_requests.is_answered(request, ready, actor.cert_sha256)
            ]
        for request in await losses.requests_of(tx, hall, actor.org):
            ready = await trustees.keys_of(tx, request.box.tender)
            if not key_requests.is_answered(request, ready, None):
                wanted.append(request)
        return wanted


async def answer(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Take a trustee's signed key, and hand out the test envelope that it has to open.

    The same key again gets another test: its client may have been killed before it opened the
    first. Raises KeyNotAsked, KeyNotGood, and what the signature's check raises.
    """
    key, signed_by = signature.read(TrusteeKey, json, p7s, hall.origin)
    key_sha256 = sha256_hex(json)
    async with database.transaction() as tx:
        # For update: keys of one tender come one after the other, and none while it is published.
        await trading.hold_tender(tx, key.tender, "update")
        at = await hall.clock(tx)
        signer = await duty.require_signer(
            tx, hall, signed_by, org=key.holder.id, use=Use.TRUSTEE, at=at
        )
        request = await _request_for(tx, hall, key, actor)
        if request is None or signer.org != actor.org:
            raise rules.KeyNotAsked(tender=key.tender, lot=key.lot, stage=key.stage)
        key_requests.require_fits(key, request, cms.cert_sha256(signed_by))
        policy = _rehearsal_policy(request, key, key_sha256, hall)
        test = sealing.rehearsal(policy, hall.entropy, at)
        if await trustees.key(tx, key_sha256) is None:
            await _insert(tx, hall, signer, key, test.seal, (json, p7s), at)
        else:
            await trustees.renew_rehearsal(tx, key_sha256, test.seal)
        done: Answer = {
            "key_sha256": key_sha256,
            "rehearsal": {
                "policy": dump(policy).decode(),
                "seal": test.seal.decode(),
                "secret": test.secret.hex(),
            },
        }
        await once.keep(tx, done)
        return done


async def _insert(
    tx: Tx,
    hall: Hall,
    signer: Signer,
    key: TrusteeKey,
    rehearsal: bytes,
    signed: tuple[bytes, bytes],
    at: datetime,
) -> None:
    json, p7s = signed
    place = BoxKey(key.tender, key.lot, key.stage)
    members = [
        one
        for one in await trustees.keys_of(tx, key.tender)
        if (one.key, one.group_id, one.not_before) == (place, key.group, key.release_not_before)
    ]
    if len(members) == MEMBERS_MOST:
        raise rules.KeyNotGood(group=key.group)
    entry = await ledger.append(
        tx,
        hall,
        "bidding.trustee-key.v1",
        subject=key.tender,
        actor=signer.person,
        at=at,
        fields={
            **place._asdict(),
            "group": key.group,
            "member": key.member,
            "gen": key.gen,
            "key_sha256": sha256_hex(json),
        },
    )
    given = KeyFacts(
        key_sha256=sha256_hex(json),
        key=place,
        group_id=key.group,
        member=key.member,
        gen=key.gen,
        recipient=key.recipient,
        holder_org=key.holder.id,
        not_before=key.release_not_before,
        json=json,
        p7s=p7s,
        received_at=at,
        entry_id=entry.entry_id,
        rehearsal_json=rehearsal,
        rehearsed_at=None,
    )
    try:
        await trustees.insert_key(tx, given)
    except trustees.Clash as error:
        raise rules.KeyNotGood(group=key.group) from error


async def rehearse(
    database: Database, hall: Hall, actor: Actor, once: Once, key_sha256: str, outcome: str
) -> Answer:
    """Take the answer to a test envelope: `ok`, or the first check that failed.

    Either is an entry; only `ok` lets the key serve. Raises KeyNotAsked.
    """
    async with database.transaction() as tx:
        key = await trustees.key(tx, key_sha256)
        if key is None or key.holder_org != actor.org:
            raise rules.KeyNotAsked
        at = await hall.clock(tx)
        if outcome == "ok":
            await trustees.mark_rehearsed(tx, key_sha256, at)
            await losses.renew(tx, key)
        await ledger.append(
            tx,
            hall,
            "bidding.rehearsed.v1",
            subject=key.key.tender,
            actor=actor.person,
            at=at,
            fields={
                **key.key._asdict(),
                "group": key.group_id,
                "key_sha256": key_sha256,
                "manifest_sha256": sha256_hex(key.rehearsal_json),
                "outcome": outcome,
            },
        )
        done: Answer = {"key_sha256": key_sha256, "serves": outcome == "ok"}
        await once.keep(tx, done)
        return done


async def policies(
    database: Database, hall: Hall, tender: str, published: datetime
) -> Mapping[tuple[str, str], str]:
    """Return the hash of each box's policy by (lot, stage), for the notice to pin.

    `published`: the whole second that the notice names. A key that serves later, as a deputy's, is
    not pinned, so that nobody has signed in vain. Raises KeysMissing while a body's key is not
    there or not rehearsed.
    """
    async with database.transaction() as tx:
        made = await _made(tx, hall, tender, published)
    return {place: sha256_hex(dump(one)) for place, one in made.items()}


async def set_boxes(tx: Tx, hall: Hall, notice: Notice) -> None:
    """Make the boxes of a first notice, in the transaction that publishes it.

    Raises KeysMissing, PolicyDiffers.
    """
    made = await _made(tx, hall, notice.tender, notice.published)
    law = await lawbook.pinned(tx, notice.rules)
    for lot in notice.lots:
        for terms in lot.boxes:
            policy = made[lot.lot, terms.stage]
            data = dump(policy)
            key = BoxKey(notice.tender, lot.lot, terms.stage)
            if sha256_hex(data) != terms.policy_sha256:
                raise rules.PolicyDiffers(**key._asdict())
            await trustees.insert_policy(tx, terms.policy_sha256, key, data)
            await boxes.insert_box(
                tx,
                BoxFacts(
                    key=key,
                    room=room_of(box_of(hall, key)),
                    mode=terms.mode,
                    policy_sha256=terms.policy_sha256,
                    deadline=terms.deadline,
                    parts_by=terms.parts_by,
                    open_at=terms.open_at,
                    release_by=terms.release_by,
                    owner_by=terms.owner_by,
                    min_envelopes=terms.min_envelopes,
                    max_bytes=terms.max_bytes,
                    announce_ms=law.number("hall.announce_ms"),
                    confirm_s=60
                    * max(
                        law.number("hall.confirm_minutes"),
                        law.number("etender.objection_window_minutes"),
                    ),
                    after=terms.after,
                    gate_wait_min=terms.gate_wait_min,
                    outage=outage_rule(law),
                ),
            )


async def _request_for(tx: Tx, hall: Hall, key: TrusteeKey, actor: Actor) -> KeyRequest | None:
    """Return the request that a key answers: one of a draft, or one for a key that was lost."""
    drafted = await trading.drafted(tx, key.tender)
    asked = [] if drafted is None else key_requests.of_draft(hall.origin, drafted.draft, actor.org)
    asked += await losses.requests_of(tx, hall, actor.org)
    own = [one for one in asked if (one.box, one.group) == (key.box, key.group)]
    return next((one for one in own if one.gen == key.gen), own[0] if own else None)


def _rehearsal_policy(request: KeyRequest, key: TrusteeKey, key_sha256: str, hall: Hall) -> Policy:
    """Return a draft of the policy: this group's real key, made-up ones for the others."""
    real = Group(
        id=key.group, x=1, members=(Member(recipient=key.recipient, key_sha256=key_sha256),)
    )
    others = tuple(
        Group(
            id=f"made-up-{x}",
            x=x,
            members=(
                Member(recipient=age.recipient_of(hall.entropy(32)), key_sha256=REHEARSED_KEY),
            ),
        )
        for x in range(2, request.n + 1)
    )
    box = request.box
    return Policy(
        origin=box.origin,
        tender=box.tender,
        lot=box.lot,
        stage=key.stage,
        mode=Mode.SHARED,
        k=request.k,
        groups=(real, *others),
    )


async def _made(
    tx: Tx, hall: Hall, tender: str, published: datetime
) -> dict[tuple[str, str], Policy]:
    """Make the policy of every box of a draft from the keys that serve by its publication."""
    drafted = await trading.drafted(tx, tender)
    if drafted is None:
        raise rules.BoxUnknown
    keys = [
        key
        for key in await trustees.keys_of(tx, tender)
        if key.rehearsed_at is not None and key.rehearsed_at <= published
    ]
    if any(box.mode is not Mode.BIDDER for lot in drafted.draft.lots for box in lot.boxes):
        await _require_apart(tx, drafted.draft)
    made: dict[tuple[str, str], Policy] = {
        (lot.lot, box.stage): _policy(hall, drafted.draft, lot.lot, box, keys)
        for lot in drafted.draft.lots
        for box in lot.boxes
    }
    for policy in made.values():
        try:
            require_policy(policy)
        except Finding as finding:
            raise rules.PolicyDiffers(why=finding.detail) from finding
    return made


def _policy(hall: Hall, draft: Draft, lot: str, box: DraftBox, keys: Sequence[KeyFacts]) -> Policy:
    key = BoxKey(draft.tender, lot, box.stage)
    shared = box.mode is not Mode.BIDDER
    groups = [
        Group(
            id=trustee.group,
            x=x,
            members=_members(trustee.group, key, key_requests.opens(box), keys),
        )
        for x, trustee in enumerate(draft.trustees, start=1)
        if shared
    ]
    if missing := [group.id for group in groups if not group.members]:
        raise rules.KeysMissing(groups=", ".join(missing), **key._asdict())
    return Policy(
        origin=hall.origin,
        **key._asdict(),
        mode=box.mode,
        k=draft.k if shared else 0,
        groups=tuple(groups),
    )


def _members(
    group: str, key: BoxKey, opens: datetime, keys: Sequence[KeyFacts]
) -> tuple[Member, ...]:
    """Return the keys of a group for the opening as it is drafted now."""
    return tuple(
        Member(recipient=one.recipient, key_sha256=one.key_sha256)
        for one in keys
        if (one.key, one.group_id, one.not_before) == (key, group, opens)
    )


async def _require_apart(tx: Tx, draft: Draft) -> None:
    """Refuse trustees of whom one line, or the operator, could open a bid alone.

    Of hosted boxes, those as well that belong to a branch.

    Source: `bid-seal/v1` section 3, policy; `people.md` 4.
    """
    lines, holders = [], {}
    operators = 0
    for trustee in draft.trustees:
        body = await identity.organisation(tx, trustee.org)
        if body is None:
            raise rules.KeysMissing(groups=trustee.org)
        lines.append(body.line)
        holders[body.org] = body.branch
        operators += identity.Role.OPERATOR in await identity.roles_in(tx, trustee.org)
    if any(box.mode is Mode.HOSTED for lot in draft.lots for box in lot.boxes):
        rules.require_hosted(await trading.branch_of(tx, draft.tender), holders)
    bodies = [trustee.org for trustee in draft.trustees]
    rules.require_apart(
        bodies, [line for line in lines if line is not identity.Line.NONE], operators, draft.k
    )
