"""Views of objections and complaints."""

from collections.abc import Callable
from datetime import date, timedelta

from tests.web.samples import NOON, OPEN, TITLE
from web.letterhead import View
from web.views import disputes


def objection(*, mine: bool = True) -> disputes.ObjectionView:
    """Return the page of an objection; `mine`: the reader is to answer it."""
    return disputes.ObjectionView(
        objection="0123456789abcdef0123456789abcdef",
        tender="GC-2026-0918",
        title=TITLE,
        lot=None if mine else "1",
        dispute=disputes.Dispute(
            raised_at=OPEN.raised_at,
            text="The ceiling is too low.",
            answer=None if mine else "No.",
            answered_at=None if mine else NOON,
            answer_by=OPEN.answer_by,
        ),
        mine=mine,
        own=False,
    )


def form(tender: str | None = "GC-2026-0918") -> disputes.ComplaintForm:
    """Return the form of a complaint."""
    return disputes.ComplaintForm(
        tender=tender, title=None if tender is None else TITLE, days=10, accept=3, decide=30
    )


def complaints() -> disputes.ComplaintsView:
    """Return one complaint."""
    return disputes.ComplaintsView(
        decides=True,
        rows=(
            disputes.ComplaintRow(
                number="TS-20261122-0A1B2C3D",
                tender="GC-2026-0918",
                about="candidates",
                who="投标人甲",
                text="The second candidate's record is not true.",
                known_on=date(2026, 11, 20),
                made_at=NOON,
                accept_by=NOON + timedelta(days=3),
                decide_by=None,
            ),
        ),
    )


PAGES: dict[str, Callable[[], View]] = {
    "objection": objection,
    "objection-answered": lambda: objection(mine=False),
    "complaint": form,
    "complaint-any": lambda: form(None),
    "complaints": complaints,
    "complaints-none": lambda: disputes.ComplaintsView(decides=False, rows=()),
}
