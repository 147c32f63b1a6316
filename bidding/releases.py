"""What trustees and owners hand in once shares are asked for: promises, releases, secrets.

A release is taken whatever is wrong with it bar its signature and its binding: good shares count,
and what was wrong is a code of the trustee alone (`bid-seal/v1` section 9).
"""

from datetime import datetime

from bidding import rules
from bidding.facts import BoxFacts, BoxKey, Envelope, OwnerReleased, Promised, Released
from bidding.judging import listed as asked_for
from bidding.keys import box_of
from bidding.look import tell
from bidding.sealed import seal
from bidding.sealed.objects import Group, Manifest, Policy, TrusteeKey
from bidding.sealed.policy import find_group, read_policy
from bidding.sealed.statements import LIST_LIMIT, OwnerRelease, Promise, Release, ShareItem
from bidding.store import boxes, envelopes, trustees
from bidding.types import EnvelopeId
from bidding.verdict import share_is_good
from notary import age, cms, duty, instant, ledger, shape
from notary.acknowledgement import acknowledge, acknowledge_unrecorded
from notary.canonical import Json, sha256_hex
from notary.duty import Use
from notary.hall import Hall
from notary.ledger import Entry
from notary.once import Answer, Once
from notary.signature import CertificateUntrusted
from sql.database import Database, Tx

_RECEIVED = "bidding.release-received.v1"


async def promise(database: Database, hall: Hall, once: Once, json: bytes, p7s: bytes) -> Answer:
    """Take a trustee's word that its release is on its way; the same bytes get one receipt.

    Raises SharesNotAsked, ReleaseNotGood, ReleaseTooLate, ReleaseRepeated.
    """
    given = _load(Promise, json)
    sha256 = sha256_hex(json)
    async with database.transaction() as tx:
        box, at = await _hold(tx, hall, given)
        rules.require_asked(box, at)
        group = await _require_holder(tx, hall, box, given, json, p7s, at)
        before = [one for one in await trustees.promises_of(tx, box.key) if _is_of(one, given)]
        first = next((one for one in before if one.promise_sha256 == sha256), None)
        if first is not None:
            return await _keep_first_receipt(tx, hall, once, first.entry_id)
        rules.require_counting(box, at)
        if before:
            raise rules.ReleaseRepeated(group=group.id)
        entry = await ledger.append(
            tx,
            hall,
            "bidding.release-promised.v1",
            subject=box.key.tender,
            actor=group.id,
            at=at,
            fields={
                **box.key._asdict(),
                "group": group.id,
                "promise_sha256": sha256,
                "release_sha256": given.release_sha256,
            },
        )
        await trustees.insert_promise(
            tx,
            box.key,
            Promised(
                promise_sha256=sha256,
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
        await tell(tx, box, at, "bidding.release-promised.v1", entry, {"group": group.id})
        answer = acknowledge(hall, entry, "accepted")
        await once.keep(tx, answer)
        return answer


async def release(database: Database, hall: Hall, once: Once, json: bytes, p7s: bytes) -> Answer:
    """Take a trustee's shares of a box; the same bytes get one receipt.

    Once the box is finished a release is refused with a receipt, without an entry and without a
    place in the record. Raises SharesNotAsked, ReleaseNotGood, ReleaseTooLate, ReleaseRepeated.
    """
    given = _load(Release, json)
    async with database.transaction() as tx:
        box, at = await _hold(tx, hall, given)
        rules.require_asked(box, at)
        group = await _require_holder(tx, hall, box, given, json, p7s, at)
        before = await trustees.releases_of(tx, box.key)
        stated = {
            **box.key._asdict(),
            "group": group.id,
            "release_sha256": sha256_hex(json),
        }
        first = next((one for one in before if one.release_sha256 == sha256_hex(json)), None)
        if first is not None:
            return await _keep_first_receipt(tx, hall, once, first.entry_id)
        _require_counting(hall, box, at, stated)
        if any(_is_of(one, given) for one in before):
            raise rules.ReleaseRepeated(group=group.id)
        entry = await ledger.append(
            tx,
            hall,
            _RECEIVED,
            subject=box.key.tender,
            actor=group.id,
            at=at,
            fields=stated,
        )
        good = await _some_share_fits(tx, box, given, group)
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
        data: dict[str, Json] = {"group": group.id, "good": good, "released": len(released)}
        await tell(tx, box, at, _RECEIVED, entry, data)
        answer = acknowledge(hall, entry, "accepted")
        await once.keep(tx, answer)
        return answer


async def release_by_owner(database: Database, hall: Hall, once: Once, json: bytes) -> Answer:
    """Take S of an envelope of the list from whoever knows it; S proves itself (V10 and V11).

    After owner_by it opens nothing any more and moves the fault; the answer says whether it counts,
    and by when the bids that were shown are told, all together. The same S again gets the first
    receipt. Raises SharesNotAsked, ReleaseTooLate, OwnerSecretWrong.
    """
    given = _load(OwnerRelease, json)
    async with database.transaction() as tx:
        box, at = await _hold(tx, hall, given)
        rules.require_asked(box, at)
        before = await trustees.owner_releases_of(tx, box.key)
        first = next((one for one in before if one.envelope_id == given.envelope), None)
        if first is not None and first.secret == given.secret.hex():
            entry = await ledger.entry_of(tx, first.entry_id)
            assert entry is not None  # noqa: S101 - it was stored with its entry
            return await _keep_shown(tx, hall, once, box, first, entry)
        rules.require_unfinished(box)
        if first is not None:
            raise rules.OwnerSecretWrong
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
        shown = OwnerReleased(
            envelope_id=given.envelope,
            json=json,
            secret=given.secret.hex(),
            received_at=at,
            entry_id=entry.entry_id,
        )
        await trustees.insert_owner_release(tx, shown)
        return await _keep_shown(tx, hall, once, box, shown, entry)


async def _keep_shown(
    tx: Tx, hall: Hall, once: Once, box: BoxFacts, shown: OwnerReleased, entry: Entry
) -> Answer:
    """Answer a secret that was shown, whether it was just now or before."""
    answer: Answer = {
        "envelope": shown.envelope_id,
        "counts": shown.received_at <= box.owner_by,
        "told_by": instant.seconds(box.owner_by),
        **acknowledge(hall, entry, "accepted"),
    }
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
    """Lock the box that is spoken of, and read the clock."""
    key = BoxKey(given.tender, given.lot, given.stage)
    box = await boxes.hold_box(tx, key)
    if box is None or given.box != box_of(hall, key):
        raise rules.BoxUnknown(**key._asdict())
    return box, await hall.clock(tx)


def _is_of(before: Promised | Released, given: Promise | Release) -> bool:
    """Tell whether a key has spoken on this list before."""
    return (before.key_sha256, before.list_sha256) == (given.key_sha256, given.list_sha256)


async def _keep_first_receipt(tx: Tx, hall: Hall, once: Once, entry_id: int) -> Answer:
    """Answer what came before with its first receipt."""
    entry = await ledger.entry_of(tx, entry_id)
    assert entry is not None  # noqa: S101 - it was stored with its entry
    answer = acknowledge(hall, entry, "accepted")
    await once.keep(tx, answer)
    return answer


def _require_counting(hall: Hall, box: BoxFacts, at: datetime, stated: dict[str, Json]) -> None:
    """Refuse a release that opens nothing any more, with a receipt and without an entry.

    Source: architecture.md, Processes.
    """
    try:
        rules.require_counting(box, at)
    except rules.ReleaseTooLate as refusal:
        refusal.facts |= acknowledge_unrecorded(
            hall,
            {
                **stated,
                "kind": _RECEIVED,
                "origin": hall.origin,
                "at": instant.micros(at),
                "actor": stated["group"],
            },
        )
        raise


async def _require_holder(
    tx: Tx,
    hall: Hall,
    box: BoxFacts,
    given: Promise | Release,
    json: bytes,
    p7s: bytes,
    at: datetime,
) -> Group:
    """Return the group whose pinned key's holder signed this for the list in force (V2, V8).

    What another certificate has signed, also one of the same body, proves nothing: it is dropped.
    """
    key = await trustees.key(tx, given.key_sha256)
    policies = (await trustees.policies_of(tx, box.key)).values()
    pinning = (find_group(read_policy(data), given.key_sha256) for data in policies)
    group = next((one for one in pinning if one is not None), None)
    if key is None or group is None or group.id != given.group:
        raise rules.ReleaseNotGood(group=given.group)
    if box.in_force is None or given.list_sha256 != box.in_force.sha256:
        raise rules.ReleaseNotGood(group=group.id)
    holder = shape.load(TrusteeKey, key.json).holder
    try:
        signed_by = cms.verify(json, p7s)
        await duty.require_signer(tx, hall, signed_by, org=holder.id, use=Use.TRUSTEE, at=at)
    except (cms.BadSignature, duty.CertificateUnknown, CertificateUntrusted) as error:
        raise rules.ReleaseNotGood(group=group.id) from error
    if cms.cert_sha256(signed_by) != holder.cert_sha256:
        raise rules.ReleaseNotGood(group=group.id)
    return group


async def _some_share_fits(tx: Tx, box: BoxFacts, given: Release, group: Group) -> bool:
    """Say whether any share of a release is that of its commitment (V9)."""
    listed = await _listed(tx, box)
    for item in given.items:
        if isinstance(item, ShareItem) and item.envelope in listed:
            manifest = seal.read_manifest(listed[item.envelope].seal_json)
            if _fits(manifest, group, item):
                return True
    return False


async def _listed(tx: Tx, box: BoxFacts) -> dict[str, Envelope]:
    """Return the envelopes that are asked for: what a revised list keeps shut is none of them."""
    asked = {one.envelope for one in asked_for(box).envelopes}
    rows = await envelopes.envelopes_in(tx, box.key)
    return {one.envelope_id: one for one in rows if one.envelope_id in asked}


def _fits(manifest: Manifest, group: Group, item: ShareItem) -> bool:
    commit = manifest.shares[group.x - 1].commit
    return share_is_good(manifest.core, commit, group, item.share)


async def _require_owner(tx: Tx, box: BoxFacts, given: OwnerRelease) -> None:
    """Refuse a secret of no listed envelope, or that does not derive it, or that k trustees know.

    Source: `bid-seal/v1` section 8.5.
    """
    listed = await _listed(tx, box)
    if given.envelope not in listed:
        raise rules.OwnerSecretWrong
    manifest = seal.read_manifest(listed[given.envelope].seal_json)
    core = manifest.core
    policy = read_policy((await trustees.policies_of(tx, box.key))[core.policy_sha256])
    derives = (
        age.recipient_of(given.secret) == core.recipient
        and seal.deal(core, policy, given.secret) == manifest.shares
    )
    good = await _good_shares(tx, box, manifest, policy, given.envelope)
    if not derives or 0 < policy.k <= len(good):
        raise rules.OwnerSecretWrong


async def _good_shares(
    tx: Tx, box: BoxFacts, manifest: Manifest, policy: Policy, envelope: EnvelopeId
) -> set[str]:
    """Return the groups that gave a good share of an envelope."""
    good = set()
    for released in await trustees.releases_of(tx, box.key):
        group = find_group(policy, released.key_sha256)
        items = shape.load(Release, released.json, limit=LIST_LIMIT).items
        own = [one for one in items if one.envelope == envelope and isinstance(one, ShareItem)]
        if group is not None and any(_fits(manifest, group, one) for one in own):
            good.add(group.id)
    return good
