"""The rule sets of a hall as they stand: the files, and what its officers have confirmed of them.

Whoever acts reads the set here, so that a refusal cites as law what is law by now. Who only needs a
number may take the file itself (`trading.rules.sets`).
"""

from notary.hall import Hall
from sql.database import Tx
from trading.rules import sets
from trading.rules.sets import RuleSet
from trading.store import confirmations as store
from trading.types import Pin


async def named(tx: Tx, hall: Hall, name: str) -> RuleSet:
    """Return the set of this name, or raise UnknownRuleSet, UnsoundRuleSet."""
    return await _confirmed(tx, sets.rule_set(name, hall.rules))


async def pinned(tx: Tx, hall: Hall, pin: Pin) -> RuleSet:
    """Return the very set that a notice pins, or raise UnknownRuleSet, UnsoundRuleSet."""
    return await _confirmed(tx, sets.pinned(pin, hall.rules))


async def _confirmed(tx: Tx, rules: RuleSet) -> RuleSet:
    if rules.is_demonstration:  # nobody confirms one
        return rules
    return rules.confirmed(await store.confirmed(tx, [one.sha256 for one in rules.chain]))
