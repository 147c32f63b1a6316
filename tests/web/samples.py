"""Views of tenders, filled as a handler would fill them."""

from datetime import UTC, date, datetime, timedelta

from notary.assurance import Assurance, Draw, Facts, Mode, Opened, label
from notary.channels import Channel
from web.letterhead import Lang, LedgerHead, Letterhead, Reader, Text
from web.search import Kind, Search, Stage
from web.views import disputes, lists, public
from web.views.life import (
    Amendment,
    Asked,
    Changed,
    KeyHolder,
    LedgerLink,
    Life,
    LimitStep,
    Said,
    SecretLimit,
    Value,
)
from web.views.public import Progress, State, TenderStep

NOON = datetime(2026, 11, 20, 1, 3, 27, tzinfo=UTC)
DEADLINE = NOON + timedelta(hours=16, minutes=17, seconds=52)
TITLE = Text("第八集贸市场维修改造工程（施工）", "Market Hall No. 8: repair and conversion (works)")
LONG = Text(
    "城北区老旧小区改造配套管网、道路、照明、绿化及无障碍设施提升工程（2026 年第三批，含清河、"
    "北苑、铁东三个片区共 41 栋）设计采购施工总承包",
    "Chengbei district, old housing estates: mains, roads, lighting, green and step-free access "
    "(third batch of 2026, 41 buildings), design, procurement and works",
)
HASH = "3f9a61c07be4d21508c9f6a35d71e04b92ac18f7c63d5e901b47a2d8e5f0b82e"
RULES = public.RuleSet("demo/2026-11", HASH, law=False)
ROOM = "o-3f9a61c07be4d215"
READER = Reader("王工", "投标人甲", "bidder")


def sheet(lang: Lang, path: str = "/", *, reader: Reader | None = None) -> Letterhead:
    """Return a letterhead at NOON."""
    return Letterhead(
        lang=lang,
        path=path,
        origin="http://localhost:8080",
        hall=Text("统一交易大厅", "Trading Hall"),
        now=NOON,
        demo=True,
        reader=reader,
        ledger=LedgerHead(48_213, HASH, NOON, cosigners=0),
    )


def card(opened: Opened = Opened.WAITING) -> tuple[Assurance, ...]:
    """Return the record card of a demo tender."""
    return label(
        Facts(
            mode=Mode.SHARED,
            k=2,
            n=3,
            one_machine=True,
            opened=opened,
            cosigners=0,
            draw=Draw.NONE,
        )
    )


def row(tender: str = "GC-2026-0918", **facts: object) -> public.TenderRow:
    """Return a row of a list; `facts` differ."""
    usual: dict[str, object] = {
        "tender": tender,
        "title": TITLE,
        "kind": Kind.WORKS,
        "purchaser": "示例市市场服务中心",
        "branch": None,
        "state": State.OPEN,
        "moment": NOON + timedelta(days=12),
        "told": None,
        "ceiling_fen": 1_512_500_000,
        "currency": "CNY",
    }
    return public.TenderRow(**{**usual, **facts})  # type: ignore[arg-type]


def rows() -> tuple[public.TenderRow, ...]:
    """Return rows in every state that a list shows often."""
    return (
        row(state=State.OPENING, told=(4, 7), moment=None),
        row("GC-2026-0924", state=State.NEAR, moment=NOON + timedelta(hours=4, minutes=56)),
        row("GC-2026-0940", title=LONG, branch="城北分中心", ceiling_fen=1_234_567_890_100),
        row("GC-2026-0933", state=State.POSTPONED, moment=NOON + timedelta(hours=1)),
        row("GC-2026-0902", state=State.AWARDED, moment=None),
    )


def opening(state: State, minutes: int, **facts: object) -> public.OpeningRow:
    """Return an opening so many minutes from NOON."""
    usual: dict[str, object] = {
        "room": ROOM,
        "tender": "GC-2026-0918",
        "lot": "1",
        "title": TITLE,
        "kind": Kind.WORKS,
        "invited": False,
        "state": state,
        "open_at": NOON + timedelta(minutes=minutes),
        "told": None,
        "next_at": None,
    }
    return public.OpeningRow(**{**usual, **facts})  # type: ignore[arg-type]


def home() -> public.HomeView:
    """Return the home page with an opening that goes on."""
    return public.HomeView(
        example="GC-2026-0918",
        shortcuts=(
            public.Shortcut("closing_today", None, 6),
            public.Shortcut("open", Search(stages=(Stage.OPEN,)), 142),
            public.Shortcut("result", Search(stages=(Stage.RESULT,)), 14),
        ),
        live=public.LiveOpening(
            room=ROOM,
            title=TITLE,
            state=State.OPENING,
            told=(4, 7),
            bidder="投标人丁",
            price_fen=1_298_000_000,
            currency="CNY",
        ),
        today=date(2026, 11, 20),
        openings=(
            opening(State.AWARDED, -33),
            opening(State.OPENING, -3, told=(4, 7)),
            opening(State.NEAR, 27),
            opening(State.POSTPONED, 67, next_at=NOON + timedelta(hours=2)),
        ),
        kinds=(public.KindGroup(Kind.WORKS, 412, rows()),),
        total=1_306,
    )


def listing(search: Search | None = None, *, empty: bool = False) -> lists.ListView:
    """Return the list for a query."""
    return lists.ListView(
        search=search
        or Search(q="改造", kinds=(Kind.WORKS,), stages=(Stage.OPEN, Stage.OPENING), page=2),
        facets=(
            lists.Facet(
                "kind",
                tuple(
                    lists.Option(kind, 37 if kind is Kind.WORKS else 0, kind is Kind.WORKS)
                    for kind in Kind
                ),
            ),
            lists.Facet(
                "stage",
                tuple(
                    lists.Option(stage, 22, stage in (Stage.OPEN, Stage.OPENING)) for stage in Stage
                ),
            ),
        ),
        total=0 if empty else 97,
        pages=0 if empty else 5,
        rows=() if empty else rows(),
        nearest=(Search(q="改造"), 3) if empty else None,
    )


def openings() -> public.OpeningsView:
    """Return the calendar."""
    return public.OpeningsView(
        coming=(
            opening(State.OPENING, -3, told=(4, 7)),
            opening(State.NEAR, 27),
            opening(State.OPEN, 60 * 28),
        ),
        past=(opening(State.AWARDED, -60 * 24), opening(State.NOT_OPENED, -60 * 48)),
    )


def day() -> public.DayView:
    """Return the openings of a day."""
    return public.DayView(
        day=date(2026, 11, 20),
        before=date(2026, 11, 19),
        after=date(2026, 11, 21),
        today=date(2026, 11, 20),
        rows=(opening(State.OPENING, -3, told=(4, 7)), opening(State.NEAR, 27)),
    )


def timeline() -> tuple[public.TimelineStep, ...]:
    """Return the life of a tender that takes bids."""
    return (
        public.TimelineStep(TenderStep.PUBLISHED, Progress.DONE, NOON - timedelta(days=24), None),
        public.TimelineStep(TenderStep.BIDDING, Progress.NOW, None, DEADLINE),
        public.TimelineStep(TenderStep.OPENING, Progress.NEXT, DEADLINE, None),
        public.TimelineStep(TenderStep.CANDIDATES, Progress.NEXT, None, None),
        public.TimelineStep(TenderStep.AWARDED, Progress.NEXT, None, None),
    )


OPEN = disputes.Dispute(
    raised_at=NOON - timedelta(days=1),
    text=None,
    answer=None,
    answered_at=None,
    answer_by=NOON + timedelta(days=2),
)
ANSWERED = disputes.Dispute(
    raised_at=NOON - timedelta(days=3),
    text="The ceiling is too low.",
    answer="It follows the published quota.",
    answered_at=NOON - timedelta(days=2),
    answer_by=NOON,
)


def raised(lot: str | None = None, **facts: object) -> disputes.Disputes:
    """Return one objection that was answered and one that waits; `facts` differ."""
    usual: dict[str, object] = {
        "tender": "GC-2026-0918",
        "lot": lot,
        "until": NOON + timedelta(days=1),
        "rows": (ANSWERED, OPEN),
    }
    return disputes.Disputes(**{**usual, **facts})  # type: ignore[arg-type]


def tender(state: State = State.NEAR) -> public.TenderView:
    """Return a tender's page."""
    return public.TenderView(
        tender="GC-2026-0918",
        lot="1",
        title=TITLE,
        kind=Kind.WORKS,
        invited=False,
        branch=None,
        state=state,
        purchaser="示例市市场服务中心",
        agency="代理机构一",
        ceiling_fen=1_512_500_000,
        deposit_fen=30_000_000,
        currency="CNY",
        deadline=DEADLINE,
        open_at=DEADLINE,
        rules=RULES,
        form=(
            public.FormField(Text("投标总价", "total price"), "fen"),
            public.FormField(Text("工期（日历天）", "duration in calendar days"), "int"),
        ),
        documents=(
            public.Document("招标文件.pdf", "/documents/1", HASH, 4_404_019),
            public.Document("工程量清单.xlsx", "/documents/2", HASH[::-1], 1_100_000),
        ),
        life=Life(
            amendments=(
                Amendment(
                    revision=2,
                    kind="trading.amended",
                    at=NOON - timedelta(days=2),
                    reason=Text(
                        "工期由 150 日历天改为 180 日历天。", "180 calendar days instead of 150."
                    ),
                    reseal=False,
                    changes=(
                        Changed(
                            what="deadline",
                            lot="1",
                            stage="single",
                            before=Value("at", NOON - timedelta(days=1)),
                            after=Value("at", NOON),
                        ),
                    ),
                ),
            ),
            clarifications=(
                Said(n=1, question="Is sheet 3 missing?", answer="It has two pages.", at=NOON),
            ),
            own=(Asked(question="0" * 16, words="Later?", at=NOON, answered=None),),
            waiting=(Asked(question="1" * 16, words="Paid when?", at=NOON, answered=None),),
            may_ask=True,
            may_clarify=True,
            may_repeat=True,
            repeats="GC-2026-0001",
            repeated_as="GC-2026-0002",
            key="key-of-a-sample-page",
        ),
        timeline=timeline(),
        k=2,
        holders=(
            KeyHolder("市公共资源交易管理办", "decision", "armed", NOON),
            KeyHolder("市公共资源交易中心", "execution", "attended", None),
            KeyHolder("市审计局", "supervision", "armed", NOON),
        ),
        assurances=card(),
        entries=(LedgerLink("trading.published", 17, NOON, "/api/v1/log/17"),),
        room=ROOM,
        has_result=False,
        checked=None,
        disputes=raised(),
        limits=(
            a_limit(LimitStep.SHUT),
            a_limit(LimitStep.OPENED, fen=1_250_000_000, salt=HASH),
            a_limit(LimitStep.NONE),
        ),
        channels=(Channel(name="市公证处", url="https://lodge.example", cert_sha256=HASH),),
    )


def a_limit(step: LimitStep, fen: int | None = None, salt: str | None = None) -> SecretLimit:
    """Return a reference price as a tender's page shows it."""
    return SecretLimit(
        lot="1", name="reference", commit=HASH, until=DEADLINE, step=step, fen=fen, salt=salt
    )


def result(**facts: object) -> public.ResultView:
    """Return the result of four bids, one of them rejected; `facts` differ."""
    usual: dict[str, object] = {
        "tender": "GC-2026-0918",
        "lot": "1",
        "title": TITLE,
        "state": State.AWARDED,
        "ceiling_fen": 1_512_500_000,
        "currency": "CNY",
        "received": 4,
        "ranking": (
            public.RankedBid(rank=1, bidder="投标人甲", price_fen=1_076_700_000, winner=True),
            public.RankedBid(rank=2, bidder="投标人乙", price_fen=1_088_000_000, winner=False),
        ),
        "rejected": (
            public.RejectedBid(
                bidder="投标人丙",
                price_fen=1_059_810_000,
                ground="bid.not_responsive",
                article="招标投标法实施条例 51",
                reason="210 days; at most 180 asked",
                lang=Lang.EN,
            ),
            public.RejectedBid(
                bidder="投标人丁",
                price_fen=1_612_500_000,
                ground="price.above_ceiling",
                article="招标投标法实施条例 51",
                reason="the price is above the ceiling",
                lang=Lang.EN,
            ),
        ),
        "unopened": (),
        "tied": False,
        "void": None,
        "candidates_at": NOON,
        "awarded_at": NOON,
        "objections_until": NOON + timedelta(days=3),
        "rules": RULES,
        "award_sha256": HASH,
        "assurances": card(Opened.MATCHES),
        "room": ROOM,
        "checked": public.Checked(
            at=NOON,
            sentence=Text("核对无误：账本 91 条。", "Verified: 91 entries."),
            size=400_000,
        ),
        "disputes": raised("1"),
        "contract_by": None,
        "report_by": None,
    }
    return public.ResultView(**{**usual, **facts})  # type: ignore[arg-type]
