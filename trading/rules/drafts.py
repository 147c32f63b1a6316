"""The notice that a draft leads to: what the agency chose, and what the rule set adds."""

from collections.abc import Mapping
from datetime import datetime

from notary.channels import Channel
from trading.notice import invited_commitment
from trading.rules.notices import release_times
from trading.rules.sets import RuleSet
from trading.types import Box, DraftBox, Drafted, DraftLot, Lot, Notice, Pin


def first_notice(
    drafted: Drafted,
    *,
    origin: str,
    rules: RuleSet,
    channels: tuple[Channel, ...],
    policies: Mapping[tuple[str, str], str],
    published: datetime,
) -> Notice:
    """Return the first revision that `drafted` leads to.

    `policies`: (lot, stage) -> SHA-256 of the policy; KeyError where one is missing. Times that the
    agency does not choose come from `rules`.
    """
    draft = drafted.draft
    return Notice(
        v="hall-notice/v1",
        origin=origin,
        tender=draft.tender,
        revision=1,
        previous=None,
        reason=None,
        published=published,
        title=draft.title,
        purchaser=draft.purchaser,
        agency=drafted.agency,
        kind=draft.kind,
        rules=Pin(set=rules.name, sha256=rules.sha256),
        method=draft.method,
        invited=_commitment(drafted),
        currency=draft.currency,
        deposit_fen=draft.deposit_fen,
        documents=draft.documents,
        channels=channels,
        lots=tuple(_lot(lot, rules, policies) for lot in draft.lots),
    )


def _commitment(drafted: Drafted) -> str | None:
    if drafted.draft.invited is None or drafted.invited_salt is None:
        return None
    return invited_commitment(drafted.draft.invited, drafted.invited_salt)


def _lot(lot: DraftLot, rules: RuleSet, policies: Mapping[tuple[str, str], str]) -> Lot:
    return Lot(
        lot=lot.lot,
        title=lot.title,
        draw=lot.draw,
        ceiling_fen=lot.ceiling_fen,
        limits=lot.limits,
        boxes=tuple(_box(box, rules, policies[lot.lot, box.stage]) for box in lot.boxes),
    )


def _box(box: DraftBox, rules: RuleSet, policy_sha256: str) -> Box:
    open_at = box.open_at or box.deadline
    release_by, owner_by = release_times(rules, box.mode, open_at)
    return Box(
        stage=box.stage,
        mode=box.mode,
        policy_sha256=policy_sha256,
        after=box.after,
        deadline=box.deadline,
        parts_by=box.deadline,
        open_at=open_at,
        release_by=release_by,
        owner_by=owner_by,
        close_slack_s=rules.number("hall.close_slack_s"),
        gate_wait_min=rules.number("hall.gate_wait_min"),
        min_envelopes=rules.number("tender.min_bidders"),
        max_bytes=box.max_bytes,
        form=box.form,
        reseal=False,
    )
