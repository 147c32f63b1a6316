"""Times, envelopes and form of a draft: the same for all lots, but for times of their own. Pure."""

import re
from collections import Counter
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from web.names import N_
from web.typed import Answers, rows, typed_moment

Wish: TypeAlias = dict[str, Any]
"""A draft as JSON."""

MOST_FIELDS = 20
MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 100_000
SENT = "%Y-%m-%dT%H:%M:%SZ"
_USUAL_MEGABYTES = 200
_LATER = timedelta(days=3)

BIDDER = {"name": "bidder_name", "type": "text", "label": {"zh": "投标人", "en": "Bidder"}}
PRICE = {"name": "price_fen", "type": "fen", "label": {"zh": "投标报价", "en": "Price"}}
_ALWAYS = {"bidder_name", "price_fen"}


class Shape(StrEnum):
    """How a lot's bids come in: in one envelope, or with the price in one of its own."""

    ONE = "one"
    TWO = "two"


def mode_of(wish: Wish) -> str:
    """Return who can open the bids, as the first box has it."""
    return str(wish["lots"][0]["boxes"][0]["mode"])


def set_mode(wish: Wish, mode: str) -> None:
    """Let the same open the bids of every box."""
    for lot in wish["lots"]:
        for box in lot["boxes"]:
            box["mode"] = mode


def shape_of(wish: Wish) -> Shape:
    """Return how bids come in, as the first lot has it."""
    return Shape.TWO if len(wish["lots"][0]["boxes"]) > 1 else Shape.ONE


def is_uniform(wish: Wish) -> bool:
    """Tell whether all lots have the same stages and forms, of a shape known here."""
    stages = [box["stage"] for box in wish["lots"][0]["boxes"]]
    same = all(_untimed(lot) == _untimed(wish["lots"][0]) for lot in wish["lots"])
    closes = all(len({box["deadline"] for box in lot["boxes"]}) == 1 for lot in wish["lots"])
    return same and closes and stages in (["single"], ["technical", "price"])


def _untimed(lot: Wish) -> list[Wish]:
    """Return the boxes of a lot without what each lot may have for itself."""
    return [
        {name: value for name, value in box.items() if name not in {"deadline", "open_at"}}
        for box in lot["boxes"]
    ]


def fill(wish: Wish) -> dict[str, str]:
    """Return the form as a draft fills it."""
    boxes = wish["lots"][0]["boxes"]
    deadlines = [lot["boxes"][0]["deadline"] for lot in wish["lots"]]
    openings = [lot["boxes"][-1].get("open_at") for lot in wish["lots"]]
    deadline, opens = _usual(deadlines), _usual(openings)
    fields = [field for box in boxes for field in box["form"] if field["name"] not in _ALWAYS]
    given = {
        "shape": shape_of(wish),
        "megabytes": str(max(box["max_bytes"] for box in boxes) // MEGABYTE),
        "fields": str(len(fields)),
        **typed_moment("deadline", _at(deadline)),
        **typed_moment("opens", _at(opens) if opens else _at(deadline) + _LATER),
    }
    for n, (closed, opened) in enumerate(zip(deadlines, openings, strict=True), start=1):
        if closed != deadline:
            given |= typed_moment(f"deadline_{n}", _at(closed))
        if opened and opened != opens:
            given |= typed_moment(f"opens_{n}", _at(opened))
    for n, field in enumerate(fields, start=1):
        given |= {
            f"field_{n}": field["name"],
            f"field_{n}_zh": field["label"]["zh"],
            f"field_{n}_en": field["label"]["en"],
            f"field_{n}_type": field["type"],
        }
    return given


def read(answers: Answers, wish: Wish) -> None:
    """Give a draft the times, envelopes and questions of a form without errors."""
    shape = Shape(answers.one_of("shape", list(Shape)) or Shape.ONE)
    times = _times(answers, shape, len(wish["lots"]))
    most = answers.whole("megabytes", 1, MOST_MEGABYTES) * MEGABYTE
    fields = [
        field
        for n in range(1, rows(answers.given, "fields", MOST_FIELDS) + 1)
        if (field := _field(answers, n)) is not None
    ]
    if answers.errors:
        return
    mode = mode_of(wish)
    for lot, (deadline, opens) in zip(wish["lots"], times, strict=True):
        lot["boxes"] = _envelopes(shape, deadline, opens, most, fields)
    set_mode(wish, mode)


def _times(answers: Answers, shape: Shape, lots: int) -> list[tuple[str, str]]:
    """Return deadline and opening of the prices of each lot: its own, or those for all."""
    deadline = answers.moment("deadline")
    opens = answers.moment("opens") if shape is Shape.TWO else ""
    times = [
        (
            _own(answers, f"deadline_{n}", deadline),
            _own(answers, f"opens_{n}", opens) if shape is Shape.TWO else "",
        )
        for n in range(1, lots + 1)
    ]
    for n, (closed, opened) in enumerate(times, start=1):
        if closed and opened and opened <= closed:
            place = "opens" if (closed, opened) == (deadline, opens) else f"opens_{n}"
            if not any(error.place == f"{place}_y" for error in answers.errors):
                answers.wrong(f"{place}_y", N_("The prices are opened after the deadline"))
    return times


def is_of_a_lot(field: str) -> bool:
    """Tell whether a field of the times is that of one lot."""
    return re.fullmatch(r"(deadline|opens)_[0-9]+_[ymdt]", field) is not None


def _own(answers: Answers, name: str, usual: str) -> str:
    """Return a moment of one lot, `usual` where nothing is typed."""
    typed = any(answers.given.get(f"{name}_{part}", "").strip() for part in "ymdt")
    return answers.moment(name) if typed else usual


def _usual(moments: list[Any]) -> Any:  # noqa: ANN401 - what JSON holds
    """Return what most lots have, of as many the first."""
    return Counter(moments).most_common(1)[0][0]


def _field(answers: Answers, n: int) -> Wish | None:
    """Return what a bid answers beside its price; None for a row that was left empty."""
    if not answers.given.get(f"field_{n}_zh", "").strip():
        return None
    type_ = answers.one_of(f"field_{n}_type", ["text", "int", "date"])
    return {
        "name": answers.given.get(f"field_{n}") or f"answer_{n}",
        "type": type_,
        "label": answers.words(f"field_{n}", ""),
    }


def boxes_until(shape: Shape, deadline: datetime) -> list[Wish]:
    """Return the boxes that a new draft begins with."""
    return _envelopes(shape, deadline.strftime(SENT), "", _USUAL_MEGABYTES * MEGABYTE, [])


def _envelopes(
    shape: Shape, deadline: str, opens: str, most: int, fields: list[Wish]
) -> list[Wish]:
    def box(stage: str, after: str | None, open_at: str | None, form: list[Wish]) -> Wish:
        return {
            "stage": stage,
            "mode": "shared",
            "after": after,
            "deadline": deadline,
            "open_at": open_at,
            "max_bytes": most,
            "form": deepcopy(form),
        }

    if shape is Shape.ONE:
        return [box("single", None, None, [BIDDER, PRICE, *fields])]
    return [
        box("technical", None, None, [BIDDER, *fields]),
        box("price", "technical", opens, [BIDDER, PRICE]),
    ]


def _at(sent: str) -> datetime:
    return datetime.strptime(sent, SENT).replace(tzinfo=UTC)
