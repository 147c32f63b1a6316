"""The pages of one tender: its notice and timeline, its record card, its result. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime

from bidding.sealed.statements import AWARD_LIMIT, Award
from bidding.standing import Scene
from bidding.types import Verdict
from notary.assurance import Assurance, Draw, Facts, Mode, Opened, label
from notary.canonical import sha256_hex
from notary.shape import load
from trading import notice as notices
from trading.disputes import Objection
from trading.rules import periods
from trading.rules.records import DEMONSTRATIONS
from trading.rules.sets import RuleSet, kind_of
from trading.types import Kind as TradeKind
from trading.types import Method, Notice
from web.disputing import about_candidates, about_documents
from web.letterhead import Lang
from web.showing import KINDS, bidder, foreseen, held, line, lot_of, name, newest, state, text
from web.views import public
from web.views.life import KeyHolder, LedgerLink, Life
from web.views.public import Checked, Progress, TenderStep

_CHINESE = re.compile("[\u4e00-\u9fff]")


def rules(notice: Notice) -> public.RuleSet:
    """Return the rule set that a notice names."""
    return public.RuleSet(
        name=notice.rules.set,
        sha256=notice.rules.sha256,
        law=kind_of(notice.rules.set) not in DEMONSTRATIONS,
    )


def assurances(scene: Scene, *, demo: bool) -> tuple[Assurance, ...]:
    """Return the record card of a box."""
    box = scene.standing.box
    opened = Opened.WAITING
    if box.not_opened_at is not None or box.cancelled_at is not None:
        opened = Opened.NEVER
    elif box.finished_at is not None:
        opened = Opened.MATCHES
    return _card(scene, opened, demo=demo)


def promised(scene: Scene, *, demo: bool) -> tuple[Assurance, ...]:
    """Return the record card of a box as it was before its opening."""
    return _card(scene, Opened.WAITING, demo=demo)


def _card(scene: Scene, opened: Opened, *, demo: bool) -> tuple[Assurance, ...]:
    return label(
        Facts(
            mode=Mode(scene.policy.mode),
            k=scene.policy.k,
            n=len(scene.policy.groups),
            one_machine=demo,
            opened=opened,
            cosigners=0,
            draw=Draw.NONE,
        )
    )


def tender_view(
    scene: Scene,
    branch: str | None,
    entries: Sequence[LedgerLink],
    checked: Checked | None,
    law: RuleSet,
    objections: Sequence[Objection],
    life: Life,
    now: datetime,
    *,
    demo: bool,
) -> public.TenderView:
    """Return the page of a tender with one lot."""
    notice, box = newest(scene), scene.standing.box
    terms = notices.box_of(notice, box.key.lot, box.key.stage)
    assert terms is not None  # noqa: S101 - the box was made of it
    return public.TenderView(
        tender=notice.tender,
        lot=box.key.lot,
        title=text(notice.title),
        kind=KINDS[TradeKind(notice.kind)],
        invited=notice.method is Method.INVITED,
        branch=branch,
        state=state(scene.standing, now),
        purchaser=name(scene.bodies, notice.purchaser),
        agency=name(scene.bodies, notice.agency),
        ceiling_fen=lot_of(scene).ceiling_fen,
        deposit_fen=notice.deposit_fen,
        currency=notice.currency,
        deadline=box.deadline,
        open_at=box.open_at,
        rules=rules(notice),
        form=tuple(
            public.FormField(label=text(field.label), type=field.type) for field in terms.form
        ),
        documents=tuple(
            public.Document(
                path=one.path,
                href=f"/api/v1/documents/{one.sha256}",
                sha256=one.sha256,
                size=one.size,
            )
            for one in notice.documents
        ),
        channels=notice.channels,
        life=life,
        timeline=timeline(scene, now),
        k=scene.policy.k,
        holders=holders(scene),
        assurances=assurances(scene, demo=demo),
        entries=tuple(entries),
        room=box.room,
        has_result=bool(scene.standing.awards),
        checked=checked,
        disputes=about_documents(notice, law, objections),
        held=held(scene.standing, now),
    )


def holders(scene: Scene) -> tuple[KeyHolder, ...]:
    """Return who holds the keys that the policy pins: others were made for times since changed."""
    pinned = {one.key_sha256 for group in scene.policy.groups for one in group.members}
    return tuple(
        KeyHolder(
            name=name(scene.bodies, key.holder.id),
            line=line(scene.bodies, key.holder.id),
            duty=key.duty,
            ready_at=scene.proved.get(facts.key_sha256),
            released=key.group in scene.released,
        )
        for facts, key in scene.keys
        if facts.key_sha256 in pinned
    )


def timeline(scene: Scene, now: datetime) -> tuple[public.TimelineStep, ...]:
    """Return the life of a tender, what is done, what goes on, what comes."""
    box = scene.standing.box
    at = {one.step: one.at for one in scene.standing.awards}
    ended = box.not_opened_at is not None
    cancelled = box.cancelled_at is not None
    void = any(one.step == "awarded" and one.winner is None for one in scene.standing.awards)
    done = {
        TenderStep.PUBLISHED: True,
        TenderStep.BIDDING: now >= box.deadline or cancelled,
        TenderStep.OPENING: box.finished_at is not None,
        TenderStep.CANDIDATES: "awarded" in at,
        TenderStep.AWARDED: "awarded" in at,
        TenderStep.CONTRACT: scene.standing.contract_at is not None,
    }
    instants = {
        TenderStep.PUBLISHED: (scene.notices[0].at, None),
        TenderStep.BIDDING: (scene.notices[0].at, None if cancelled else box.deadline),
        TenderStep.OPENING: (None if cancelled or ended else box.open_at, None),
        TenderStep.CANDIDATES: (at.get("candidates"), None),
        TenderStep.AWARDED: (at.get("awarded"), None),
        TenderStep.CONTRACT: (scene.standing.contract_at, None),
    }
    now_at = next((step for step in TenderStep if not done[step]), None)
    return tuple(
        public.TimelineStep(
            step=step,
            progress=_progress(step, now_at, is_done=done[step], ended=ended or cancelled or void),
            at=instants[step][0],
            until=instants[step][1],
        )
        for step in TenderStep
    )


def _progress(
    step: TenderStep, now_at: TenderStep | None, *, is_done: bool, ended: bool
) -> Progress:
    if is_done:
        return Progress.DONE
    return Progress.NOW if step is now_at and not ended else Progress.NEXT


def result_view(
    scene: Scene,
    checked: Checked | None,
    law: RuleSet,
    objections: Sequence[Objection],
    now: datetime,
    *,
    demo: bool,
) -> public.ResultView:
    """Return the result of a lot whose candidates are public; `objections`: of its tender."""
    notice, standing = newest(scene), scene.standing
    last = standing.awards[-1]
    award = load(Award, last.json, limit=AWARD_LIMIT)
    steps = {one.step: one.at for one in standing.awards}
    prices = {one.envelope_id: one.price_fen for one in standing.results}
    awarded_at = steps.get("awarded")
    won_at = awarded_at if award.winner is not None else None
    return public.ResultView(
        tender=notice.tender,
        lot=standing.box.key.lot,
        title=text(notice.title),
        state=state(standing, now),
        ceiling_fen=lot_of(scene).ceiling_fen,
        currency=notice.currency,
        received=standing.listed,
        ranking=tuple(
            public.RankedBid(
                rank=one.rank,
                bidder=bidder(scene, one.envelope),
                price_fen=one.price_fen,
                winner=one.envelope == award.winner and "awarded" in steps,
            )
            for one in award.ranking
        ),
        rejected=tuple(
            public.RejectedBid(
                bidder=bidder(scene, one.envelope),
                price_fen=prices.get(one.envelope),
                ground=one.ground,
                article=one.article,
                reason=one.reason,
                lang=_language(one.reason),
            )
            for one in award.rejected
        ),
        unopened=tuple(
            public.UnopenedBid(
                bidder=bidder(scene, one.envelope_id),
                code=one.code or "",
                fault=one.fault or "",
            )
            for one in standing.results
            if one.verdict != Verdict.OPENED
        ),
        tied=award.tied,
        void=None if award.void is None else award.void.article,
        candidates_at=steps.get("candidates", last.at),
        limits=tuple(
            public.OpenedLimit(name=limit.name, fen=scene.limits[limit.name].fen)
            for limit in lot_of(scene).limits
            if limit.name in scene.limits
        ),
        awarded_at=awarded_at,
        objections_until=award.candidates_until
        if "candidates" in steps and award.candidates_until > steps["candidates"]
        else None,
        rules=rules(notice),
        award_sha256=sha256_hex(last.json),
        assurances=assurances(scene, demo=demo),
        room=standing.box.room,
        checked=checked,
        disputes=about_candidates(award, law, objections),
        contract_by=won_at and foreseen(periods.contract_by, law, won_at),
        report_by=won_at and foreseen(periods.report_by, law, won_at),
    )


def _language(text: str) -> Lang:
    """Return the language of what somebody wrote: Chinese where it has a Chinese character."""
    return Lang.ZH if _CHINESE.search(text) else Lang.EN
