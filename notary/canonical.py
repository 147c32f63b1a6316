"""One form of JSON: what the hall signs, hashes and reads.

Written are the bytes of RFC 8785; read is what E-JSON leaves over: no number but a safe integer, no
duplicate name, no character that two readers take for different ones (`sealing.md` 2,
`assurance.md` 4). Which members an object has is not known here: schemas and objects judge that.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeAlias, cast

import rfc8785

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
"""What `loads` gives."""

Writable: TypeAlias = "bool | int | str | Sequence[Writable] | Mapping[str, Writable] | None"
"""What `dumps` takes; sequences and mappings must be lists, tuples and dicts when it runs."""

Foreign: TypeAlias = "bool | Decimal | str | list[Foreign] | dict[str, Foreign] | None"
"""What `load_foreign` gives."""

LIMIT = 256 * 1024
"""Bytes of a document unless its kind allows more."""

DEPTH = 32
SIGNED_DEPTH = 16

# 2^53: from here on an IEEE double, which is what JSON means by a number, loses integers.
_UNSAFE = 2**53
_UNSAFE_DIGITS = 16

# Numbers of others, so that turning one into an integer cannot fill the memory: at most what an
# IEEE double reaches, written in at most so many characters.
_FOREIGN_CHARACTERS = 64
_FOREIGN_EXPONENT = 308

# Whole strings are passed over, an unterminated one to the end: one pass whatever the text is.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_FORBIDDEN_CHARACTER = re.compile("[\x00\ud800-\udfff]")


class BadJson(ValueError):  # noqa: N818 - named after what is wrong
    """The bytes are not JSON as the hall reads it, or the value cannot be written as such."""


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def dumps(value: Writable) -> bytes:
    """Return the canonical bytes of `value`; raise BadJson where E-JSON has none.

    Source: RFC 8785; `sealing.md` 2.
    """
    _require_writable(value, DEPTH)
    return rfc8785.dumps(value)


def loads(data: bytes, *, limit: int = LIMIT, depth: int = DEPTH) -> Json:
    """Read strict JSON of at most `limit` bytes and `depth` levels, or raise BadJson."""
    text = _text(data, limit, depth)
    value = _parse(text, parse_int=_safe_integer, parse_float=_no_fraction)
    return cast("Json", value)


def load_signed(data: bytes, *, limit: int = LIMIT) -> dict[str, Json]:
    """Read an object that is signed or hashed, which must be in canonical form already.

    Source: `sealing.md` 2, "any text whose re-serialisation is not the same bytes" is refused.
    """
    value = loads(data, limit=limit, depth=SIGNED_DEPTH)
    if not isinstance(value, dict):
        raise BadJson("a signed text is one object")
    if dumps(value) != data:
        raise BadJson("not in canonical form")
    return value


def load_foreign(data: bytes, *, limit: int) -> Foreign:
    """Read JSON of others (OCDS, Open311) with the same fences, its numbers as decimals."""
    text = _text(data, limit, DEPTH)
    value = _parse(text, parse_int=_decimal, parse_float=_decimal)
    return cast("Foreign", value)


def _text(data: bytes, limit: int, depth: int) -> str:
    """Return the text of `data` after the checks that need no parser."""
    if len(data) > limit:
        raise BadJson(f"longer than {limit} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson("not UTF-8") from error
    if text.startswith("\ufeff"):
        raise BadJson("a byte order mark")
    level = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        if token[0] in "[{":
            level += 1
            if level > depth:
                raise BadJson(f"deeper than {depth} levels")
        elif token[0] in "]}":
            level -= 1
    return text


def _parse(
    text: str, *, parse_int: Callable[[str], object], parse_float: Callable[[str], object]
) -> object:
    try:
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_no_constant,
            parse_int=parse_int,
            parse_float=parse_float,
        )
    except json.JSONDecodeError as error:
        raise BadJson(f"not JSON: {error}") from error
    # The text is valid UTF-8 and the parser refuses raw control characters, so that only an
    # escape can have made a lone surrogate or a NUL.
    if "\\u" in text:
        _require_characters(value)
    return cast("object", value)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadJson("a name twice in one object")
    return members


def _no_constant(text: str) -> NoReturn:
    raise BadJson(f"{text} is no number")


def _no_fraction(_text: str) -> NoReturn:
    raise BadJson("a number with a fraction or an exponent")


def _safe_integer(text: str) -> int:
    if text == "-0":
        raise BadJson("negative zero")
    # The digits are counted first: int() refuses very long texts with an error of its own.
    if len(text.lstrip("-")) > _UNSAFE_DIGITS or abs(int(text)) >= _UNSAFE:
        raise BadJson("an integer of 2^53 or more")
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > _FOREIGN_CHARACTERS:
        raise BadJson("a number of too many characters")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise BadJson("a number out of range") from error
    if abs(number.adjusted()) > _FOREIGN_EXPONENT:
        raise BadJson("a number out of range")
    return number


def _require_characters(value: object) -> None:
    """Refuse U+0000 and lone surrogates anywhere in `value`, whose depth is known to be small."""
    match value:
        case str():
            if _FORBIDDEN_CHARACTER.search(value):
                raise BadJson("U+0000 or a lone surrogate")
        case dict():
            for name, member in value.items():
                _require_characters(name)
                _require_characters(member)
        case list() | tuple():
            for item in value:
                _require_characters(item)
        case _:
            pass  # numbers, truth values and null have no characters


def _require_writable(value: object, depth: int) -> None:
    """Refuse what E-JSON cannot say: fractions, unsafe integers, bad characters, more depth."""
    match value:
        case None | bool() | str():
            _require_characters(value)
        case int():
            if abs(value) >= _UNSAFE:
                raise BadJson("an integer of 2^53 or more")
        case list() | tuple() | dict() if depth == 0:
            raise BadJson(f"deeper than {DEPTH} levels")
        case list() | tuple():
            for item in value:
                _require_writable(item, depth - 1)
        case dict():
            for name, member in value.items():
                if not isinstance(name, str):
                    raise BadJson("a name that is not text")
                _require_characters(name)
                _require_writable(member, depth - 1)
        case _:
            raise BadJson(f"{type(value).__name__} has no form in JSON")
