"""Every page of the hall that a season leads to: what tests read and what pictures are taken of."""

from dataclasses import dataclass

from tests.browser.shown import AWARDED, BIDDING, DRAFT, OPENING, PERSON, SHUT, Shown, a_box


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its address or, with `room`, the opening of that tender and what comes `then`."""

    address: str = ""
    room: str | None = None
    then: str = ""
    person: str | None = None
    status: int = 200

    def on(self, hall: Shown) -> str:
        """Return its address in a hall."""
        return self.address if self.room is None else hall.room(a_box(self.room)) + self.then


PLACES = {
    "home": Place("/"),
    "announcements": Place("/announcements"),
    "a search": Place("/announcements?q=%E9%9B%86%E8%B4%B8&kind=works&stage=result"),
    "a search without results": Place("/announcements?q=nothing&kind=land"),
    "every condition": Place(
        "/announcements?q=GC&kind=works&kind=land&branch=-&agency=ORG-AGENCY&min=1&max=x&from=y"
    ),
    "openings": Place("/openings"),
    "openings of a day": Place("/openings?day=2026-11-02"),
    "subscribing": Place("/subscriptions/new?q=GC&kind=works&min=100"),
    "subscriptions": Place("/subscriptions", person="drafter"),
    "statistics": Place("/statistics"),
    "help": Place("/help"),
    "help for bidders": Place("/help/bidder"),
    "help for everybody": Place("/help/citizen"),
    "accessibility": Place("/accessibility"),
    "a tender that takes bids": Place(f"/tenders/{BIDDING}"),
    "a tender in its opening": Place(f"/tenders/{OPENING}"),
    "a tender left shut": Place(f"/tenders/{SHUT}"),
    "an awarded tender": Place(f"/tenders/{AWARDED}"),
    "a room before": Place(room=BIDDING),
    "a room during": Place(room=OPENING),
    "a room after": Place(room=AWARDED),
    "a room left shut": Place(room=SHUT),
    "a room once more": Place(room=AWARDED, then="/replay?at=9"),
    "a public record": Place("/subjects/FIRM-3"),
    "a public record of an agency": Place("/subjects/ORG-AGENCY"),
    "supervision of a day": Place("/supervision", person="supervisor"),
    "running matters": Place("/supervision/matters", person="supervisor"),
    "administration": Place("/administration", person="administrator"),
    "a search of entries": Place("/audit?kind=trading", person="auditor"),
    "a result": Place(f"/tenders/{AWARDED}/result"),
    "a contract to be made": Place(f"/tenders/{AWARDED}/contract"),
    "status": Place("/status"),
    "verify": Place("/verify"),
    "submit": Place("/submit"),
    "the ledger": Place("/ledger"),
    "an entry of the ledger": Place("/ledger/0"),
    "a closed entry": Place("/ledger/1"),
    "submit to a tender": Place(f"/submit?tender={BIDDING}"),
    "a bid to make": Place(f"/tenders/{BIDDING}/bid", person="firm-2"),
    "receipts of bids": Place(f"/tenders/{BIDDING}/receipt", person="firm-1"),
    "receipts of an opened bid": Place(f"/tenders/{AWARDED}/receipt", person="firm-1"),
    "the rules": Place("/rules"),
    "a rule set": Place("/rules/construction/2026-11"),
    "log-in": Place("/login"),
    "bringing a firm in": Place("/enrol"),
    "keys that we hold": Place("/desk/keys", person="officer"),
    "my devices": Place("/desk/devices", person="drafter"),
    "a new tender": Place("/desk/tenders/new", person="drafter"),
    "a draft's tasks": Place(f"/desk/tenders/{DRAFT}", person="drafter"),
    "a draft's lots": Place(f"/desk/tenders/{DRAFT}/lots", person="drafter"),
    "a draft's times": Place(f"/desk/tenders/{DRAFT}/times", person="drafter"),
    "a draft's documents": Place(f"/desk/tenders/{DRAFT}/documents", person="drafter"),
    "a draft's holders": Place(f"/desk/tenders/{DRAFT}/holders", person="drafter"),
    "a notice to approve": Place(f"/desk/tenders/{DRAFT}/notice", person="approver"),
    "tenders of one's own": Place("/desk/tenders", person="drafter"),
    "an amendment": Place(f"/desk/tenders/{BIDDING}/amendment", person="drafter"),
    "a cancellation": Place(f"/desk/tenders/{BIDDING}/cancellation", person="drafter"),
    "an opened lot": Place(f"/desk/tenders/{AWARDED}/lots/1", person="drafter"),
    "what supervision holds up": Place(f"/tenders/{BIDDING}/supervision", person="supervisor"),
    "a room of a supervisor": Place(room=OPENING, person="supervisor"),
    "an outage": Place(f"/tenders/{BIDDING}/outage", person="operator"),
    "how to complain": Place(f"/complaints/new?tender={BIDDING}"),
    "a complaint": Place(f"/complaints/new?tender={BIDDING}", person="drafter"),
    "complaints": Place("/complaints", person="drafter"),
    "my messages": Place("/messages", person="drafter"),
    "following a tender": Place(f"/tenders/{BIDDING}/following"),
    "my firm": Place("/firm", person="firm-1"),
    "the telephone list": Place("/calls", person="operator"),
    "readiness": Place("/readiness", person="operator"),
    "setting up": Place("/setup", person="administrator"),
    "no such page": Place("/nowhere", status=404),
    "no such tender": Place("/tenders/GC-0", status=404),
    "a desk of nobody": Place("/desk", status=401),
    "a wrong question": Place("/announcements?colour=red", status=400),
    **{f"the desk of {role}": Place("/desk", person=who) for role, who in PERSON.items()},
}
