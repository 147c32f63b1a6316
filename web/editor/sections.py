"""The sections of the editor: each fills its form from a draft, and reads it back into one.

A draft is the object that the API takes (schema `draft`): the editor sends nothing that a program
could not. Pure.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from trading import calendar
from trading.rules.limits import DeadlineTooSoon
from trading.rules.sets import RuleSet
from trading.types import Kind, Method, Mode
from web.beijing import BEIJING
from web.editor.answers import Answers, typed_moment, typed_yuan
from web.names import N_

Wish: TypeAlias = dict[str, Any]
"""A draft as JSON."""

MOST_LOTS, MOST_FIELDS, MOST_DOCUMENTS, MOST_TRUSTEES = 100, 20, 100, 16
MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 100_000
_MORNING = 9, 30
_USUAL_MEGABYTES = 200
_LATER = timedelta(days=3)
_SENT = "%Y-%m-%dT%H:%M:%SZ"

BIDDER = {"name": "bidder_name", "type": "text", "label": {"zh": "投标人", "en": "Bidder"}}
PRICE = {"name": "price_fen", "type": "fen", "label": {"zh": "投标报价", "en": "Price"}}
_ALWAYS = {"bidder_name", "price_fen"}


class Name(StrEnum):
    """The sections, in the order in which a person goes through them."""

    WHAT = "what"
    LOTS = "lots"
    TIMES = "times"
    DOCUMENTS = "documents"
    HOLDERS = "holders"


class Shape(StrEnum):
    """How a lot's bids come in: in one envelope, or with the price in one of its own."""

    ONE = "one"
    TWO = "two"


@dataclass(frozen=True, slots=True)
class Section:
    """One section: what its form shows of a draft, and what it makes of its answers."""

    fill: Callable[[Wish], dict[str, str]]
    read: Callable[[Answers, Wish], None]


def blank(number: str, rules: RuleSet, trustees: list[str], now: datetime) -> Wish:
    """Return the draft that a new one begins with: lawful times, every key holder, no document."""
    return {
        "tender": number,
        "title": {"zh": "", "en": ""},
        "kind": Kind.CONSTRUCTION,
        "purchaser": "",
        "method": Method.OPEN,
        "invited": None,
        "rules": rules.name,
        "currency": "CNY",
        "deposit_fen": "0",
        "documents": [],
        "lots": [a_lot("1", {"zh": "", "en": ""}, _boxes(Shape.ONE, first_deadline(rules, now)))],
        "trustees": [{"group": org.lower()[:64], "org": org} for org in trustees[:MOST_TRUSTEES]],
        "k": len(trustees[:MOST_TRUSTEES]) // 2 + 1,
    }


def hosted(wish: Wish) -> Wish:
    """Let the city's trustees open the bids: what a branch begins with (`people.md` 4)."""
    _set_mode(wish, Mode.HOSTED)
    return wish


def _mode(wish: Wish) -> str:
    return str(wish["lots"][0]["boxes"][0]["mode"])


def _set_mode(wish: Wish, mode: str) -> None:
    for lot in wish["lots"]:
        for box in lot["boxes"]:
            box["mode"] = mode


def again(model: Wish, number: str, rules: RuleSet, now: datetime) -> Wish:
    """Return a draft with all that another has, under a new number and with times of its own."""
    wish = deepcopy(model)
    wish["tender"] = number
    first = datetime.strptime(wish["lots"][0]["boxes"][0]["deadline"], _SENT).replace(tzinfo=UTC)
    moved = first_deadline(rules, now) - first
    for lot in wish["lots"]:
        for box in lot["boxes"]:
            for name in ("deadline", "open_at"):
                if box.get(name):
                    at = datetime.strptime(box[name], _SENT).replace(tzinfo=UTC) + moved
                    box[name] = at.strftime(_SENT)
    return wish


def first_deadline(rules: RuleSet, now: datetime) -> datetime:
    """Return a deadline that is lawful also when the notice is published a day later."""
    day = calendar.last_day(now + timedelta(days=1), rules.number(DeadlineTooSoon.code))
    day += timedelta(days=day <= now.astimezone(BEIJING).date() + timedelta(days=1))
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, *_MORNING, tzinfo=BEIJING).astimezone(UTC)


def a_lot(lot: str, title: Mapping[str, str], boxes: list[Wish]) -> Wish:
    """Return a lot without a ceiling."""
    return {
        "lot": lot,
        "title": dict(title),
        "draw": False,
        "ceiling_fen": None,
        "limits": [],
        "boxes": deepcopy(boxes),
    }


def shape_of(wish: Wish) -> Shape:
    """Return how bids come in, as the first lot has it."""
    return Shape.TWO if len(wish["lots"][0]["boxes"]) > 1 else Shape.ONE


def is_uniform(wish: Wish) -> bool:
    """Tell whether all lots have the same stages, times and forms, of a shape known here."""
    stages = [box["stage"] for box in wish["lots"][0]["boxes"]]
    same = all(lot["boxes"] == wish["lots"][0]["boxes"] for lot in wish["lots"])
    return same and stages in (["single"], ["technical", "price"])


# What and who


def _fill_what(wish: Wish) -> dict[str, str]:
    return {
        "number": wish["tender"],
        "title_zh": wish["title"]["zh"],
        "title_en": wish["title"]["en"],
        "kind": wish["kind"],
        "purchaser": wish["purchaser"],
        "method": wish["method"],
        "invited": "\n".join(wish["invited"] or ()),
        "rules": wish["rules"],
        "deposit": typed_yuan(int(wish["deposit_fen"])) if wish["deposit_fen"] != "0" else "",
    }


def _read_what(answers: Answers, wish: Wish) -> None:
    given = answers.given
    wish["title"] = answers.words("title", N_("Give the tender a title"))
    wish["kind"] = answers.one_of("kind", list(Kind))
    wish["purchaser"] = answers.text("purchaser", N_("Choose the purchaser"))
    wish["method"] = answers.one_of("method", list(Method))
    wish["rules"] = answers.text("rules", N_("Choose the rules"))
    wish["deposit_fen"] = answers.fen("deposit") or "0"
    invited = given.get("invited", "").split()
    wish["invited"] = invited if wish["method"] == Method.INVITED else None
    if wish["method"] == Method.INVITED and not invited:
        answers.wrong("invited", N_("Name the firms that are invited, one on each line"))
    for lot in wish["lots"]:
        if not lot["title"]["zh"]:
            lot["title"] = dict(wish["title"])
    if "count" in given:  # asked once, where a tender begins
        _split(wish, answers.whole("count", 1, MOST_LOTS))


def _split(wish: Wish, count: int) -> None:
    """Give a new tender this many lots, numbered from 1."""
    first = wish["lots"][0]
    for n in range(2, count + 1):
        title = {"zh": f"{wish['title']['zh']}（{n}）", "en": f"{wish['title']['en']} ({n})"}
        wish["lots"].append(a_lot(str(n), title, first["boxes"]))


# Lots and ceilings


def _fill_lots(wish: Wish) -> dict[str, str]:
    given = {"lots": str(len(wish["lots"]))}
    for n, lot in enumerate(wish["lots"], start=1):
        given |= {
            f"lot_{n}": lot["lot"],
            f"lot_{n}_title_zh": lot["title"]["zh"],
            f"lot_{n}_title_en": lot["title"]["en"],
            f"lot_{n}_ceiling": typed_yuan(lot["ceiling_fen"] and int(lot["ceiling_fen"])),
        }
    return given


def _read_lots(answers: Answers, wish: Wish) -> None:
    before = {lot["lot"]: lot for lot in wish["lots"]}
    boxes = wish["lots"][0]["boxes"]
    lots: list[Wish] = []
    for n in range(1, rows(answers.given, "lots", MOST_LOTS) + 1):
        number = answers.number(f"lot_{n}")
        lot = before.get(number) or a_lot(number, {}, boxes)
        lot["title"] = answers.words(f"lot_{n}_title", N_("Give the lot a title"))
        lot["ceiling_fen"] = answers.fen(f"lot_{n}_ceiling")
        if any(one["lot"] == number for one in lots):
            answers.wrong(f"lot_{n}", N_("Two lots have this number"))
        lots.append(lot)
    wish["lots"] = lots


# Times, stages, form


def _fill_times(wish: Wish) -> dict[str, str]:
    boxes = wish["lots"][0]["boxes"]
    first, last = boxes[0], boxes[-1]
    deadline = _at(first["deadline"])
    opens = _at(last["open_at"]) if last.get("open_at") else deadline + _LATER
    fields = [field for box in boxes for field in box["form"] if field["name"] not in _ALWAYS]
    given = {
        "shape": shape_of(wish),
        "megabytes": str(max(box["max_bytes"] for box in boxes) // MEGABYTE),
        "fields": str(len(fields)),
        **typed_moment("deadline", deadline),
        **typed_moment("opens", opens),
    }
    for n, field in enumerate(fields, start=1):
        given |= {
            f"field_{n}": field["name"],
            f"field_{n}_zh": field["label"]["zh"],
            f"field_{n}_en": field["label"]["en"],
            f"field_{n}_type": field["type"],
        }
    return given


def _read_times(answers: Answers, wish: Wish) -> None:
    shape = Shape(answers.one_of("shape", list(Shape)) or Shape.ONE)
    deadline = answers.moment("deadline")
    opens = answers.moment("opens") if shape is Shape.TWO else ""
    if shape is Shape.TWO and deadline and opens and opens <= deadline:
        answers.wrong("opens_y", N_("The prices are opened after the deadline"))
    most = answers.whole("megabytes", 1, MOST_MEGABYTES) * MEGABYTE
    fields = [
        field
        for n in range(1, rows(answers.given, "fields", MOST_FIELDS) + 1)
        if (field := _field(answers, n)) is not None
    ]
    if answers.errors:
        return
    mode = _mode(wish)
    for lot in wish["lots"]:
        lot["boxes"] = _envelopes(shape, deadline, opens, most, fields)
    _set_mode(wish, mode)


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


def _boxes(shape: Shape, deadline: datetime) -> list[Wish]:
    return _envelopes(shape, deadline.strftime(_SENT), "", _USUAL_MEGABYTES * MEGABYTE, [])


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


# Documents and holders of keys


def _fill_documents(_wish: Wish) -> dict[str, str]:
    return {}


def _read_documents(answers: Answers, wish: Wish) -> None:
    """Add documents whose bytes were put into the vault, each in place of one of its name."""
    count = rows(answers.given, "documents", MOST_DOCUMENTS)
    if not count:
        answers.wrong("file", N_("Choose a file"))
    for n in range(1, count + 1):
        path = answers.text(f"path_{n}", N_("Choose a file"))
        one = {
            "path": path,
            "sha256": answers.given.get(f"sha256_{n}", ""),
            "size": answers.whole(f"size_{n}", 1, 2**53),
        }
        wish["documents"] = [*(kept for kept in wish["documents"] if kept["path"] != path), one]


def without_document(wish: Wish, sha256: str) -> None:
    """Take a document out."""
    wish["documents"] = [one for one in wish["documents"] if one["sha256"] != sha256]


def _fill_holders(wish: Wish) -> dict[str, str]:
    return {
        "mode": _mode(wish),
        "k": str(wish["k"]),
        **{f"holder_{one['org']}": "on" for one in wish["trustees"]},
    }


def _read_holders(answers: Answers, wish: Wish) -> None:
    mode = answers.one_of("mode", list(Mode)) if "mode" in answers.given else _mode(wish)
    if answers.errors:
        return
    _set_mode(wish, mode)
    if mode == Mode.BIDDER:
        wish["trustees"], wish["k"] = [], 0
        return
    before = {one["org"]: one["group"] for one in wish["trustees"]}
    chosen = [
        name.removeprefix("holder_")
        for name, value in sorted(answers.given.items())
        if name.startswith("holder_") and value
    ]
    wish["trustees"] = [{"group": before.get(org, org.lower()), "org": org} for org in chosen]
    if len(chosen) < 2:  # noqa: PLR2004 - sealing.md 3, policy: 2 <= k <= n
        answers.wrong("holders", N_("Choose at least two bodies that watch each other"))
        return
    wish["k"] = answers.whole("k", 2, len(chosen))


def rows(given: Mapping[str, str], name: str, most: int) -> int:
    """Return how many rows a form has."""
    said = given.get(name, "")
    return min(int(said), most) if said.isdecimal() else 0


def _at(sent: str) -> datetime:
    return datetime.strptime(sent, _SENT).replace(tzinfo=UTC)


SECTIONS: Mapping[Name, Section] = {
    Name.WHAT: Section(_fill_what, _read_what),
    Name.LOTS: Section(_fill_lots, _read_lots),
    Name.TIMES: Section(_fill_times, _read_times),
    Name.DOCUMENTS: Section(_fill_documents, _read_documents),
    Name.HOLDERS: Section(_fill_holders, _read_holders),
}
