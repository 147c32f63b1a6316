"""What trustees and owners hand in once shares are asked for: promises, releases, secrets.

A release is taken whatever is wrong with it bar its signature and its binding: good shares count,
and what was wrong is a code of the trustee alone (`bid-seal/v1` section 9).
"""

from datetime import datetime

from bidding import rules, seal
from bidding.facts import BoxFacts, BoxKey, OwnerReleased, Promised, Released
from bidding.keys import box_of
from bidding.objects import Group, Policy
from bidding.policy import find_group, read_policy
from bidding.statements import (
    LIST_LIMIT,
    BidList,
    OwnerRelease,
    Promise,
    Release,
    ShareItem,
)
from bidding.store import boxes, envelopes, results, trustees
from bidding.verdict import share_is_good
from notary import age, cms, duty, ledger, rooms, shape
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.duty import Use
from notary.hall import Hall
from notary.once import Answer, Once
from sql.database import Database, Tx


async def promise(database: Database, hall: Hall, once: Once, json: bytes, p7s: bytes) -> Answer:
    """Take a trustee's word that its release is on its way.

    Raises SharesNotAsked, ReleaseTooLate, ReleaseNotGood.
    """
    given = _load(Promise, json)
    async with database.transaction() as tx:
        box, at = await _hold(tx, hall, given)
        group = await _require_holder(tx, hall, given, json, p7s, at)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.release-promised.v1",
            subject=box.key.tender,
            actor=given.group,
            at=at,
            fields={
                **box.key._asdict(),
                "group": group.id,
                "promise_sha256": sha256_hex(json),
                "release_sha256": given.release_sha256,
            },
        )
        await trustees.insert_promise(
            tx,
            box.key,
            Promised(
                promise_sha256=sha256_hex(json),
                group_id=group.id,
                key_sha256=given.key_sha256,
                list_sha256=given.list_sha256,
                release_sha256=given.release_sha256,
                json=json,
                p7s=p7s,
                received_at=at,
                entry_id=entry.entry_id,
            ),
        )
        await rooms.tell(
            tx,
            box.room,
            at=at,
            kind="bidding.release-promised.v1",
            data={"group": group.id},
            leaf=entry.leaf_hash,
        )
        answer = acknowledge(hall, entry, "accepted")
        await once.keep(tx, answer)
        return answer


async def release(database: Database, hall: Hall, once: Once, json: bytes, p7s: bytes) -> Answer:
    """Take a trustee's shares of a box.

    Beyond the k that are needed a release gets its receipt, no entry and no place in the record
    once the box is finished. Raises SharesNotAsked, ReleaseTooLate, ReleaseNotGood,
    ReleaseRepeated.
    """
    given = _load(Release, json)
    async with database.transaction() as tx:
        box, at = await _hold(tx, hall, given)
        group = await _require_holder(tx, hall, given, json, p7s, at)
        if given.x != group.x:
            raise rules.ReleaseNotGood(group=group.id)
        before = await trustees.releases_of(tx, box.key)
        if any(one.key_sha256 == given.key_sha256 for one in before):
            raise rules.ReleaseRepeated(group=group.id)
        good = await _some_share_fits(tx, given, group)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.release-received.v1",
            subject=box.key.tender,
            actor=given.group,
            at=at,
            fields={
                **box.key._asdict(),
                "group": group.id,
                "release_sha256": sha256_hex(json),
            },
        )
        await trustees.insert_release(
            tx,
            box.key,
            Released(
                release_sha256=sha256_hex(json),
                group_id=group.id,
                key_sha256=given.key_sha256,
                list_sha256=given.list_sha256,
                json=json,
                p7s=p7s,
                received_at=at,
                entry_id=entry.entry_id,
                good=good,
            ),
        )
        released = {one.group_id for one in before if one.good} | ({group.id} if good else set())
        await rooms.tell(
            tx,
            box.room,
            at=at,
            kind="bidding.release-received.v1",
            data={"group": group.id, "good": good, "released": len(released)},
            leaf=entry.leaf_hash,
        )
        answer = acknowledge(hall, entry, "accepted")
        await once.keep(tx, answer)
        return answer


async def release_by_owner(database: Database, hall: Hall, once: Once, json: bytes) -> Answer:
    """Take S of an envelope of the list from whoever knows it; S proves itself (V10 and V11).

    Raises SharesNotAsked, ReleaseTooLate, OwnerSecretWrong.
    """
    given = _load(OwnerRelease, json)
    async with database.transaction() as tx:
        box, at = await _hold(tx, hall, given)
        await _require_owner(tx, box, given)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.owner-released.v1",
            subject=box.key.tender,
            actor="hall",
            at=at,
            fields={**box.key._asdict(), "envelope": given.envelope},
        )
        await trustees.insert_owner_release(
            tx,
            OwnerReleased(
                envelope_id=given.envelope,
                json=json,
                secret=given.secret.hex(),
                received_at=at,
                entry_id=entry.entry_id,
            ),
        )
        answer = acknowledge(hall, entry, "accepted")
        await once.keep(tx, answer)
        return answer


def _load(kind: type[shape.T], json: bytes) -> shape.T:
    try:
        return shape.load(kind, json, limit=LIST_LIMIT)
    except ValueError as error:
        raise rules.ReleaseNotGood(why=str(error)) from error


async def _hold(
    tx: Tx, hall: Hall, given: Promise | Release | OwnerRelease
) -> tuple[BoxFacts, datetime]:
    """Lock the box that is spoken of, read the clock, and refuse what is too early or too late."""
    key = BoxKey(given.tender, given.lot, given.stage)
    box = await boxes.hold_box(tx, key)
    if box is None or given.box != box_of(hall, key):
        raise rules.BoxUnknown(**key._asdict())
    at = await hall.clock(tx)
    rules.require_asked(box, at)
    return box, at


async def _require_holder(
    tx: Tx, hall: Hall, given: Promise | Release, json: bytes, p7s: bytes, at: datetime
) -> Group:
    """Return the group whose pinned key's holder signed this for the list in force (V2, V8)."""
    box = await boxes.box(tx, BoxKey(given.tender, given.lot, given.stage))
    key = await trustees.key(tx, given.key_sha256)
    policies = [read_policy(data) for data in await _policies(tx, given)]
    group = next(
        (one for policy in policies if (one := find_group(policy, given.key_sha256))), None
    )
    if key is None or group is None or group.id != given.group or box is None:
        raise rules.ReleaseNotGood(group=given.group)
    if given.list_sha256 != box.list_sha256:
        raise rules.ReleaseNotGood(group=given.group)
    try:
        signed_by = cms.verify(json, p7s)
        await duty.require_signer(tx, hall, signed_by, org=key.holder_org, use=Use.TRUSTEE, at=at)
    except (cms.BadSignature, duty.CertificateUnknown) as error:
        raise rules.ReleaseNotGood(group=given.group) from error
    return group


async def _policies(tx: Tx, given: Promise | Release) -> list[bytes]:
    return list(
        (await trustees.policies_of(tx, BoxKey(given.tender, given.lot, given.stage))).values()
    )


async def _some_share_fits(tx: Tx, given: Release, group: Group) -> bool:
    """Say whether any share of a release is that of its commitment (V9)."""
    for item in given.items:
        if not isinstance(item, ShareItem):
            continue
        envelope = await envelopes.envelope(tx, item.envelope)
        if envelope is None:
            continue
        manifest = seal.read_manifest(envelope.seal_json)
        commits = {entry.group: entry.commit for entry in manifest.shares}
        if share_is_good(manifest.core, commits.get(group.id, ""), group, item.share):
            return True
    return not given.items


async def _require_owner(tx: Tx, box: BoxFacts, given: OwnerRelease) -> None:
    """Refuse a secret of an envelope not listed, already open, or that does not re-derive it."""
    assert box.list_json is not None  # noqa: S101 - shares are asked for after the list
    listed = shape.load(BidList, box.list_json, limit=LIST_LIMIT)
    envelope = await envelopes.envelope(tx, given.envelope)
    if envelope is None or given.envelope not in {one.envelope for one in listed.envelopes}:
        raise rules.OwnerSecretWrong
    known = {one.envelope_id for one in await results.results_of(tx, box.key)}
    known |= {one.envelope_id for one in await trustees.owner_releases_of(tx, box.key)}
    manifest = seal.read_manifest(envelope.seal_json)
    policy = await _policy_of(tx, box.key, manifest.core.policy_sha256)
    derives = (
        age.recipient_of(given.secret) == manifest.core.recipient
        and seal.deal(manifest.core, policy, given.secret) == manifest.shares
    )
    if given.envelope in known or not derives:
        raise rules.OwnerSecretWrong


async def _policy_of(tx: Tx, key: BoxKey, policy_sha256: str) -> Policy:
    return read_policy((await trustees.policies_of(tx, key))[policy_sha256])
