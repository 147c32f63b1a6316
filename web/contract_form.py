"""What an agency types about a contract, read as people write it, and the text that follows. Pure.

The form is part of the page's address: nothing is kept before the signature.
"""

from collections.abc import Mapping
from datetime import date
from typing import get_args
from urllib.parse import urlencode

from bidding.contract import MOST_DAYS, Ending
from bidding.contracting import Ended, Paper
from notary.shape import Fen
from web.access import API
from web.noting import N_
from web.typed import Answers
from web.views.contracts import Asks, Draft

LONGEST = 500
"""Of a reason, which is part of an address."""

_TEXT = rf"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{{0,{LONGEST}}}"
FIELDS = ("number", "amount", "days", "bond", "reason", "ending", "sha256")
_DAYS = tuple(f"day_{part}" for part in "ymd")
QUERY: Mapping[str, str] = {
    "asks": "|".join(get_args(Asks)),
    **dict.fromkeys((*FIELDS, *_DAYS), _TEXT),
}
"""Parameters of the page: what is asked for, and what was typed."""


def blank(asks: Asks, given: Mapping[str, str]) -> Draft:
    """Return a form that is not filled in yet."""
    return Draft(asks=asks, given=given)


def is_sent(given: Mapping[str, str]) -> bool:
    """Tell whether a form came with the address, and not just the wish for one."""
    return any(name in given for name in (*FIELDS, *_DAYS))


def read(asks: Asks, given: Mapping[str, str]) -> tuple[Answers, dict[str, str]]:
    """Read what was typed: the errors at its fields, and what the address of the text asks."""
    answers = Answers(given)
    day = answers.day("day")
    asked = {_NAMES[asks][1]: "" if day is None else day.isoformat()}
    if asks == "contract":
        asked["number"] = answers.text("number", N_("Write the number of the contract"))
        bond = answers.fen("bond")
        asked |= {} if bond is None else {"bond_fen": bond}
    else:
        asked["reason"] = answers.text("reason", N_("Write the reason"))
    if asks == "end":
        asked["ending"] = answers.one_of("ending", tuple(Ending))
    else:
        amount = answers.fen("amount")
        if amount is None and not answers.given.get("amount", "").strip():
            answers.wrong("amount", N_("Write the amount in yuan, for example 1,234,500.00"))
        asked["amount_fen"] = amount or ""
        asked["days"] = str(answers.whole("days", 1, MOST_DAYS))
    if asks != "end" or given.get("sha256", "").strip():
        asked["sha256"] = answers.sha256("sha256")
    return answers, asked


def paper(asked: Mapping[str, str]) -> Paper:
    """Return what an address says of a paper; raises ValueError, KeyError."""
    days = int(asked["days"])
    if days > MOST_DAYS:
        raise ValueError(days)
    return Paper(
        number=asked.get("number", "-"),
        signed_on=date.fromisoformat(asked["signed_on"]),
        amount_fen=Fen(int(asked["amount_fen"])),
        days=days,
        bond_fen=Fen(int(asked["bond_fen"])) if "bond_fen" in asked else None,
        reason=asked.get("reason", "-"),
        document_sha256=asked["sha256"],
    )


def ended(asked: Mapping[str, str]) -> Ended:
    """Return what an address says of an end; raises ValueError, KeyError."""
    return Ended(
        ended_on=date.fromisoformat(asked["ended_on"]),
        ending=Ending(asked["ending"]),
        reason=asked["reason"],
        document_sha256=asked.get("sha256"),
    )


def source(asks: Asks, asked: Mapping[str, str], tender: str, lot: str) -> str:
    """Return the address of the text that follows from a form that is right."""
    return f"{API}/tenders/{tender}/lots/{lot}/{_NAMES[asks][0]}?{urlencode(asked)}"


_NAMES: Mapping[Asks, tuple[str, str]] = {
    "contract": ("contract-draft", "signed_on"),
    "change": ("contract-change-draft", "signed_on"),
    "end": ("contract-end-draft", "ended_on"),
}
"""The address of the text, and what its day is called there."""
