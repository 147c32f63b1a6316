"""Notices for the tests of rules: each is lawful, and what is told differs."""

from dataclasses import replace
from datetime import datetime

from notary.canonical import Json
from notary.shape import read
from tests.trading.house import DEADLINE, NOW, ORIGIN, POLICIES
from trading.rules.drafts import first_notice
from trading.rules.sets import RuleSet, rule_set
from trading.types import Box, Document, Draft, Drafted, Notice, Stage

LAW = rule_set("construction/2026-11")
DEMO = rule_set("demo/2026-11")
FORM: Json = {"name": "price_fen", "type": "fen", "label": {"zh": "报价", "en": "Price"}}


def a_notice(rules: RuleSet = LAW, *, published: datetime = NOW, **members: Json) -> Notice:
    """Make the notice of a draft; `members` of draft, lot or box differ."""
    box: dict[str, Json] = {
        "stage": "single",
        "mode": "shared",
        "after": None,
        "deadline": "2026-11-23T01:30:00Z",
        "open_at": None,
        "max_bytes": 1048576,
        "form": [FORM],
    }
    lot: dict[str, Json] = {
        "lot": "1",
        "title": {"zh": "施工", "en": "Works"},
        "draw": False,
        "ceiling_fen": "100000",
        "limits": [],
    }
    draft: dict[str, Json] = {
        "tender": "T-1",
        "title": {"zh": "标", "en": "Tender"},
        "kind": "construction",
        "purchaser": "ORG-P",
        "method": "open",
        "invited": None,
        "rules": rules.name,
        "currency": "CNY",
        "deposit_fen": "0",
        "documents": [],
        "trustees": [{"group": "a", "org": "ORG-X"}, {"group": "b", "org": "ORG-Y"}],
        "k": 2,
    }
    whole: dict[str, Json] = {
        **{name: members.get(name, value) for name, value in draft.items()},
        "lots": [
            {
                **{name: members.get(name, value) for name, value in lot.items()},
                "boxes": [{name: members.get(name, value) for name, value in box.items()}],
            }
        ],
    }
    drafted = Drafted(
        draft=read(Draft, whole),
        agency="ORG-AGENCY",
        drafted_by="drafter",
        drafted_at=published,
        invited_salt=None if whole["invited"] is None else bytes(32),
    )
    return first_notice(
        drafted,
        origin=ORIGIN,
        rules=rules,
        channels=(),
        policies=POLICIES,
        published=published,
    )


def with_box(notice: Notice, *boxes: Box) -> Notice:
    """Return the notice with these boxes in its only lot."""
    [lot] = notice.lots
    return replace(notice, lots=(replace(lot, boxes=boxes),))


def box_in(notice: Notice) -> Box:
    """Return the first box of the notice."""
    return notice.lots[0].boxes[0]


def due(box: Box, deadline: datetime) -> Box:
    """Return the box with another deadline, at which it opens."""
    return replace(box, deadline=deadline, parts_by=deadline, open_at=deadline)


def with_prequalification(deadline: datetime, rules: RuleSet = LAW) -> Notice:
    """Make a notice whose applications come by `deadline`, three weeks before the bids."""
    notice = a_notice(rules)
    bids = replace(box_in(notice), after=Stage.QUALIFICATION)
    applications = due(replace(box_in(notice), stage=Stage.QUALIFICATION), deadline)
    assert deadline < DEADLINE
    return with_box(notice, applications, bids)


def a_document(path: str = "图纸.zip") -> Document:
    """Make a document of a notice."""
    return Document(path=path, sha256="d0" * 32, size=7)
