"""Views of the ledger's pages: entries that are open, partly open and closed."""

from collections.abc import Callable
from dataclasses import replace

from tests.web.samples import HASH, NOON
from web.letterhead import View
from web.views.ledger import EntryRow, EntryView, LedgerView

OPEN = EntryRow(index=95, leaf=HASH, kind="bidding.awarded", at=NOON, tender="GC-2026-0918")
FAMILIES = ("bidding.awarded",)


def listing(**changed: object) -> LedgerView:
    """Return a page of entries; `changed` differ."""
    usual: dict[str, object] = {
        "origin": "localhost:8080/log/3f9a61c0",
        "vkey": "localhost:8080/log/3f9a61c0+5d71e04b+ARi0Wm6Ge2p2ZDkpHRGh2nmBvTAbWVrVQJQ1",
        "log": "/log/3f9a61c0",
        "size": 96,
        "root": HASH,
        "at": NOON,
        "lines": ("localhost:8080/log/3f9a61c0",),
        "rows": (
            OPEN,
            EntryRow(index=94, leaf=HASH, kind=None, at=None, tender=None),
            EntryRow(index=93, leaf=HASH, kind="notary.duty-stated", at=None, tender=None),
        ),
        "tender": None,
        "newer": 96,
        "older": 92,
        "families": FAMILIES,
    }
    return LedgerView(**{**usual, **changed})  # type: ignore[arg-type]


def entry() -> EntryView:
    """Return an entry whose actor is closed."""
    return EntryView(
        log="/log/3f9a61c0",
        row=OPEN,
        plain=False,
        fields=(("kind", "bidding.awarded.v1"), ("tender", "GC-2026-0918")),
        closed=("actor",),
        covered=(96, NOON),
        families=FAMILIES,
    )


def closed() -> EntryView:
    """Return an entry of which nothing is open."""
    row = EntryRow(index=94, leaf=HASH, kind=None, at=None, tender=None)
    return replace(entry(), row=row, fields=(), closed=())


PAGES: dict[str, Callable[[], View]] = {
    "ledger": listing,
    "ledger of a tender": lambda: listing(tender="GC-2026-0918", newer=None, older=None),
    "ledger empty": lambda: listing(size=0, root="", at=None, lines=(), rows=(), newer=None),
    "entry": entry,
    "entry closed": closed,
}
