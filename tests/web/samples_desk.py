"""Views of the pages behind the desk: devices, the editor, approval, changes, an opened lot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.web.samples import DEADLINE, NOON, TITLE, row
from web.editor import views as editor
from web.letterhead import Text, View
from web.search import Kind
from web.typed import FieldError
from web.views import desk, public
from web.views.house import DeskRow, Matter, Refused

SHA = "6ad290f1" * 8
NUMBER = "GC-2026-0918"
WORDS = Text(zh="中文", en="Works")
WRONG = (
    FieldError(place="number", said="Use letters, digits, dots and hyphens, at most 64"),
    FieldError(
        place="count",
        said="Write a whole number from %(least)s to %(most)s",
        facts={"least": "1", "most": "100"},
    ),
)
REFUSED = Refused("tender.taken", {"tender": NUMBER}, "", law=False)


def box(stage: str, after: str | None) -> desk.BoxShown:
    """Return a box of a draft; one that waits is opened three days later."""
    return desk.BoxShown(
        stage=stage,
        mode="shared",
        after=after,
        deadline=DEADLINE,
        open_at=DEADLINE + timedelta(days=3 if after else 0),
        max_bytes=200 * 1024 * 1024,
        form=(public.FormField(label=WORDS, type="text"),),
    )


def draft(*, bare: bool = False) -> desk.DraftShown:
    """Return a draft of two lots; `bare`: just begun."""
    return desk.DraftShown(
        tender=NUMBER,
        title=TITLE,
        kind=Kind.WORKS,
        invited=None if bare else ("FIRM-1", "FIRM-2"),
        purchaser="示例市市场服务中心",
        agency="代理机构一",
        rules=public.RuleSet(name="demo/2026-11", sha256=SHA, law=False),
        currency="CNY",
        deposit_fen=0 if bare else 30_000_000,
        documents=()
        if bare
        else (public.Document(path="招标文件", href="/api/v1/documents/x", sha256=SHA, size=5),),
        lots=(
            desk.LotShown(
                lot="1",
                title=WORDS,
                ceiling_fen=None if bare else 1_512_500_000,
                limits=() if bare else (("reference", SHA),),
                boxes=(box("technical", None), box("price", "technical")),
            ),
        ),
        k=2,
        holders=tuple(
            desk.HolderShown(name="市审计局", line=line, ready=ready, asked=2)
            for line, ready in (("decision", 2), ("execution", 2), ("supervision", int(not bare)))
        ),
        prefilled=bare,
        drafted_by="王工",
        drafted_at=NOON,
    )


def limit(*, kept: bool) -> desk.LimitShown:
    """Return a limit of days."""
    return desk.LimitShown(
        said=Text(zh="中文", en="At least 20 days from issue to deadline"),
        article="招标投标法",
        standing="law",
        rule="tender.min_days_issue_to_deadline",
        lot="1",
        unit="day",
        needs=20,
        has=20 if kept else 17,
        earliest=DEADLINE.date(),
        last=None,
        kept=kept,
    )


def section(name: str, *, wrong: bool = False) -> editor.SectionView:
    """Return a section of the editor, with errors at its fields where something is `wrong`."""
    return editor.SectionView(
        name=name,
        draft=None if name == "what" else draft(bare=wrong),
        given={"title_zh": "改造", "kind": "construction", "method": "open"},
        choices={
            "purchasers": (editor.Choice("ORG-P", "示例市市场服务中心"),),
            "rules": (editor.Choice("demo/2026-11", "demo/2026-11"),),
            "models": (editor.Choice("GC-1", "GC-1 改造"),),
            "holders": (editor.Choice("ORG-A", "市审计局"),),
        },
        rows=2 if name in {"lots", "times"} else 0,
        mixed=wrong,
        errors=WRONG if wrong and name == "what" else (),
        refused=REFUSED if wrong else None,
    )


def tasks() -> editor.ListView:
    """Return the task list of a draft that keeps one limit and breaks another."""
    return editor.ListView(
        draft=draft(bare=True),
        handed_at=None,
        limits=(limit(kept=True), limit(kept=False)),
        refused=None,
    )


def approval() -> desk.ApprovalView:
    """Return a notice to approve."""
    return desk.ApprovalView(
        handed_back=None,
        draft=draft(),
        signs=True,
        handed_at=NOON,
        shown=SHA,
        limits=(limit(kept=True),),
        refused=None,
        awaited=False,
    )


def amendment(*, ends: bool = False) -> editor.AmendmentView:
    """Return the form of an amendment or a cancellation."""
    return editor.AmendmentView(
        tender=NUMBER,
        title=TITLE,
        ends=ends,
        lots=(("1", WORDS),),
        documents=draft().documents,
        questions=2,
        asked=1,
        renewed=not ends,
        given={"reseal": "no"},
        refused=REFUSED if ends else None,
    )


def change(act: str) -> editor.ChangeView:
    """Return a prepared change for its signer."""
    return editor.ChangeView(
        tender=NUMBER,
        title=TITLE,
        act=act,
        reason=None if act == "recall" else WORDS,
        drafted_by="王工",
        drafted_at=None if act == "recall" else NOON,
        differences=(
            editor.DifferenceShown(
                what="deadline", lot="1", stage="price", before="09:30", after="10:30"
            ),
            editor.DifferenceShown(what="title", lot=None, stage=None, before="1", after="2"),
        ),
        voided=(("1", "price"),) if act == "amend" else (),
        limits=(limit(kept=True),),
        signs=act != "cancel",
        source="/api/v1/tenders/1/draft-amendment",
        target="/api/v1/tenders/1/amendments",
        shown=SHA,
        refused=None,
    )


def own() -> editor.OwnTendersView:
    """Return the tenders of a body: drafts, one with everything, one that is over."""
    usual = editor.OwnTender(
        listed=row(),
        deadline=DEADLINE,
        open=True,
        over=False,
        agency=True,
        change="amend",
        recall_until=NOON,
    )
    over = replace(
        usual,
        listed=row(state=public.State.CANCELLED),
        open=False,
        over=True,
        change=None,
        recall_until=None,
    )
    drafts = tuple(a_draft_row(one) for one in (Matter.HAND_OVER, Matter.DRAFT, Matter.APPROVE))
    return editor.OwnTendersView(drafts=drafts, rows=(usual, over))


def a_draft_row(matter: Matter) -> DeskRow:
    """Return a tender that is not published yet."""
    return DeskRow(
        matter=matter,
        title=TITLE,
        href=f"/desk/tenders/{NUMBER}",
        due=None,
        since=NOON,
        awaited=None,
        command=None,
        rank=None,
        tender=NUMBER,
    )


def evaluation(next_step: desk.NextStep) -> desk.EvaluationView:
    """Return an opened lot: a bid, one above the ceiling, one rejected."""
    usual = desk.BidShown(
        envelope=SHA,
        bidder="投标人甲",
        price_fen=1_076_700_000,
        answers=((WORDS, "180"),),
        above_ceiling=False,
        rejection=None,
    )
    why = desk.RejectionShown(ground="bid.not_responsive", article="51", reason="中文")
    return desk.EvaluationView(
        tender=NUMBER,
        lot="1",
        title=TITLE,
        lot_title=WORDS,
        currency="CNY",
        ceiling_fen=1_512_500_000,
        rules=public.RuleSet(name="demo/2026-11", sha256=SHA, law=False),
        stages=(
            desk.StageShown(
                stage="price",
                room="o-1",
                bids=(usual, replace(usual, above_ceiling=True), replace(usual, rejection=why)),
            ),
        ),
        grounds=("bid.not_responsive", "price.above_ceiling"),
        article="51",
        next_step=next_step,
        candidates_until=NOON,
        refused=None,
        shown=SHA,
    )


def devices(*, empty: bool = False) -> desk.DevicesView:
    """Return somebody's devices: one that signs, one revoked, a certificate that has run out."""
    usual = desk.DeviceRow(
        cert_sha256=SHA, name="Chrome", enrolled_at=NOON, until=DEADLINE, revoked_at=None, good=True
    )
    rows = (
        usual,
        replace(usual, revoked_at=NOON, good=False),
        replace(usual, name=None, good=False),
    )
    return desk.DevicesView(rows=() if empty else rows)


PAGES: dict[str, Callable[[], View]] = {
    "devices": devices,
    "devices-none": lambda: devices(empty=True),
    **{
        f"editor-{name}": lambda name=name: section(name)  # type: ignore[misc]
        for name in ("what", "lots", "times", "documents", "holders")
    },
    "editor-wrong": lambda: section("what", wrong=True),
    "editor-mixed": lambda: section("times", wrong=True),
    "editor-list": tasks,
    "editor-handed": lambda: replace(tasks(), draft=draft(), handed_at=NOON, limits=()),
    "approval": approval,
    "approval-refused": lambda: replace(approval(), refused=REFUSED, handed_at=None),
    "approval-awaited": lambda: replace(approval(), awaited=True, refused=REFUSED, shown=""),
    "amendment": amendment,
    "cancellation": lambda: amendment(ends=True),
    **{
        f"change-{act}": lambda act=act: change(act)  # type: ignore[misc]
        for act in ("amend", "cancel", "recall")
    },
    "own-tenders": own,
    "own-tenders-none": lambda: editor.OwnTendersView(drafts=(), rows=()),
    **{
        f"lot-{step}": lambda step=step: evaluation(step)  # type: ignore[misc]
        for step in desk.NextStep
    },
}
