"""The form of an amendment: what changes of a published notice, and what bidders must do. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from bidding.facts import BoxKey
from bidding.losses import Renewed
from trading.types import Box, Field, Lot, Notice
from web.editor.sections import MOST_DOCUMENTS
from web.editor.times import Wish
from web.names import N_
from web.typed import Answers, rows, typed_moment, typed_yuan

NEW_QUESTIONS = 2
_STANDARD = frozenset({"bidder_name", "price_fen"})
_SENT = "%Y-%m-%dT%H:%M:%SZ"


Renewals: TypeAlias = Mapping[BoxKey, Renewed]
Edited: TypeAlias = Mapping[Field, Wish | None]


def fill(notice: Notice) -> dict[str, str]:
    """Return the form as the notice in force fills it."""
    given = {"reseal": "no", "deposit": typed_yuan(notice.deposit_fen or None)}
    for n, lot in enumerate(notice.lots, start=1):
        given[f"ceiling_{n}"] = typed_yuan(lot.ceiling_fen)
        given |= typed_moment(deadline_place(notice, n), first_deadline(lot))
    for m, one in enumerate(questions(notice), start=1):
        given |= {f"asked_{m}_zh": one.label.zh, f"asked_{m}_en": one.label.en}
    for n, _ in enumerate(notice.documents, start=1):
        given[f"keep_{n}"] = "on"
    return given


def read(answers: Answers, notice: Notice, renewed: Renewals) -> Wish:
    """Return the change that a form asks for: what stays as it is, is left out.

    `renewed`: the policies that take the place of lost keys, by box, which the form may pin.
    """
    why = N_("Say why: all who follow the tender read it")
    wish: Wish = {"reason": answers.words("reason", why)}
    deposit = answers.fen("deposit") or "0"
    if deposit != str(notice.deposit_fen):
        wish["deposit_fen"] = deposit
    documents = _documents(answers, notice)
    if documents is not None:
        wish["documents"] = documents
    reseal = answers.one_of("reseal", ["yes", "no"]) == "yes"
    asked, edited = _questions(answers), _edited(answers, notice)
    wish["lots"] = [
        lot
        for n, one in enumerate(notice.lots, start=1)
        if len(
            lot := _lot(
                one,
                answers.fen(f"ceiling_{n}"),
                _moved(answers, deadline_place(notice, n), one),
                asked,
                edited,
                reseal=reseal,
            )
        )
        > 1
    ]
    if answers.given.get("rekey"):
        wish["lots"] = _pinned(wish["lots"], renewed)
    return wish


def _pinned(lots: list[Wish], renewed: Renewals) -> list[Wish]:
    """Return the lots of a change with the next policy of each box that has lost a key."""
    changed = {lot["lot"]: lot for lot in lots}
    for key, found in renewed.items():
        lot = changed.setdefault(key.lot, {"lot": key.lot})
        boxes = lot.setdefault("boxes", [])
        box = next((one for one in boxes if one["stage"] == str(key.stage)), None)
        if box is None:
            box = {"stage": str(key.stage)}
            boxes.append(box)
        box["policy_sha256"] = found.policy_sha256
        if found.reseal:
            box["reseal"] = True
    return list(changed.values())


def first_deadline(lot: Lot) -> datetime:
    """Return the first deadline of a lot: the one that the form shows."""
    return min(box.deadline for box in lot.boxes)


def deadline_place(notice: Notice, n: int) -> str:
    """Return the field of the deadline of the lot `n`, which each of several has for itself."""
    return "deadline" if len(notice.lots) == 1 else f"deadline_{n}"


def questions(notice: Notice) -> tuple[Field, ...]:
    """Return what bids answer beside name and price, the same question of several lots once."""
    asked = (one for lot in notice.lots for one in lot.boxes[0].form)
    return tuple(dict.fromkeys(one for one in asked if one.name not in _STANDARD))


def _moved(answers: Answers, place: str, lot: Lot) -> timedelta:
    sent = answers.moment(place)
    if not sent:
        return timedelta()
    before = first_deadline(lot)
    after = datetime.strptime(sent, _SENT).replace(tzinfo=before.tzinfo)
    # The form knows minutes: a deadline with seconds that was left alone has not moved.
    return timedelta() if after == before.replace(second=0) else after - before


def _documents(answers: Answers, notice: Notice) -> list[Wish] | None:
    """Return all documents as they are afterwards, None where they stay."""
    given = answers.given
    new = [
        {
            "path": given.get(f"path_{n}", ""),
            "sha256": given.get(f"sha256_{n}", ""),
            "size": answers.whole(f"size_{n}", 1, 2**53),
        }
        for n in range(1, rows(given, "documents", MOST_DOCUMENTS) + 1)
    ]
    names = {one["path"] for one in new}
    kept = [
        {"path": one.path, "sha256": one.sha256, "size": one.size}
        for n, one in enumerate(notice.documents, start=1)
        if given.get(f"keep_{n}") and one.path not in names
    ]
    if not new and len(kept) == len(notice.documents):
        return None
    return [*kept, *new]


def _questions(answers: Answers) -> list[Wish]:
    """Return what else a bid is to answer from now on."""
    return [
        {
            "type": answers.one_of(f"field_{n}_type", ["text", "int", "date"]),
            "label": answers.words(f"field_{n}", ""),
        }
        for n in range(1, NEW_QUESTIONS + 1)
        if answers.given.get(f"field_{n}_zh", "").strip()
    ]


def _edited(answers: Answers, notice: Notice) -> Edited:
    """Return the questions that are worded anew; None: one that is not asked any more."""
    edited: dict[Field, Wish | None] = {}
    for m, one in enumerate(questions(notice), start=1):
        zh = answers.given.get(f"asked_{m}_zh")
        if zh is not None and not zh.strip():
            edited[one] = None
        elif zh is not None:
            label = answers.words(f"asked_{m}", "")
            if label != _words(one.label.zh, one.label.en):
                edited[one] = {"name": one.name, "type": one.type, "label": label}
    return edited


def _lot(
    lot: Lot,
    ceiling: str | None,
    moved: timedelta,
    asked: list[Wish],
    edited: Edited,
    *,
    reseal: bool,
) -> Wish:
    """Return what changes of a lot: its number alone where nothing does."""
    change: Wish = {"lot": lot.lot}
    if ceiling is not None and ceiling != str(lot.ceiling_fen):
        change["ceiling_fen"] = ceiling
    boxes = [
        box
        for n, one in enumerate(lot.boxes)
        if len(
            box := _box(
                one, moved, asked if n == 0 else [], edited if n == 0 else {}, reseal=reseal
            )
        )
        > 1
    ]
    if boxes:
        change["boxes"] = boxes
    return change


def _box(box: Box, moved: timedelta, asked: list[Wish], edited: Edited, *, reseal: bool) -> Wish:
    change: Wish = {"stage": str(box.stage)}
    if moved:
        change["deadline"] = (box.deadline + moved).strftime(_SENT)
        if box.after is not None:
            change["open_at"] = (box.open_at + moved).strftime(_SENT)
    if asked or any(one in edited for one in box.form):
        used = {field.name for field in box.form}
        kept = [edited.get(one, _as_wish(one)) for one in box.form]
        form = [one for one in kept if one is not None]
        free = (f"answer_{n}" for n in range(1, 1000) if f"answer_{n}" not in used)
        change["form"] = [*form, *({"name": next(free), **one} for one in asked)]
    if reseal:
        change["reseal"] = True
    return change


def _as_wish(one: Field) -> Wish:
    return {"name": one.name, "type": one.type, "label": _words(one.label.zh, one.label.en)}


def _words(zh: str, en: str) -> Mapping[str, str]:
    return {"zh": zh, "en": en}
