"""Decisions about sealed bids: who may do what to a box now.

Pure: facts and an instant in, an answer or a Refusal out. What makes an envelope valid is not
decided here but in `bidding.sealed.seal` and `bidding.proof.record`, which a stranger runs as
well; what the clerk does next is decided in `bidding.steps`.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from bidding.facts import BoxFacts, BoxKey, Envelope
from notary.refusal import Refusal
from trading.rules.outages import Interruption


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


class PartsLate(Refusal):
    """The last part of a bid arrived at or after the instant until which parts may follow.

    Source: Measures for Electronic Tendering, art. 27; `bid-seal/v1` section 7.2.
    """

    code = "bidding.parts_late"
    article = "电子招标投标办法 27"


class BoxCancelled(Refusal):
    """The tender was cancelled: its boxes take nothing and are never opened.

    Source: Regulation on the Tendering and Bidding Law, art. 31.
    """

    code = "bidding.cancelled"
    article = "招标投标法实施条例 31"


class NotInvited(Refusal):
    """The tender is by invitation and this firm was not invited.

    Source: Tendering and Bidding Law, art. 17.
    """

    code = "bidding.not_invited"
    article = "招标投标法 17"


class NotPrequalified(Refusal):
    """The box is for those whose prequalification was opened and not rejected.

    Source: Regulation on the Tendering and Bidding Law, art. 19 and 36.
    """

    code = "bidding.not_prequalified"
    article = "招标投标法实施条例 19、36"


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


class ResealNeeded(Refusal):
    """So many keys are lost that bids sealed before cannot be opened: the revision voids them.

    Source: `sealing.md` 6.5.
    """

    code = "policy.reseal_needed"


class PolicyDiffers(Refusal):
    """The notice pins a policy that the trustees' keys do not give.

    Source: `bid-seal/v1` section 3.
    """

    code = "policy.differs"


class BoxesDiffer(Refusal):
    """A revision adds or takes away a lot or a box, or seals one in another way.

    Source: `bid-seal/v1` section 3, policy: keys and bids are bound to their box.
    """

    code = "box.differs"


class BoxClosed(Refusal):
    """A revision would change more of a closed box than its release times.

    Source: `bid-seal/v1` section 3, notice; Tendering and Bidding Law, art. 28.
    """

    code = "box.closed"
    article = "招标投标法 28"


class BoxOpening(Refusal):
    """Shares of a box are asked for, or it is opened: the tender does not end unopened any more.

    Source: `ledger.md` 8, `trading.cancelled`; Tendering and Bidding Law, art. 36.
    """

    code = "box.opening"
    article = "招标投标法 36"


class TrusteesTooClose(Refusal):
    """Trustees of one body or line, or the operator with another, could open the bids alone.

    Source: `bid-seal/v1` section 3, policy; mission T15.
    """

    code = "policy.too_close"


class NotHosted(Refusal):
    """A hosted box is not of a branch, or a body of a branch would hold a key of it.

    Source: people.md 4: hosted means that a branch uses the city's trustees.
    """

    code = "policy.not_hosted"


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


def require_hosted(branch: str | None, holders: Mapping[str, str | None]) -> None:
    """Refuse hosted boxes unless a branch has them opened by bodies of the hall itself.

    `branch`: the tender's; `holders`: the branch of each body that holds a key.
    """
    if branch is None:
        raise NotHosted(org="")
    for org, own in sorted(holders.items()):
        if own is not None:
            raise NotHosted(org=org)


def require_apart(bodies: Collection[str], lines: Collection[str], operators: int, k: int) -> None:
    """Refuse a body in two groups, `k` bodies of one line, or two of the operator.

    `lines`: the line of each body that is in one.
    """
    most = max(Counter(lines).values(), default=0)
    if most >= k or operators > 1 or len(set(bodies)) < len(bodies):
        raise TrusteesTooClose(k=k)


def require_taking(box: BoxFacts, now: datetime, held: Interruption | None) -> None:
    """Refuse unless `box` takes submissions and withdrawals at `now`.

    `held`: what interrupts it; then they are taken as provisional after the deadline too.
    """
    if box.cancelled_at is not None:
        raise BoxCancelled(cancelled=box.cancelled_at.isoformat())
    if box.closing_at is not None or (now >= box.deadline and held is None):
        raise BiddingClosed(deadline=box.deadline.isoformat(), received=now.isoformat())


def require_completing(box: BoxFacts, now: datetime, held: Interruption | None) -> None:
    """Refuse unless a part may still make an envelope of `box` complete at `now`.

    `held`: what interrupts it; then it is taken as provisional after its time too.
    """
    if box.cancelled_at is not None:
        raise BoxCancelled(cancelled=box.cancelled_at.isoformat())
    if box.closing_at is not None or (now >= box.parts_by and held is None):
        raise PartsLate(parts_by=box.parts_by.isoformat(), received=now.isoformat())


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
