"""A least body for each schema of the API, so that an act gets past its form to its rules."""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import hypothesis
from hypothesis import strategies

from notary.canonical import Json
from web import schema

_REFERENCE = "#/components/schemas/"


@cache
def least(name: str) -> Json:
    """Return the least body that the schema of this name allows."""
    body = _least(cast("dict[str, Any]", schema.components()[name]))
    schema.require(name, body)
    return body


def _least(form: dict[str, Any]) -> Json:
    for several in ("anyOf", "oneOf", "enum"):
        if several in form:
            first = form[several][0]
            return cast("Json", first) if several == "enum" else _least(first)
    if "$ref" in form:
        return least(str(form["$ref"]).removeprefix(_REFERENCE))
    if "const" in form:
        return cast("Json", form["const"])
    kind = form["type"] if isinstance(form["type"], str) else form["type"][0]
    return _OF_TYPE[kind](form)


def _object(form: dict[str, Any]) -> Json:
    return {one: _least(form["properties"][one]) for one in form.get("required", ())}


def _array(form: dict[str, Any]) -> Json:
    return [_least(form["items"]) for _ in range(form.get("minItems", 0))]


@cache
def matching(pattern: str) -> str:
    """Return a least text of a pattern, found and not random."""
    texts = strategies.from_regex(f"^(?:{pattern.removeprefix('^').removesuffix('$')})\\Z")
    return hypothesis.find(
        texts,
        lambda _: True,
        settings=hypothesis.settings(database=None, derandomize=True),
    )


_OF_TYPE: dict[str, Callable[[dict[str, Any]], Json]] = {
    "object": _object,
    "array": _array,
    "string": lambda form: matching(form.get("pattern", "^a$")),
    "integer": lambda form: cast("Json", form.get("minimum", 0)),
    "boolean": lambda _: False,
}
