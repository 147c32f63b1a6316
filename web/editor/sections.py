"""The sections of the editor: each fills its form from a draft, and reads it back into one.

A draft is the object that the API takes (schema `draft`): the editor sends nothing that a program
could not. Pure.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from notary import canonical, shape
from trading import calendar
from trading.calendar import YearMissing
from trading.rules.limits import DeadlineTooSoon
from trading.rules.sets import RuleSet
from trading.types import Draft, Kind, Method, Mode
from web.beijing import BEIJING
from web.editor import times
from web.editor.times import SENT, Shape, Wish, boxes_until, mode_of, set_mode
from web.names import N_
from web.typed import Answers, rows, typed_yuan

MOST_LOTS, MOST_DOCUMENTS, MOST_TRUSTEES = 100, 100, 16
SECRET_LIMITS = ("reference", "ceiling", "minimum")
_MORNING = 9, 30


class Name(StrEnum):
    """The sections, in the order in which a person goes through them."""

    WHAT = "what"
    LOTS = "lots"
    TIMES = "times"
    DOCUMENTS = "documents"
    HOLDERS = "holders"


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
        "lots": [
            a_lot("1", {"zh": "", "en": ""}, boxes_until(Shape.ONE, first_deadline(rules, now)))
        ],
        "trustees": [{"group": org.lower()[:64], "org": org} for org in trustees[:MOST_TRUSTEES]],
        "k": len(trustees[:MOST_TRUSTEES]) // 2 + 1,
    }


def hosted(wish: Wish) -> Wish:
    """Let the city's trustees open the bids: what a branch begins with (`people.md` 4)."""
    set_mode(wish, Mode.HOSTED)
    return wish


def again(model: Wish, number: str, rules: RuleSet, now: datetime) -> Wish:
    """Return a draft with all that another has, under a new number and with times of its own.

    Secret limits are not taken along: once one tender opens its own, the other's would be known.
    """
    wish = deepcopy(model)
    wish["tender"] = number
    first = datetime.strptime(wish["lots"][0]["boxes"][0]["deadline"], SENT).replace(tzinfo=UTC)
    moved = first_deadline(rules, now) - first
    for lot in wish["lots"]:
        lot["limits"] = []
        for box in lot["boxes"]:
            for name in ("deadline", "open_at"):
                if box.get(name):
                    at = datetime.strptime(box[name], SENT).replace(tzinfo=UTC) + moved
                    box[name] = at.strftime(SENT)
    return wish


def first_deadline(rules: RuleSet, now: datetime) -> datetime:
    """Return a deadline that is lawful also when the notice is published a day later."""
    day = calendar.last_day(now + timedelta(days=1), rules.number(DeadlineTooSoon.code))
    day += timedelta(days=day <= now.astimezone(BEIJING).date() + timedelta(days=1))
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, *_MORNING, tzinfo=BEIJING).astimezone(UTC)


def is_prefilled(draft: Draft, rules: RuleSet, at: datetime) -> bool:
    """Tell whether times and form, saved last `at`, are still those that the editor put there."""
    wish = as_wish(draft)
    deadline = draft.lots[0].boxes[0].deadline
    local = deadline.astimezone(BEIJING)
    usual = [
        box | {"mode": mode_of(wish)} for box in boxes_until(Shape.ONE, deadline.astimezone(UTC))
    ]
    try:
        latest = first_deadline(rules, at)
    except YearMissing:  # nothing so late was ever put there
        return False
    return (
        (local.hour, local.minute) == _MORNING
        and deadline <= latest
        and all(lot["boxes"] == usual for lot in wish["lots"])
    )


def as_wish(draft: Draft) -> Wish:
    """Return a draft as the object that the API takes."""
    plain = canonical.loads(shape.dump(draft))
    assert isinstance(plain, dict)  # noqa: S101 - a draft is an object
    return plain


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
            **{f"lot_{n}_secret_{one['name']}": one["commit"] for one in lot["limits"]},
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
        lot["limits"] = _secret(answers, f"lot_{n}_secret")
        if any(one["lot"] == number for one in lots):
            answers.wrong(f"lot_{n}", N_("Two lots have this number"))
        lots.append(lot)
    wish["lots"] = lots


def _secret(answers: Answers, place: str) -> list[Wish]:
    """Return the secret limits of a lot that its form names."""
    found = ((name, answers.commitment(f"{place}_{name}", name)) for name in SECRET_LIMITS)
    return [{"name": name, "commit": commit} for name, commit in found if commit is not None]


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
        "mode": mode_of(wish),
        "k": str(wish["k"]),
        **{f"holder_{one['org']}": "on" for one in wish["trustees"]},
    }


def _read_holders(answers: Answers, wish: Wish) -> None:
    mode = answers.one_of("mode", list(Mode)) if "mode" in answers.given else mode_of(wish)
    if answers.errors:
        return
    set_mode(wish, mode)
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


SECTIONS: Mapping[Name, Section] = {
    Name.WHAT: Section(_fill_what, _read_what),
    Name.LOTS: Section(_fill_lots, _read_lots),
    Name.TIMES: Section(times.fill, times.read),
    Name.DOCUMENTS: Section(_fill_documents, _read_documents),
    Name.HOLDERS: Section(_fill_holders, _read_holders),
}
