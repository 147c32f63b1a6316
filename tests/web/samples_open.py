"""Views of the hall's own openness: statistics, help, the accessibility statement."""

from collections.abc import Callable
from datetime import date

from web.letterhead import View
from web.search import Kind
from web.views import open as views


def figures(kind: Kind = Kind.WORKS, **changed: int) -> views.KindFigures:
    """Return the figures of a kind; `changed` differ."""
    usual = {
        "tenders": 1412,
        "taking": 22,
        "awarded": 64,
        "ended": 3,
        "ceilings_fen": 151_250_000_000,
        "lots": 64,
        "prices_fen": 121_250_000_000,
        "opened": 70,
        "bids": 340,
        "single": 2,
    }
    return views.KindFigures(kind=kind, currency="CNY", **usual | changed)


def statistics() -> views.StatisticsView:
    """Return statistics of two kinds, one of which has no ceiling and no opening yet."""
    empty = figures(Kind.LAND, ceilings_fen=0, lots=0, prices_fen=0, opened=0, bids=0, single=0)
    return views.StatisticsView(
        kinds=(figures(), empty),
        months=((date(2026, 11, 1), 120), (date(2026, 10, 1), 60)),
        log="/log/3f9a61c0",
    )


PAGES: dict[str, Callable[[], View]] = {
    "statistics": statistics,
    "statistics-none": lambda: views.StatisticsView(kinds=(), months=(), log="/log/3f9a61c0"),
    "help": lambda: views.HelpView(role=None),
    **{
        f"help-{role}": lambda role=role: views.HelpView(role=role)  # type: ignore[misc]
        for role in views.HELPED
    },
    "accessibility": views.AccessibilityView,
}
