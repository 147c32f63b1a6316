"""The rule sets of an export: each file read, with the ones it stands on, by the hash in its name.

Pure: no database, no network. A supplement that does not tighten its base is none.

Source: `rules.md` 1, "Sets and dates".
"""

from notary.sums import NotVerified
from notary.verify import RULES, ExportFacts
from trading.rules.records import BadRules
from trading.rules.sets import RuleSet, base_of, parse
from trading.types import Pin


def path_of(sha256: str) -> str:
    """Return where the file of a rule set lies in an export."""
    return f"{RULES}{sha256}.toml"


def read(export: ExportFacts, pin: Pin, above: frozenset[str] = frozenset()) -> RuleSet:
    """Return the rule set that a notice pins, or raise NotVerified; `above`: what stands on it."""
    path = path_of(pin.sha256)
    if path not in export.files:
        raise NotVerified(path, "the file is missing")
    if pin.sha256 in above:
        raise NotVerified(path, "this rule set stands on itself")
    data = (export.folder / path).read_bytes()
    try:
        base = base_of(pin.set, data)
        if base is None:
            return parse(pin.set, data)
        below = Pin(set=base.set, sha256=base.sha256)
        return parse(pin.set, data, read(export, below, above | {pin.sha256}))
    except BadRules as error:
        raise NotVerified(path, str(error)) from error


def find(export: ExportFacts, pin: Pin) -> RuleSet | None:
    """Return the same, None where the file is left out: that is judged of the whole export."""
    return read(export, pin) if path_of(pin.sha256) in export.files else None
