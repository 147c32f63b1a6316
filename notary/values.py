"""What the value of a field may be: the part of JSON Schema that the ledger's kinds use.

The schemas of `notary/schemas` are for every reader; this compiles one member of them into a test
that a verifier can afford for each entry of a whole log, some fifty times as fast as a general
validator. A keyword outside the part is a fault of the schema and found when it is compiled.

Source: JSON Schema 2020-12, validation vocabulary.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import cast

from notary.canonical import Json

Test = Callable[[Json], bool]


def compiled(schema: dict[str, Json]) -> Test:
    """Return the test for values of this schema; raise ValueError for a keyword not used here."""
    tests = [_KEYWORDS[keyword](value) for keyword, value in schema.items() if keyword in _KEYWORDS]
    if len(tests) != len(schema):
        raise ValueError(f"not a schema of the ledger: {sorted(schema)}")
    return lambda value: all(test(value) for test in tests)


def _type(wanted: Json) -> Test:
    names = {wanted} if isinstance(wanted, str) else set(cast("list[str]", wanted))
    types = tuple(_TYPES[name] for name in names)
    # A truth value is an int in Python, not in JSON.
    return lambda value: isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _const(wanted: Json) -> Test:
    return lambda value: isinstance(value, str) and value == wanted


def _enum(wanted: Json) -> Test:
    words = cast("list[Json]", wanted)
    return lambda value: isinstance(value, str) and value in words


def _pattern(pattern: Json) -> Test:
    # `fullmatch`, for in Python `$` also stands before a newline at the end.
    whole = re.compile(cast("str", pattern).removeprefix("^").removesuffix("$"))
    return lambda value: not isinstance(value, str) or whole.fullmatch(value) is not None


def _format(name: Json) -> Test:
    if name != "date-time":
        raise ValueError(f"not a format of the ledger: {name}")
    return lambda value: not isinstance(value, str) or _is_instant(value)


def _minimum(least: Json) -> Test:
    return lambda value: not isinstance(value, int) or value >= cast("int", least)


def _items(schema: Json) -> Test:
    test = compiled(cast("dict[str, Json]", schema))
    return lambda value: not isinstance(value, list) or all(map(test, value))


def _min_items(least: Json) -> Test:
    return lambda value: not isinstance(value, list) or len(value) >= cast("int", least)


def _max_items(most: Json) -> Test:
    return lambda value: not isinstance(value, list) or len(value) <= cast("int", most)


def _is_instant(text: str) -> bool:
    """Tell whether a time of the right shape exists, as 30 February does not."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "null": type(None),
}
_KEYWORDS: dict[str, Callable[[Json], Test]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "format": _format,
    "minimum": _minimum,
    "items": _items,
    "minItems": _min_items,
    "maxItems": _max_items,
}
