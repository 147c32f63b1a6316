"""Views of the house's own pages, and one filled view of every page there is."""

from collections.abc import Callable
from datetime import timedelta

from tests.web import (
    samples_administration,
    samples_contracts,
    samples_desk,
    samples_disputes,
    samples_ledger,
    samples_lists,
    samples_open,
    samples_people,
    samples_rules,
    samples_subjects,
    samples_walls,
    samples_watch,
)
from tests.web.samples import DEADLINE, NOON, TITLE, day, home, listing, openings, result, tender
from tests.web.samples_room import rooms
from web.letterhead import Text, View
from web.views import house


def refused() -> house.Refused:
    """Return a refusal of the demonstration's rules."""
    return house.Refused("tender.min_bidders", {"needed": 3, "have": 2}, "招标投标法 28", law=False)


def login(name: str | None = None) -> house.LoginView:
    """Return the log-in page, first step or second."""
    return house.LoginView(
        key="0f5c9a72",
        name=name,
        onward="/desk",
        refused=house.Refused("login.refused", {}, "", law=False) if name else None,
        code_at=f"/login/code/{name}" if name else None,
    )


def matter(kind: house.Matter, **facts: object) -> house.DeskRow:
    """Return a row of the desk."""
    usual: dict[str, object] = {
        "matter": kind,
        "title": TITLE,
        "href": "/tenders/GC-2026-0918",
        "due": NOON + timedelta(minutes=18, seconds=44),
        "since": None,
        "awaited": None,
        "command": None,
        "rank": None,
        "note": Text(zh="no bond", en="no bond") if kind is house.Matter.REJECTED else None,
    }
    return house.DeskRow(**{**usual, **facts})  # type: ignore[arg-type]


def desk() -> house.DeskView:
    """Return a desk with every matter on it."""
    waiting = (house.Matter.SEALED, house.Matter.DRAFT)
    return house.DeskView(
        mine=tuple(
            matter(
                kind,
                rank=2,
                due=NOON + timedelta(minutes=18 * number),
                command="hall post tenders/GC-2026-0918/award award.json --key agency"
                if kind is house.Matter.AWARD
                else None,
            )
            for number, kind in enumerate(house.Matter, start=1)
            if kind not in waiting
        ),
        waiting=tuple(
            matter(kind, due=None, since=NOON - timedelta(hours=4), awaited="市市场服务中心")
            for kind in waiting
        ),
        done=(
            house.Deed(
                at=NOON, matter=house.Matter.SEALED, title=TITLE, href="/tenders/1", rank=None
            ),
        ),
        certificate_until=NOON + timedelta(days=300),
    )


def status() -> house.StatusView:
    """Return a status page with one light that is not green."""
    return house.StatusView(
        readings=tuple(
            house.Reading(vital, vital is not house.Vital.TRUSTEES, "0.4 s")
            for vital in house.Vital
        ),
        started_at=NOON - timedelta(hours=9),
        version="0.1.0",
    )


def verify() -> house.VerifyView:
    """Return the page that explains verification."""
    return house.VerifyView(
        log_origin="localhost:8080/log/3f9a61c0",
        vkey="localhost:8080/log/3f9a61c0+5d71e04b+ARi0Wm6Ge2p2ZDkpHRGh2nmBvTAbWVrVQJQ1",
        checkpoint="/log/3f9a61c0/checkpoint",
        tile="/log/3f9a61c0/tile/0/000",
        example="GC-2026-0918",
        kinds='{"ledger.inception.v1":{}}',
        families=("ledger.inception", "bidding.awarded"),
    )


def submit() -> house.SubmitView:
    """Return the page that explains submission."""
    return house.SubmitView(tender="GC-2026-0918", title=TITLE, deadline=DEADLINE, form="{}")


def submitted(*, missing: int = 0) -> house.SubmittedView:
    """Return the receipt of a bid that a form has brought, or that waits for parts."""
    return house.SubmittedView(
        envelope="5d71e04b" * 8,
        tender="GC-2026-0918",
        lot="1",
        stage="single",
        title=TITLE,
        bidder="91210300MA00000001",
        bidder_name="投标人甲",
        received_at=DEADLINE,
        completed_at=None if missing else DEADLINE,
        missing=missing,
        parts_by=DEADLINE,
        provisional=bool(missing),
        saved=(("bid.receipt.json", "data:application/json;base64,e30="),),
        refused=house.Refused("E-PART-HASH", {"why": ""}, "", law=False) if missing else None,
    )


PAGES: dict[str, Callable[[], View]] = {
    "home": home,
    "list": listing,
    "empty": lambda: listing(empty=True),
    "openings": openings,
    "openings of a day": day,
    "tender": tender,
    "room": lambda: rooms()[12],
    "room-before": lambda: rooms()[0],
    "room-shares": lambda: rooms()[6],
    "room-closed": lambda: rooms()[-1],
    "result": result,
    "login": login,
    "factor": lambda: login("jia"),
    "code": lambda: house.CodeView(name="jia", code="492 039", until=NOON + timedelta(seconds=17)),
    "desk": desk,
    "status": status,
    "verify": verify,
    "submit": submit,
    "submitted": submitted,
    "submitted in part": lambda: submitted(missing=2),
    "refusal": lambda: house.RefusalView(
        refused=refused(), back="/desk", written=("B3 \u2260 B4",)
    ),
    "fault": lambda: house.ErrorView(status=500, reference="F-7c20-91"),
    "lost": lambda: house.ErrorView(status=404, reference=None),
    "result-contract": lambda: result(contract_by=NOON, report_by=NOON),
    **samples_administration.PAGES,
    **samples_contracts.PAGES,
    **samples_desk.PAGES,
    **samples_disputes.PAGES,
    **samples_ledger.PAGES,
    **samples_lists.PAGES,
    **samples_open.PAGES,
    **samples_people.PAGES,
    **samples_rules.PAGES,
    **samples_subjects.PAGES,
    **samples_walls.PAGES,
    **samples_watch.PAGES,
}
PATHS = {"list": "/announcements", "openings": "/openings", "tender": "/tenders/GC-2026-0918"}
