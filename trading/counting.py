"""What the rules say of a draft, counted before anybody signs: by those that refuse a publication.

A reading, as if the draft were published now. Keys and policies are not asked for: no rule counts
them.
"""

from dataclasses import dataclass
from datetime import datetime

from notary.hall import Hall
from notary.identity import Actor
from sql.database import Database
from trading import lawbook
from trading.rules.approval import TenderUnknown
from trading.rules.drafts import first_notice
from trading.rules.limits import Counted, counted
from trading.rules.notices import require_pinnable
from trading.rules.sets import RuleSet
from trading.store import tenders
from trading.types import Drafted

_NO_POLICY = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """The limits of a draft `at` an instant, by the set it names."""

    drafted: Drafted
    at: datetime
    rules: RuleSet
    limits: tuple[Counted, ...]

    @property
    def is_lawful(self) -> bool:
        """Whether the draft could be published now, as far as the numbers go."""
        return all(limit.is_kept for limit in self.limits)


async def of_draft(database: Database, hall: Hall, actor: Actor, tender: str) -> Reckoning:
    """Count the limits of a draft for its agency or its purchaser.

    Raises TenderUnknown, UnknownRuleSet, UnsoundRuleSet, UnconfirmedRuleSet, DemonstrationOnly,
    WrongRuleSet, RulesNotInForce.
    """
    async with database.transaction() as tx:
        drafted = await tenders.drafted(tx, tender)
        at = await hall.clock(tx)
        if drafted is None or actor.org not in {drafted.agency, drafted.draft.purchaser}:
            raise TenderUnknown(tender=tender)
        rules = await lawbook.named(tx, hall, drafted.draft.rules)
        await lawbook.require_usable(tx, hall, rules)
    notice = first_notice(
        drafted,
        origin=hall.origin,
        rules=rules,
        channels=hall.channels,
        policies={
            (lot.lot, box.stage): _NO_POLICY for lot in drafted.draft.lots for box in lot.boxes
        },
        published=at.replace(microsecond=0),
    )
    require_pinnable(rules, notice, demo=hall.demo)
    invited = drafted.draft.invited
    limits = counted(notice, None if invited is None else frozenset(invited), rules)
    return Reckoning(drafted=drafted, at=at, rules=rules, limits=limits)
