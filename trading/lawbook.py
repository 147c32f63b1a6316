"""The rule sets of a hall as they stand: the files, and what its officers have confirmed of them.

Whoever acts reads the set here, so that a refusal cites as law what is law by now. A draft names a
set that lies in the program or on the hall's shelf; a notice pins its file, which is kept from then
on: a running tender keeps its rules whatever becomes of the shelf.

Source: `rules.md` 1, "Sets and dates".
"""

from collections.abc import Collection

from notary.hall import Hall
from sql.database import Tx
from trading.rules import sets
from trading.rules.approval import TenderUnknown
from trading.rules.confirming import require_confirmed
from trading.rules.sets import RuleSet, UnknownRuleSet, UnsoundRuleSet
from trading.store import confirmations
from trading.store import lawbook as store
from trading.types import Pin


async def named(tx: Tx, hall: Hall, name: str) -> RuleSet:
    """Return the set of this name, or raise UnknownRuleSet, UnsoundRuleSet."""
    return await _confirmed(tx, sets.rule_set(name, hall.rules))


async def require_usable(tx: Tx, hall: Hall, rules: RuleSet) -> None:
    """Refuse a set of the hall's own before two officers have confirmed its file.

    A demonstration uses whatever lies on its shelf. Raises UnconfirmedRuleSet.
    """
    if not hall.demo:
        files = [one.sha256 for one in rules.chain]
        require_confirmed(rules, await confirmations.confirmed_files(tx, files))


async def awaits_officers(tx: Tx, rules: RuleSet) -> bool:
    """Tell whether the file of a set of the hall's own is not confirmed yet."""
    known = await confirmations.confirmed_files(tx, [rules.sha256])
    return not sets.is_of_program(rules) and rules.sha256 not in known


async def pinned(tx: Tx, pin: Pin) -> RuleSet:
    """Return the very set that a published notice pins; raise UnknownRuleSet where it is lost."""
    known = sets.of_program(pin)
    if known is None:
        files = await store.files(tx, pin.sha256)
        if not files:
            raise UnknownRuleSet(set=pin.set)
        known = _read(pin.set, files)
    return await _confirmed(tx, known)


async def of_tender(tx: Tx, tender: str) -> RuleSet:
    """Return the set that a published tender stands under, or raise TenderUnknown."""
    found = await of_tenders(tx, [tender])
    if tender not in found:
        raise TenderUnknown(tender=tender)
    return found[tender]


async def of_tenders(tx: Tx, tenders: Collection[str]) -> dict[str, RuleSet]:
    """Return by tender the set that it stands under; of a draft there is none."""
    pins = await store.pins(tx, tenders)
    known = {pin: await pinned(tx, pin) for pin in dict.fromkeys(pins.values())}
    return {tender: known[pin] for tender, pin in pins.items()}


async def file(tx: Tx, hall: Hall, sha256: str) -> bytes | None:
    """Return the file of a set that the hall has, or that a notice pins; None of any other."""
    for name in sets.names(hall.rules):
        try:
            known = sets.rule_set(name, hall.rules)
        except UnsoundRuleSet:  # nobody can pin it, and nobody need read it
            continue
        if known.sha256 == sha256:
            return known.data
    files = await store.files(tx, sha256)
    return files[0] if files else None


async def keep(tx: Tx, rules: RuleSet) -> None:
    """Keep the file of a set that a notice is about to pin, and those it stands on."""
    await store.insert_files(tx, rules)


def _read(name: str, files: tuple[bytes, ...]) -> RuleSet:
    """Read a set from its file and those it stands on, each named by the one above it."""
    chain: list[tuple[str, bytes]] = []
    for data in files:
        chain.append((name, data))
        wanted = sets.base_of(name, data)
        name = name if wanted is None else wanted.set
    return sets.of_files(tuple(chain))


async def _confirmed(tx: Tx, rules: RuleSet) -> RuleSet:
    if rules.is_demonstration:  # nobody confirms one
        return rules
    texts = await confirmations.confirmed(tx, [one.sha256 for one in rules.chain])
    return rules.confirmed(texts) if texts else rules
