"""Who attends an opening, and what he may say when: objections, their answers, confirmations.

Whoever has an envelope in the box attends. He may speak from the question to the trustees, when the
list is shown, until the opening is finished; an answer may come later, for it ends a suspension.
Silence is assent.

Source: Regulation on the Tendering and Bidding Law, art. 44; `people.md` 8.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bidding.facts import BoxFacts, Envelope
from notary.refusal import Refusal


class NotAttending(Refusal):
    """The body has no bid in this box, so that it neither objects here nor confirms.

    Source: Regulation on the Tendering and Bidding Law, art. 44: bidders object at the opening.
    """

    code = "opening.not_attending"
    article = "招标投标法实施条例 44"


class NotTheTime(Refusal):
    """The list is not shown yet, the bid is not read out yet, or the opening is over.

    Source: Regulation on the Tendering and Bidding Law, art. 44: on the spot.
    """

    code = "opening.not_now"
    article = "招标投标法实施条例 44"


class AlreadyConfirmed(Refusal):
    """The bidder has confirmed before.

    Source: `people.md` 8.
    """

    code = "opening.confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomObjection:
    """One objection in an opening room and, once it is given, its answer."""

    n: int
    org: str
    text: str
    raised_at: datetime
    entry_id: int
    answer: str | None = None
    answered_at: datetime | None = None
    answer_entry_id: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its answer."""
        return self.answered_at is None


def require_attending(box: BoxFacts, own: Collection[Envelope]) -> None:
    """Refuse who has no bid in the box; before the list is shown nobody is told whether he has."""
    if box.asked_at is None:
        raise NotTheTime
    if not own:
        raise NotAttending


def require_in_session(box: BoxFacts) -> None:
    """Refuse to object or to confirm outside the opening."""
    if box.asked_at is None or box.finished_at is not None:
        raise NotTheTime


def own_envelope(own: Collection[Envelope], announced: Collection[str]) -> Envelope:
    """Return the bidder's envelope that was read out: the one that it confirms."""
    found = next((one for one in own if one.envelope_id in announced), None)
    if found is None:
        raise NotTheTime
    return found


def require_unconfirmed(envelope: Envelope, confirmed: Collection[str]) -> None:
    """Refuse to confirm twice."""
    if envelope.envelope_id in confirmed:
        raise AlreadyConfirmed
