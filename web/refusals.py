"""Every refusal of the house by its code: for the table of statuses, and to say one again."""

from collections.abc import Iterator, Mapping

from notary.canonical import Json
from notary.refusal import Refusal


def by_code() -> dict[str, type[Refusal]]:
    """Return each kind of refusal that is imported by now, by its code."""
    return {kind.code: kind for kind in _all(Refusal) if hasattr(kind, "code")}


def again(code: str, facts: Mapping[str, Json]) -> Refusal:
    """Return the refusal that was kept as an outcome."""
    kind = by_code().get(code)
    if kind is None:
        raise LookupError(f"a refusal was kept whose rule is gone: {code}")
    return kind(**{name: fact for name, fact in facts.items() if isinstance(fact, str | int)})


def article(refusal: Refusal) -> str:
    """Return what a refusal stands on: its tender's rule set says it, else its class does."""
    return str(refusal.facts.get("article", refusal.article))


def is_law(refusal: Refusal) -> bool:
    """Tell whether that is law, and no rule of this hall or of a demonstration (`rules.md` 1)."""
    return bool(article(refusal)) and refusal.facts.get("standing", "law") == "law"


def title(code: str) -> str:
    """Return the fixed English title of a problem: the name of its rule, in words."""
    kind = by_code().get(code)
    name = code.replace(".", " ").replace("_", " ") if kind is None else _spaced(kind.__name__)
    return name[0].upper() + name[1:]


def _spaced(name: str) -> str:
    """Write `BiddingClosed` as `bidding closed`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from _all(below)
