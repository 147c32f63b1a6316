"""What a contract may say, and who may say what of it when: decisions about one awarded lot.

Pure. An act that comes late is never refused: the page says that it is late, and since when.

Source: Tendering and Bidding Law, art. 46; Regulation on it, art. 57 and 58; Government Procurement
Law, art. 49.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from bidding.contract import MOST_DAYS, Agreed, Change, Contract, Due, Milestone, Report, Stated
from bidding.facts import Awarded
from bidding.sealed.statements import AWARD_LIMIT, Award
from notary.canonical import sha256_hex
from notary.refusal import Refusal
from notary.shape import Fen, load
from trading.rules.sets import RuleSet, cited

BOND = "tender.max_performance_bond_permille"
SUPPLEMENT = "procurement.max_supplement_permille"
_WHOLE = 1000  # permille


class NotAwarded(Refusal):
    """A contract follows from an award with a winner, and there is none.

    Source: Tendering and Bidding Law, art. 45 and 46.
    """

    code = "contract.not_awarded"
    article = "招标投标法 46"


class ContractDiffers(Refusal):
    """The contract departs in substance from tender and bid: another bidder, or another price.

    Source: Tendering and Bidding Law, art. 46; Regulation on it, art. 57.
    """

    code = "contract.differs"
    article = "招标投标法 46"


class AlreadySigned(Refusal):
    """The lot has its contract: what it says otherwise by now is a change of it.

    Source: Tendering and Bidding Law, art. 46.
    """

    code = "contract.already_signed"
    article = "招标投标法 46"


class BondTooHigh(Refusal):
    """The performance bond is higher than the rule set lets it be.

    Source: Regulation on the Tendering and Bidding Law, art. 58.
    """

    code = "contract.bond_too_high"
    article = "招标投标法实施条例 58"


class SupplementTooHigh(Refusal):
    """What was added to the contract is more than the rule set lets be added without a tender.

    Source: Government Procurement Law, art. 49.
    """

    code = "contract.supplement_too_high"
    article = "政府采购法 49"


class DayWrong(Refusal):
    """The day named has not come yet, or lies before what it follows.

    Source: docs/decisions/0007: what is recorded has happened.
    """

    code = "contract.day_wrong"


class ContractUnknown(Refusal):
    """No contract is recorded for this lot.

    Source: docs/decisions/0007.
    """

    code = "contract.unknown"


class ContractMoved(Refusal):
    """Something else was stated about the contract meanwhile.

    Source: docs/decisions/0007: each statement names the one it follows.
    """

    code = "contract.moved"


class ContractEnded(Refusal):
    """The contract has ended: nothing more is stated, planned or reported of it.

    Source: docs/decisions/0007.
    """

    code = "contract.ended"


class NotAParty(Refusal):
    """Only the two sides speak of the contract: its agency or purchaser, and the winner.

    Source: Tendering and Bidding Law, art. 46.
    """

    code = "contract.not_a_party"
    article = "招标投标法 46"


class ContractAnswered(Refusal):
    """The other side has said its word on this.

    Source: docs/decisions/0007: what is said is said once.
    """

    code = "contract.answered"


class MilestoneUnknown(Refusal):
    """The contract has no such milestone, or no such report of it.

    Source: docs/decisions/0007.
    """

    code = "milestone.unknown"


class MilestoneReported(Refusal):
    """One side has reported the milestone: it stands until the other disputes it.

    Source: docs/decisions/0007.
    """

    code = "milestone.reported"


class AmountOfPayment(Refusal):
    """A payment is planned with its amount, and a delivery with none.

    Source: docs/decisions/0007.
    """

    code = "milestone.amount"


class OwnReport(Refusal):
    """Whoever reports a milestone does not acknowledge it as well.

    Source: docs/decisions/0007: two sides.
    """

    code = "milestone.own_report"


def won(awards: Sequence[Awarded]) -> tuple[Awarded, str, Fen]:
    """Return the award of a lot, the winner's envelope and price; refuse where nobody won."""
    last = next((one for one in awards if one.step == "awarded"), None)
    if last is None or last.winner is None:
        raise NotAwarded
    award = load(Award, last.json, limit=AWARD_LIMIT)
    price = next(one.price_fen for one in award.ranking if one.envelope == last.winner)
    return last, last.winner, price


def require_as_awarded(
    stated: Contract, award: Awarded, bidder: str, price: Fen, rules: RuleSet
) -> None:
    """Refuse a contract with another bidder or price than the award's, or too high a bond."""
    if stated.award_sha256 != sha256_hex(award.json) or stated.bidder != bidder:
        raise ContractDiffers(needs=price, has=stated.amount_fen)
    if stated.amount_fen != price:
        raise ContractDiffers(needs=price, has=stated.amount_fen)
    if stated.bond_fen is not None and BOND in rules.rules:
        most = price * rules.number(BOND) // _WHOLE
        if stated.bond_fen > most:
            raise cited(BondTooHigh, rules, BOND, most=most, has=stated.bond_fen)


def require_supplement(signed: Contract, change: Change, rules: RuleSet) -> None:
    """Refuse more in all, above what was signed, than the rule set lets be added, where it says."""
    if SUPPLEMENT not in rules.rules:
        return
    most = signed.amount_fen + signed.amount_fen * rules.number(SUPPLEMENT) // _WHOLE
    if change.amount_fen > most:
        raise cited(SupplementTooHigh, rules, SUPPLEMENT, most=most, has=change.amount_fen)


def require_day(named: date, *, since: date, today: date) -> None:
    """Refuse a day before `since` or after `today`: what is recorded has happened by then."""
    if not since <= named <= today:
        raise DayWrong(day=named.isoformat(), since=since.isoformat(), today=today.isoformat())


def require_due(named: date, signed_on: date) -> None:
    """Refuse a day before the contract, or later than any contract lasts."""
    require_day(named, since=signed_on, today=signed_on + timedelta(days=MOST_DAYS))


def require_running(contract: Agreed) -> None:
    """Refuse to go on with a contract that has ended."""
    if contract.end is not None:
        raise ContractEnded


def require_follows(before_sha256: str, contract: Agreed) -> None:
    """Refuse a statement that does not follow the last one."""
    if before_sha256 != sha256_hex(contract.stated[-1].json):
        raise ContractMoved


def require_unanswered(contract: Agreed, n: int) -> Stated:
    """Return statement `n`, which the winner has not answered yet."""
    stated = next((one for one in contract.stated if one.n == n), None)
    if stated is None:
        raise ContractUnknown
    if stated.said is not None:
        raise ContractAnswered
    return stated


def require_amount(what: Due, amount_fen: Fen | None) -> None:
    """Refuse a payment without an amount, and a delivery with one."""
    if (amount_fen is None) is (what is Due.PAYMENT):
        raise AmountOfPayment


def milestone_of(contract: Agreed, milestone: int) -> Milestone:
    """Return a milestone of a contract."""
    found = next((one for one in contract.milestones if one.milestone == milestone), None)
    if found is None:
        raise MilestoneUnknown
    return found


def require_unreported(milestone: Milestone) -> None:
    """Refuse to plan anew, or to report again, what stands as reported."""
    if milestone.report is not None:
        raise MilestoneReported


def require_answerable(milestone: Milestone, side: frozenset[str]) -> Report:
    """Return the report that waits for the word of `side`, which must be the other one."""
    if not milestone.reports:
        raise MilestoneUnknown
    last = milestone.reports[-1]
    if last.said is not None:
        raise ContractAnswered
    if last.org in side:
        raise OwnReport
    return last
