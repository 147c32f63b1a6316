"""A change of a published tender in words: what differs, what bidders must do. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from trading.amending import Proposal
from trading.types import Document, Field, Notice, Words
from web import beijing, drafting, figures
from web.editor.changes import NEW_QUESTIONS, Renewals, questions
from web.editor.views import AmendmentView, DifferenceShown, PreviewView
from web.showing import text
from web.typed import FieldError
from web.views import public
from web.views.house import Refused

# What bids become is a sentence of its own; files are due when the bid is.
_TOLD_ELSEWHERE = frozenset({"reseal", "parts_by"})
_OF_THE_PRESS = frozenset({"key", "press"})


def amendment_view(
    notice: Notice,
    given: Mapping[str, str],
    errors: tuple[FieldError, ...],
    refused: Refused | None,
    renewed: Renewals,
) -> AmendmentView:
    """Return the form of an amendment of a notice; `renewed`: policies in place of lost keys."""
    return AmendmentView(
        tender=notice.tender,
        title=text(notice.title),
        ends=False,
        lots=tuple((lot.lot, text(lot.title)) for lot in notice.lots),
        documents=tuple(
            public.Document(
                path=one.path,
                href=f"/api/v1/documents/{one.sha256}",
                sha256=one.sha256,
                size=one.size,
            )
            for one in notice.documents
        ),
        questions=NEW_QUESTIONS,
        asked=len(questions(notice)),
        renewed=bool(renewed),
        voids=any(one.reseal for one in renewed.values()),
        given=given,
        errors=errors,
        refused=refused,
    )


def preview(proposal: Proposal, given: Mapping[str, str]) -> PreviewView:
    """Return what a change would do, for whoever thinks of it."""
    notice = proposal.notice
    return PreviewView(
        tender=notice.tender,
        title=text(notice.title),
        act=proposal.prepared.act,
        reason=text(proposal.prepared.change.reason),
        differences=differences(proposal),
        voided=proposal.voided,
        limits=tuple(map(drafting.limit, proposal.counted)),
        given={name: value for name, value in given.items() if name not in _OF_THE_PRESS},
    )


def differences(proposal: Proposal) -> tuple[DifferenceShown, ...]:
    """Return what a revision changes, both values as people write them."""
    return tuple(
        DifferenceShown(
            what=one.what,
            lot=one.lot,
            stage=None if one.stage is None else str(one.stage),
            before=_said(one.what, one.before),
            after=_said(one.what, one.after),
        )
        for one in proposal.differences
        if one.what not in _TOLD_ELSEWHERE
    )


def _said(what: str, value: object) -> str:
    """Write a value of a notice: names of what is listed, amounts in yuan, Beijing time."""
    match value:
        case int() if what.endswith("_fen"):
            return figures.money(value)
        case int() if what.endswith("_bytes"):
            return figures.size(value)
        case Sequence() if not isinstance(value, str):
            return "；".join(_named(one) for one in value) or "-"
        case _:
            return _named(value)


def _named(one: object) -> str:
    match one:
        case None:
            return "-"
        case datetime():
            return f"{beijing.local(one):%Y-%m-%d %H:%M}"
        case Words():
            return one.zh if one.zh == one.en else f"{one.zh} / {one.en}"
        case Document():
            return f"{one.path} ({one.sha256[:8]}…)"
        case Field():
            return one.label.zh
        case _:
            return str(one)
