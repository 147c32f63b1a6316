"""Decisions about sealed bids: who may do what to a box now, and the clerk's next step.

Pure: facts and an instant in, an answer or a Refusal out. What makes an envelope valid is not
decided here but in `bidding.seal` and `bidding.record`, which a stranger runs as well.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bidding.facts import BoxFacts, BoxKey, Envelope, Result
from bidding.types import Code
from notary.refusal import Refusal


class BoxUnknown(Refusal):
    """There is no such box, tender or room.

    Source: `bid-seal/v1` section 1.
    """

    code = "box.unknown"


class BiddingClosed(Refusal):
    """The bid, change or withdrawal arrived at or after the closing instant.

    Source: Tendering and Bidding Law, art. 28 and 29.
    """

    code = "bidding.closed"
    article = "招标投标法 28"


class NotInvited(Refusal):
    """The tender is by invitation and this firm was not invited.

    Source: Tendering and Bidding Law, art. 17.
    """

    code = "bidding.not_invited"
    article = "招标投标法 17"


class EnvelopeUnknown(Refusal):
    """There is no such envelope of this bidder.

    Source: `bid-seal/v1` section 7.4.
    """

    code = "envelope.unknown"


class ProofPending(Refusal):
    """The entry of the envelope is held, or waits for its place in the public log.

    Source: ledger.md 6 and 8; Tendering and Bidding Law, art. 22.
    """

    code = "proof.pending"
    article = "招标投标法 22"


class EnvelopeWithdrawn(Refusal):
    """The envelope was withdrawn before.

    Source: `bid-seal/v1` section 7.4.
    """

    code = "envelope.withdrawn"


class SharesNotAsked(Refusal):
    """Shares of this box are not asked for, so none is taken.

    Source: `bid-seal/v1` section 8.2; Tendering and Bidding Law, art. 36.
    """

    code = "release.not_asked"
    article = "招标投标法 36"


class ReleaseTooLate(Refusal):
    """The box is finished, or the last instant for shares and secrets is over.

    Source: `bid-seal/v1` section 8.6.
    """

    code = "release.too_late"


class ReleaseRepeated(Refusal):
    """The key has promised or released something else for this list before.

    Source: `bid-seal/v1` section 8.3.
    """

    code = "release.repeated"


class ReleaseNotGood(Refusal):
    """A promise or release with a foreign signature, key, list or form is dropped.

    Source: `bid-seal/v1` section 9, V8.
    """

    code = "release.not_good"


class OwnerSecretWrong(Refusal):
    """The secret does not open this envelope, or k trustees have opened it already.

    Source: `bid-seal/v1` section 8.5.
    """

    code = "owner.wrong_secret"


class KeyNotAsked(Refusal):
    """No draft of a tender asks this body for a key of this box.

    Source: `bid-seal/v1` section 6a.1.
    """

    code = "key.not_asked"


class KeyNotGood(Refusal):
    """The trustee's key is not what was asked for, or not signed for the body.

    Source: `bid-seal/v1` section 6.2.
    """

    code = "key.not_good"


class KeysMissing(Refusal):
    """Some trustee has not answered the request for keys: the notice cannot be made yet.

    Source: `bid-seal/v1` section 6.
    """

    code = "policy.keys_missing"


class PolicyDiffers(Refusal):
    """The notice pins a policy that the trustees' keys do not give.

    Source: `bid-seal/v1` section 3.
    """

    code = "policy.differs"


class TrusteesTooClose(Refusal):
    """Trustees of one body or line, or the operator with another, could open the bids alone.

    Source: `bid-seal/v1` section 3, policy; mission T15.
    """

    code = "policy.too_close"


class CheckpointUnknown(Refusal):
    """No checkpoint of that size was published.

    Source: ledger.md 4.
    """

    code = "log.checkpoint_unknown"


class LotNotOpened(Refusal):
    """The boxes of the lot are not opened and finished yet.

    Source: Tendering and Bidding Law, art. 36 and 40.
    """

    code = "award.not_opened"
    article = "招标投标法 40"


class AlreadyAwarded(Refusal):
    """The lot has its award, or its candidates are public: nothing before it changes.

    Source: Regulation on the Tendering and Bidding Law, art. 55.
    """

    code = "award.already_made"
    article = "招标投标法实施条例 55"


class AlreadyRejected(Refusal):
    """The bid was rejected before.

    Source: Regulation on the Tendering and Bidding Law, art. 51.
    """

    code = "rejection.repeated"
    article = "招标投标法实施条例 51"


class CandidatesFirst(Refusal):
    """An award needs the publicity of its candidates, and that to be over.

    Source: Regulation on the Tendering and Bidding Law, art. 54.
    """

    code = "award.candidates_first"
    article = "招标投标法实施条例 54"


class AwardTied(Refusal):
    """Several bids share the lowest price: a lottery has to decide.

    Source: hall rule `tender.equal_lowest`.
    """

    code = "award.tied"


class AwardPending(Refusal):
    """A rejection waits for its place in the log; the award names it by that.

    Source: `bid-seal/v1` section 3, award.
    """

    code = "award.pending"


class NotRejected(Refusal):
    """A price beyond a limit was not rejected, or one within it was rejected as beyond.

    Source: Regulation on the Tendering and Bidding Law, art. 51(5); `bid-seal/v1` section 3, award.
    """

    code = "award.not_rejected"
    article = "招标投标法实施条例 51"


class AwardDiffers(Refusal):
    """The signed award is not what the opened bids, limits and rejections give.

    Source: Tendering and Bidding Law, art. 41; `bid-seal/v1` section 9, V14.
    """

    code = "award.differs"
    article = "招标投标法 41"


class Step(Enum):
    """What the clerk does next to a box; each is one act, and repeatable."""

    CLOSE = auto()
    LIST = auto()
    LEAVE_SHUT = auto()
    ASK = auto()
    POSTPONE = auto()
    ANNOUNCE = auto()
    CHECK = auto()
    FINISH = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the clerk needs to know of a box beside its row.

    `listed`: envelopes on the list; `list_index`: ledger index of `box-closed`, None while it waits
    for the sequencer; `published`: size of the last published checkpoint; `results`: what was
    announced; `openable`: some envelope that was not announced has its verdict; `awaited`: groups
    without a release whose shares could still open an envelope.
    """

    sequenced: bool
    listed: int
    list_index: int | None
    published: int
    results: Collection[Result]
    openable: bool
    awaited: Collection[str]


def require_apart(bodies: Collection[str], lines: Collection[str], operators: int, k: int) -> None:
    """Refuse a body in two groups, `k` bodies of one line, or two of the operator.

    `lines`: the line of each body that is in one.
    """
    most = max(Counter(lines).values(), default=0)
    if most >= k or operators > 1 or len(set(bodies)) < len(bodies):
        raise TrusteesTooClose(k=k)


def require_taking(box: BoxFacts, now: datetime) -> None:
    """Refuse unless `box` takes submissions and withdrawals at `now`."""
    if box.closing_at is not None or now >= box.deadline:
        raise BiddingClosed(deadline=box.deadline.isoformat(), received=now.isoformat())


def require_own(envelope: Envelope | None, bidder: str, key: BoxKey) -> Envelope:
    """Refuse an envelope that is not there or another's: the answer is the same for both."""
    if envelope is None or (envelope.bidder, envelope.key) != (bidder, key):
        raise EnvelopeUnknown
    return envelope


def require_asked(box: BoxFacts, now: datetime) -> None:
    """Refuse shares and secrets before they are asked for."""
    if box.asked_at is None or now < box.open_at:
        raise SharesNotAsked


def require_counting(box: BoxFacts, now: datetime) -> None:
    """Refuse shares after the last owner_by, and once enough of them have opened the box."""
    if box.finished_at is not None or now > box.owner_by:
        raise ReleaseTooLate


def require_unfinished(box: BoxFacts) -> None:
    """Refuse a secret once the box is finished; after owner_by it may still move a fault."""
    if box.finished_at is not None:
        raise ReleaseTooLate


def next_step(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    """Return what is due for `box` at `now`, or None while it waits.

    Nothing waits inside a step: a box whose gate is not met is not due (architecture, Processes).
    """
    if box.finished_at is not None or box.not_opened_at is not None or now < box.parts_by:
        return None
    if box.closing_at is None:
        return Step.CLOSE
    if box.closed_at is None:
        return Step.LIST if progress.sequenced else None
    if box.asked_at is None:
        return _before_asking(box, progress, now)
    return _after_asking(box, progress, now)


def _before_asking(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    if progress.listed < box.min_envelopes:
        return Step.LEAVE_SHUT
    covered = progress.list_index is not None and progress.published > progress.list_index
    return Step.ASK if covered and now >= box.open_at else None


def _after_asking(box: BoxFacts, progress: Progress, now: datetime) -> Step | None:
    if progress.openable:  # bulk parts wait: a room hears every price before a file is checked
        return Step.ANNOUNCE if now >= _next_announcement(box, progress.results) else None
    if to_check(box, progress.results, now) is not None:
        return Step.CHECK
    if progress.awaited and box.postponed_at is None and now > box.release_by:
        return Step.POSTPONE
    if len(progress.results) < progress.listed or now < _confirmed_at(box, progress.results):
        return None
    return Step.FINISH if all(_is_final(box, result) for result in progress.results) else None


def to_check(box: BoxFacts, results: Iterable[Result], now: datetime) -> Result | None:
    """Return the first bid whose bulk parts are to be read; lost ones once more after owner_by."""
    over = now > box.owner_by
    waiting = (one for one in results if not _is_final(box, one))
    return next((one for one in waiting if one.checked_at is None or over), None)


def _is_final(box: BoxFacts, result: Result) -> bool:
    """Tell whether nothing can change a verdict; lost parts may be sent again until owner_by.

    Source: `bid-seal/v1` section 9.
    """
    lost = result.code == Code.PART_LOST
    return result.checked_at is not None and not (lost and result.checked_at <= box.owner_by)


def _next_announcement(box: BoxFacts, results: Collection[Result]) -> datetime:
    """At most one bid is announced each `announce_ms`, so that a room can follow."""
    last = max((result.announced_at for result in results), default=None)
    return box.open_at if last is None else last + timedelta(milliseconds=box.announce_ms)


def _confirmed_at(box: BoxFacts, results: Collection[Result]) -> datetime:
    """Return when silence has confirmed the opening: so long after the last announcement."""
    last = max((result.announced_at for result in results), default=box.open_at)
    return last + timedelta(seconds=box.confirm_s)


def until_next_bid(box: BoxFacts, progress: Progress, now: datetime) -> timedelta | None:
    """Return how long the next bid has to wait for its turn; None where none waits for that."""
    if not progress.openable:
        return None
    return max(timedelta(), _next_announcement(box, progress.results) - now)
