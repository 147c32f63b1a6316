"""A draft in the words of its notice: facts of the services become the view. Pure."""

import re
from collections.abc import Mapping

from bidding.keyholders import Answered
from notary.canonical import sha256_hex
from notary.identity import Organisation
from trading.rules.limits import Counted
from trading.rules.sets import RuleSet
from trading.types import DraftBox, Drafted, DraftLot
from trading.types import Kind as TradeKind
from web.editor.sections import is_prefilled
from web.letterhead import Text
from web.showing import KINDS, line, name, text
from web.views import public
from web.views.desk import BoxShown, DraftShown, HolderShown, LimitShown, LotShown

_MOVES = re.compile(r'"(published|candidates_until)":"[^"]*"')


def bodies_in(drafted: Drafted) -> set[str]:
    """Return the ids of every body that a draft names."""
    draft = drafted.draft
    return {
        draft.purchaser,
        drafted.agency,
        *(draft.invited or ()),
        *(trustee.org for trustee in draft.trustees),
    }


def draft_shown(
    drafted: Drafted,
    person: str,
    bodies: Mapping[str, Organisation],
    keys: Mapping[str, Answered],
    rules: RuleSet,
) -> DraftShown:
    """Return a draft as its pages show it. `person`: the name of whoever drafted it."""
    draft = drafted.draft
    return DraftShown(
        tender=draft.tender,
        title=text(draft.title),
        kind=KINDS[TradeKind(draft.kind)],
        invited=None
        if draft.invited is None
        else tuple(name(bodies, org) for org in draft.invited),
        purchaser=name(bodies, draft.purchaser),
        agency=name(bodies, drafted.agency),
        rules=public.RuleSet(name=rules.name, sha256=rules.sha256, law=not rules.is_demonstration),
        currency=draft.currency,
        deposit_fen=draft.deposit_fen,
        documents=tuple(
            public.Document(
                path=one.path,
                href=f"/api/v1/documents/{one.sha256}",
                sha256=one.sha256,
                size=one.size,
            )
            for one in draft.documents
        ),
        lots=tuple(_lot(lot) for lot in draft.lots),
        k=draft.k,
        holders=tuple(
            HolderShown(
                name=name(bodies, trustee.org),
                line=line(bodies, trustee.org),
                ready=keys[trustee.group].ready,
                asked=keys[trustee.group].asked,
            )
            for trustee in draft.trustees
        ),
        prefilled=is_prefilled(draft, rules, drafted.drafted_at),
        drafted_by=person,
        drafted_at=drafted.drafted_at,
    )


def limit(one: Counted) -> LimitShown:
    """Return a limit as pages show it."""
    rule = one.rule
    return LimitShown(
        said=Text(zh=rule.zh, en=rule.en),
        article=rule.citation,
        standing=rule.standing,
        rule=rule.id,
        lot=one.lot,
        unit=rule.unit,
        needs=one.needs,
        has=one.has,
        earliest=one.earliest,
        last=one.last if one.has is None else None,
        kept=one.is_kept,
    )


def undated_sha256(text: str) -> str:
    """Return the hash of a text to sign without what moves with the clock: all that is read of it.

    The page's script computes the same of the text that it is about to sign.
    """
    return sha256_hex(_MOVES.sub("", text, count=1).encode())


def _lot(lot: DraftLot) -> LotShown:
    return LotShown(
        lot=lot.lot,
        title=text(lot.title),
        ceiling_fen=lot.ceiling_fen,
        limits=tuple((one.name, one.commit) for one in lot.limits),
        boxes=tuple(_box(box) for box in lot.boxes),
    )


def _box(box: DraftBox) -> BoxShown:
    return BoxShown(
        stage=box.stage,
        mode=box.mode,
        after=box.after,
        deadline=box.deadline,
        open_at=box.open_at or box.deadline,
        max_bytes=box.max_bytes,
        form=tuple(
            public.FormField(label=text(field.label), type=field.type) for field in box.form
        ),
    )
