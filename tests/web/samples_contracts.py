"""Views of contracts: to be made, checked before the signature, running, ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from tests.web.samples import HASH, NOON, TITLE
from web import contract_form
from web.letterhead import View
from web.views.contracts import (
    ContractView,
    Draft,
    Limit,
    MilestoneShown,
    ReportShown,
    StatedShown,
    WordShown,
)
from web.views.house import Refused

PRICE = 1_076_700_000
PAPER = {
    "number": "HT-2026-0918",
    "day_y": "2026",
    "day_m": "11",
    "day_d": "20",
    "amount": "10,767,000.00",
    "days": "180",
    "bond": "1,000,000.00",
    "sha256": HASH,
}


def none(draft: Draft | None = None) -> ContractView:
    """Return an awarded lot without its contract; `draft`: as its agency sees it."""
    return ContractView(
        tender="GC-2026-0918",
        lot="1",
        title=TITLE,
        currency="CNY",
        purchaser="市住房和城乡建设局",
        bidder="投标人甲",
        award_fen=PRICE,
        awarded_at=NOON,
        number="",
        bond_fen=None,
        lamp="on_time",
        due=NOON + timedelta(days=30),
        performed_by=None,
        stated=(),
        milestones=(),
        limits=(
            Limit(
                name="max_days_contract",
                until=NOON + timedelta(days=30),
                most_fen=None,
                article="招标投标法 46",
            ),
            Limit(
                name="max_performance_bond_permille",
                until=None,
                most_fen=PRICE // 10,
                article="招标投标法实施条例 58",
            ),
        ),
        states=draft is not None,
        plans=False,
        answers=False,
        draft=draft,
        others=("2",),
    )


def wrong() -> ContractView:
    """Return the agency's form with nothing right in it."""
    given = {**dict.fromkeys(PAPER, "?"), "asks": "contract"}
    answers, _ = contract_form.read("contract", given)
    return none(Draft(asks="contract", given=given, errors=tuple(answers.errors)))


def refused() -> ContractView:
    """Return a form whose contract departs from the award."""
    no = Refused("contract.differs", {"needs": PRICE, "has": PRICE + 1}, "招标投标法 46", law=True)
    return none(Draft(asks="contract", given=PAPER, refused=no))


def checked() -> ContractView:
    """Return the text that the agency is about to sign."""
    _, asked = contract_form.read("contract", PAPER)
    source = contract_form.source("contract", asked, "GC-2026-0918", "1")
    draft = Draft(asks="contract", given=PAPER, source=source, shown=HASH, asked=asked)
    return none(draft)


def running(*, winner: bool = False) -> ContractView:
    """Return a contract on its way; `winner`: as the winner sees it, else as the agency does."""
    signed = StatedShown(
        n=1,
        step="signed",
        at=NOON,
        sha256=HASH,
        day=date(2026, 11, 20),
        document_sha256=HASH,
        amount_fen=PRICE,
        days=180,
        late_by=NOON - timedelta(days=1),
        word=WordShown(agreed=True, text="", at=NOON),
    )
    changed = replace(
        signed,
        n=2,
        step="changed",
        amount_fen=PRICE + 12_345_600,
        days=200,
        reason="Quicksand in the pit: design change no. 3",
        late_by=None,
        word=None,
    )
    report = ReportShown(
        who="投标人甲",
        done_on=date(2026, 11, 19),
        late=True,
        text="First try",
        at=NOON,
        word=WordShown(agreed=False, text="Two floors are missing", at=NOON),
    )
    milestone = MilestoneShown(
        milestone=1,
        what="delivery",
        title="Main structure topped out",
        due_on=date(2026, 11, 18),
        due=NOON - timedelta(days=1),
        amount_fen=None,
        lamp="overdue",
        reports=(report,),
        may_report=True,
        may_answer=False,
        may_plan=False,
    )
    paid = replace(
        milestone,
        milestone=2,
        what="payment",
        title="Advance payment",
        amount_fen=100_000_000,
        lamp="on_time",
        reports=(replace(report, who="市住房和城乡建设局", late=False, text="", word=None),),
        may_report=False,
        may_answer=True,
    )
    done = WordShown(agreed=True, text="", at=NOON)
    reached = replace(
        paid,
        milestone=3,
        title="Start of works",
        lamp="finished",
        reports=(replace(report, word=done),),
        may_answer=False,
    )
    coming = replace(
        reached, milestone=4, title="Final acceptance", lamp="near", reports=(), may_plan=not winner
    )
    return replace(
        none(),
        number="HT-2026-0918",
        bond_fen=100_000_000,
        lamp="overdue",
        due=NOON - timedelta(days=1),
        performed_by=NOON + timedelta(days=180),
        stated=(signed, changed),
        milestones=(milestone, paid, reached, coming),
        states=not winner,
        plans=not winner,
        answers=winner,
    )


def ended() -> ContractView:
    """Return a contract that was terminated, as everybody sees it."""
    whole = running()
    end = replace(
        whole.stated[1],
        n=3,
        step="ended",
        amount_fen=None,
        days=None,
        document_sha256=None,
        ending="terminated",
        word=WordShown(agreed=False, text="Not agreed", at=NOON),
    )
    shown = tuple(
        replace(one, may_report=False, may_answer=False, may_plan=False) for one in whole.milestones
    )
    return replace(
        whole,
        lamp="terminated",
        due=None,
        stated=(*whole.stated, end),
        milestones=shown,
        states=False,
        plans=False,
    )


PAGES: dict[str, Callable[[], View]] = {
    "contract-none": none,
    "contract-form": lambda: none(contract_form.blank("contract", {})),
    "contract-wrong": wrong,
    "contract-refused": refused,
    "contract-checked": checked,
    "contract-running": running,
    "contract-winner": lambda: running(winner=True),
    "contract-change": lambda: replace(running(), draft=contract_form.blank("change", {})),
    "contract-end": lambda: replace(running(), draft=contract_form.blank("end", {})),
    "contract-ended": ended,
}
