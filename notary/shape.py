"""Objects of one form: a frozen dataclass says which members a JSON object has, and no others.

An object that is signed or hashed is declared once, as a dataclass whose annotations tell the form
of every member. `load` and `read` refuse what is missing, unknown or of another form; `dump` and
`write` give back the same bytes. What the members mean to one another is not known here.

Source: `sealing.md` 2 ("members that are missing or not listed here" are refused) and 3.
"""

import base64
import dataclasses
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from notary.canonical import LIMIT, Json, dumps, load_signed
from notary.instant import parse_seconds, seconds

T = TypeVar("T")

_UNSAFE = 2**53


class BadShape(ValueError):  # noqa: N818 - named after what is wrong
    """A member is missing, unknown or of another form; the message names its place, no content."""


@dataclass(frozen=True, slots=True)
class Form:
    """How values of one type are read from JSON, at a place that errors name, and written."""

    read: Callable[[Json, str], Any]
    write: Callable[[Any], Json]


def text(pattern: str) -> Form:
    """Return the form of a string that `pattern` matches whole."""
    whole = re.compile(pattern)

    def read(value: Json, place: str) -> str:
        if not isinstance(value, str) or whole.fullmatch(value) is None:
            raise BadShape(f"{place}: not a text of its form")
        return value

    return Form(read, _same)


def integer(least: int = 0, most: int = _UNSAFE - 1) -> Form:
    """Return the form of an integer from `least` to `most`."""

    def read(value: Json, place: str) -> int:
        # A truth value is an int in Python, not in JSON.
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadShape(f"{place}: not an integer")
        if not least <= value <= most:
            raise BadShape(f"{place}: not from {least} to {most}")
        return value

    return Form(read, _same)


def spelled(decode: Callable[[str], object], encode: Callable[[Any], str]) -> Form:
    """Return the form of a string that stands for another value, each with one spelling."""

    def read(value: Json, place: str) -> object:
        if not isinstance(value, str):
            raise BadShape(f"{place}: not a text")
        try:
            decoded = decode(value)
        except ValueError as error:
            raise BadShape(f"{place}: not a text of its form") from error
        if encode(decoded) != value:
            raise BadShape(f"{place}: not the one spelling of its value")
        return decoded

    return Form(read, encode)


def octets(size: int) -> Form:
    """Return the form of `size` bytes in lower-case hex."""

    def decode(digits: str) -> bytes:
        if len(digits) != 2 * size:
            raise ValueError(f"not {size} bytes")
        return bytes.fromhex(digits)

    return spelled(decode, bytes.hex)


def _same(value: Json) -> Json:
    return value


def _fen(amount: str) -> int:
    if re.fullmatch("0|[1-9][0-9]{0,17}", amount) is None:
        raise ValueError("not whole fen")
    return int(amount)


def _base64(padded: str) -> bytes:
    return base64.b64decode(padded, validate=True)


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


Fen = NewType("Fen", int)
"""Whole hundredths of a currency's unit."""

Id: TypeAlias = Annotated[str, text("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]
# `ledger.md` 4: at most 128 characters without scheme, space or +. Nor may a line break be in it.
Origin: TypeAlias = Annotated[str, text(r"(?!.*://)[^\s+\x00-\x1f\x7f]{1,128}")]
Sha256: TypeAlias = Annotated[str, text("[0-9a-f]{64}")]
Nonce: TypeAlias = Annotated[str, text("[0-9a-f]{32}")]
Count: TypeAlias = Annotated[int, integer()]
Amount: TypeAlias = Annotated[Fen, spelled(_fen, str)]
Moment: TypeAlias = Annotated[datetime, spelled(parse_seconds, seconds)]
Base64: TypeAlias = Annotated[bytes, spelled(_base64, _to_base64)]


def load(kind: type[T], data: bytes, *, limit: int = LIMIT) -> T:
    """Read a signed or hashed object; raise BadJson or BadShape, both of them ValueError."""
    return read(kind, load_signed(data, limit=limit))


def dump(value: object) -> bytes:
    """Return the canonical bytes of an object that was declared as a dataclass."""
    return dumps(write(value))


def read(kind: type[T], value: Json) -> T:
    """Read `value` as a `kind`, with exactly its members, or raise BadShape."""
    return cast("T", _form(cast("object", kind)).read(value, kind.__name__))


def write(value: object) -> Json:
    """Return the JSON of an object that was declared as a dataclass."""
    return _form(cast("object", type(value))).write(value)


@cache
def _form(hint: object) -> Form:
    """Return the form that the annotation `hint` stands for."""
    match get_origin(hint), get_args(hint):
        case origin, (_, *forms) if origin is Annotated:
            return cast("Form", forms[0])
        case origin, words if origin is Literal:
            return _one_of(words)
        case origin, (row, _) if origin is tuple:
            return _array(_form(row))
        case origin, (_, member) if origin is dict:
            return _open_object(_form(member))
        case origin, choices if origin in (types.UnionType, Union):
            return _either([(_class_of(choice), _form(choice)) for choice in choices])
        case _:
            return _form_of_class(hint)


def _form_of_class(hint: object) -> Form:
    if isinstance(hint, NewType):
        return _form(hint.__supertype__)
    kind = cast("type", hint)
    if issubclass(kind, StrEnum):
        return _one_of(tuple(kind))
    if dataclasses.is_dataclass(kind):
        return _closed_object(kind)
    return _exactly(kind)


def _class_of(hint: object) -> type:
    """Return the class that values of the annotation `hint` have."""
    if isinstance(hint, NewType):
        return _class_of(hint.__supertype__)
    match get_origin(hint):
        case None:
            return cast("type", hint)
        case origin if origin is Annotated:
            return _class_of(get_args(hint)[0])
        case origin if origin is Literal:
            return str
        case origin:
            return _class_of(origin)


def _exactly(kind: type) -> Form:
    """Return the form of a string, a truth value, an integer, or null."""

    def read(value: Json, place: str) -> Json:
        if type(value) is not kind:
            raise BadShape(f"{place}: not of type {kind.__name__}")
        return value

    return Form(read, _same)


def _one_of(words: tuple[str, ...]) -> Form:
    """Return the form of one of a few words; a word of an enum is read as its member."""

    def read(value: Json, place: str) -> str:
        if not isinstance(value, str) or value not in words:
            raise BadShape(f"{place}: not one of its words")
        return words[words.index(value)]

    return Form(read, str)


def _array(row: Form) -> Form:
    def read(value: Json, place: str) -> tuple[object, ...]:
        if not isinstance(value, list):
            raise BadShape(f"{place}: not an array")
        return tuple(row.read(item, f"{place}[{n}]") for n, item in enumerate(value))

    return Form(read, lambda rows: [row.write(item) for item in rows])


def _open_object(member: Form) -> Form:
    """Return the form of an object whose names are open: who declares it judges them."""

    def read(value: Json, place: str) -> dict[str, object]:
        if not isinstance(value, dict):
            raise BadShape(f"{place}: not an object")
        return {name: member.read(item, f"a member of {place}") for name, item in value.items()}

    return Form(read, lambda value: {name: member.write(item) for name, item in value.items()})


def _either(choices: list[tuple[type, Form]]) -> Form:
    """Return the form of the first alternative that reads a value; no two may read the same."""

    def read(value: Json, place: str) -> object:
        refusals = []
        for _, form in choices:
            try:
                return form.read(value, place)
            except BadShape as error:
                refusals.append(error)
        raise refusals[0]

    def write(value: object) -> Json:
        return next(form for kind, form in choices if isinstance(value, kind)).write(value)

    return Form(read, write)


def _closed_object(kind: type) -> Form:
    """Return the form of a dataclass; a field named like a word of Python has a `_` behind it."""
    hints = get_type_hints(kind, include_extras=True)
    fields = [field.name for field in dataclasses.fields(kind)]
    members = {field.rstrip("_"): (field, _form(hints[field])) for field in fields}

    def read(value: Json, place: str) -> object:
        if not isinstance(value, dict):
            raise BadShape(f"{place}: not an object")
        if missing := members.keys() - value.keys():
            raise BadShape(f"{place}: {min(missing)} is missing")
        if value.keys() - members.keys():
            raise BadShape(f"{place}: a member that it does not have")
        return kind(
            **{
                field: form.read(value[name], f"{place}.{name}")
                for name, (field, form) in members.items()
            }
        )

    def write(value: object) -> Json:
        return {name: form.write(getattr(value, field)) for name, (field, form) in members.items()}

    return Form(read, write)
