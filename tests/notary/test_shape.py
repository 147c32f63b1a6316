from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

import pytest

from notary import shape
from notary.canonical import BadJson, Json, dumps
from notary.shape import Amount, BadShape, Base64, Count, Fen, Id, Moment, Nonce, Origin, Sha256


class Colour(StrEnum):
    """Two words."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """One of two alternatives."""

    left: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """The other."""

    right: bool


Either: TypeAlias = Left | Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A member of every form."""

    v: Literal["thing/v1"] = "thing/v1"
    from_: Moment
    name: Id
    origin: Origin
    hash: Sha256
    nonce: Nonce
    count: Count
    price: Amount | None
    secret: Annotated[bytes, shape.octets(2)]
    age: Base64
    colour: Colour
    word: Literal["a", "b"] | None
    sides: tuple[Either, ...]
    form: dict[str, str]
    least: Annotated[int, shape.integer(1, 3)]


THING = Thing(
    from_=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    name="A.b-c_1",
    origin="hall.example/log/0a",
    hash="ab" * 32,
    nonce="cd" * 16,
    count=0,
    price=Fen(12),
    secret=b"\x00\xff",
    age=b"age",
    colour=Colour.BLUE,
    word=None,
    sides=(Left(left="x"), Right(right=True)),
    form={"note": ""},
    least=1,
)
TEXT: dict[str, Any] = {
    "v": "thing/v1",
    "from": "2026-01-02T03:04:05Z",
    "name": "A.b-c_1",
    "origin": "hall.example/log/0a",
    "hash": "ab" * 32,
    "nonce": "cd" * 16,
    "count": 0,
    "price": "12",
    "secret": "00ff",
    "age": "YWdl",
    "colour": "blue",
    "word": None,
    "sides": [{"left": "x"}, {"right": True}],
    "form": {"note": ""},
    "least": 1,
}


def test_an_object_is_written_and_read_as_declared() -> None:
    data = shape.dump(THING)

    assert data == dumps(TEXT)
    assert shape.load(Thing, data) == THING
    assert shape.load(Thing, data).colour is Colour.BLUE


@pytest.mark.parametrize("name", sorted(TEXT))
def test_every_member_is_wanted(name: str) -> None:
    without = {member: value for member, value in TEXT.items() if member != name}

    with pytest.raises(BadShape, match=f"^Thing: {name} is missing$"):
        shape.load(Thing, dumps(without))


def test_no_other_member_is_taken() -> None:
    with pytest.raises(BadShape, match="a member that it does not have"):
        shape.load(Thing, dumps({**TEXT, "from_": TEXT["from"]}))


BAD: list[tuple[str, Json]] = [
    ("v", "thing/v2"),
    ("from", "2026-01-02T03:04:05.0Z"),
    ("from", "2026-02-30T03:04:05Z"),
    ("from", None),
    ("name", "-a"),
    ("name", "a\n"),
    ("name", 1),
    ("origin", "https://hall.example/log"),
    ("origin", "a b"),
    ("origin", "a+b"),
    ("origin", ""),
    ("hash", "AB" * 32),
    ("hash", "ab" * 31),
    ("count", -1),
    ("count", True),
    ("count", "0"),
    ("price", "012"),
    ("price", "1" * 19),
    ("price", 12),
    ("price", "1.2"),
    ("secret", "00FF"),
    ("secret", "00f"),
    ("secret", "00 ff"),
    ("age", "YWdl="),
    ("age", "YWdm\n"),
    ("age", "YWd"),
    ("age", "YR=="),
    ("colour", "green"),
    ("word", "c"),
    ("sides", {"left": "x"}),
    ("sides", [{"left": "x", "right": True}]),
    ("sides", [{"right": 1}]),
    ("sides", [None]),
    ("form", {"note": 1}),
    ("form", []),
    ("least", 0),
    ("least", 4),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=[f"{one}" for one in range(len(BAD))])
def test_a_member_of_another_form_is_refused_by_its_place(name: str, value: Json) -> None:
    with pytest.raises(BadShape, match=f"Thing.{name}"):
        shape.read(Thing, {**TEXT, name: value})


def test_a_refusal_holds_no_content() -> None:
    with pytest.raises(BadShape) as raised:
        shape.load(Thing, dumps({**TEXT, "price": "secret-price"}))

    assert "secret-price" not in str(raised.value)


def test_bytes_that_are_not_canonical_are_refused() -> None:
    with pytest.raises(BadJson):
        shape.load(Thing, shape.dump(THING) + b"\n")
    with pytest.raises(BadJson):
        shape.load(Thing, shape.dump(THING), limit=10)


def test_an_object_is_an_object() -> None:
    with pytest.raises(BadShape, match="Thing: not an object"):
        shape.read(Thing, [])
