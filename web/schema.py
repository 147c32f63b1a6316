"""The JSON Schemas of the API's bodies: one file each in `web/schemas`, read once.

They are the components of the OpenAPI document too, so a schema names another one as it does there:
`{"$ref": "#/components/schemas/signed"}`.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from notary import canonical
from notary.canonical import Json
from notary.refusal import Refusal


class BadBody(Refusal):
    """The body is not of the form that its act takes.

    Source: the schema that the OpenAPI document names for it.
    """

    code = "request.bad_body"


def _pattern(
    validator: Validator, pattern: str, value: Json, _schema: object
) -> Iterator[ValidationError]:
    r"""Read `$` as JSON Schema does: Python's also matches before a last newline, `\Z` does not."""
    if validator.is_type(value, "string") and not re.search(
        pattern.removesuffix("$") + r"\Z", str(value)
    ):
        yield ValidationError("does not match")


_Bodies = extend(  # type: ignore[no-untyped-call] # the stubs leave it open
    Draft202012Validator, {"pattern": _pattern}
)


@cache
def components() -> MappingProxyType[str, Json]:
    """Return every schema by its name."""
    folder = files("web") / "schemas"
    return MappingProxyType(
        {
            path.name.removesuffix(".json"): canonical.loads(path.read_bytes())
            for path in sorted(folder.iterdir(), key=lambda path: path.name)
            if path.name.endswith(".json")
        }
    )


def require(name: str, body: Json) -> None:
    """Refuse a body that the schema `name` does not allow; the place is said, no content."""
    error = next(iter(sorted(_validator(name).iter_errors(body), key=_depth)), None)
    if error is not None:
        raise BadBody(place=error.json_path)


@cache
def _validator(name: str) -> Validator:
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": {"schemas": dict(components())},
    }
    made: Validator = _Bodies(schema)
    return made


def _depth(error: ValidationError) -> int:
    return len(error.absolute_path)
