"""Which keys are wanted of a trustee body: for the boxes of a draft, and where a key was lost.

Every duty client of a body is asked, the deputies' too: who has its own duty certificate gives its
own key. A notice waits for one key of each group, never for a deputy.

Source: `bid-seal/v1` sections 1, 6.5 and 6a.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding import rules
from bidding.facts import BoxKey
from bidding.facts import TrusteeKey as KeyFacts
from bidding.sealed.objects import Policy, TrusteeKey
from bidding.types import Box
from notary import age
from notary.shape import load
from trading.types import Draft, DraftBox, Mode

FIRST_GENERATION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """What a draft wants of a body: a key of this group for this box."""

    box: Box
    group: str
    k: int
    n: int
    release_not_before: datetime
    gen: int


def of_draft(origin: str, draft: Draft, org: str) -> list[KeyRequest]:
    """Return the keys that a draft wants of a body, of every client that it has."""
    groups = [trustee.group for trustee in draft.trustees if trustee.org == org]
    return [
        KeyRequest(
            box=Box(origin=origin, tender=draft.tender, lot=lot.lot, stage=box.stage),
            group=group,
            k=draft.k,
            n=len(draft.trustees),
            release_not_before=opens(box),
            gen=FIRST_GENERATION,
        )
        for lot in draft.lots
        for box in lot.boxes
        if box.mode is not Mode.BIDDER
        for group in groups
    ]


def of_losses(
    origin: str, lost: Sequence[KeyFacts], policies: Mapping[BoxKey, Policy]
) -> list[KeyRequest]:
    """Return the keys that are wanted of a body in place of those it lost: the next generation.

    `policies`: of each box, for how many groups there are.
    """
    return [
        KeyRequest(
            box=Box(origin=origin, tender=one.key.tender, lot=one.key.lot, stage=one.key.stage),
            group=one.group_id,
            k=policies[one.key].k,
            n=len(policies[one.key].groups),
            release_not_before=one.not_before,
            gen=one.gen + 1,
        )
        for one in lost
    ]


def opens(box: DraftBox) -> datetime:
    """Return when a box is opened as it is drafted."""
    return box.open_at or box.deadline


def is_answered(request: KeyRequest, keys: Sequence[KeyFacts], cert_sha256: str | None) -> bool:
    """Tell whether a client gave the key that is asked for, and opened its test envelope.

    `cert_sha256`: its duty certificate; of a request without one any key of the group will do.
    """
    place = (request.box.tender, request.box.lot, request.box.stage)
    asked = (place, request.group, request.release_not_before, request.gen)
    return any(
        (tuple(key.key), key.group_id, key.not_before, key.gen) == asked
        and key.rehearsed_at is not None
        and cert_sha256 in {None, load(TrusteeKey, key.json).holder.cert_sha256}
        for key in keys
    )


def require_fits(key: TrusteeKey, request: KeyRequest, cert_sha256: str) -> None:
    """Refuse a key of another generation, moment or holder, or one that is no sound recipient.

    Whose certificate it names signs the releases: no client trusts a key that another has signed.
    """
    if (key.gen, key.release_not_before) != (request.gen, request.release_not_before):
        raise rules.KeyNotGood(group=key.group)
    if key.holder.cert_sha256 != cert_sha256:
        raise rules.KeyNotGood(group=key.group)
    try:
        age.parse_recipient(key.recipient)
    except age.BadAge as error:
        raise rules.KeyNotGood(group=key.group) from error
