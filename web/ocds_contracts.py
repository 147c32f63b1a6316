"""Open data of contracts: what is public of them as parts of OCDS 1.1.5 releases.

Pure. A contract, each change of it, each milestone that both sides call reached, its end: one
release each. What only one side reports is in none.

Source: opendata.md 1; standard.open-contracting.org, 1.1.5, contracts and implementation.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from bidding.contract import Agreed, Change, Contract, Due, Milestone, Step

Value: TypeAlias = "str | Decimal | int | list[Value] | dict[str, Value]"
Act: TypeAlias = "tuple[datetime, str, dict[str, Value]]"
"""When, its tag, its members."""

_TYPES = {Due.DELIVERY: "delivery", Due.PAYMENT: "financing"}


def acts(contract: Agreed, title: str, currency: str) -> Iterator[Act]:
    """Give the public acts of a contract; `title`: of its lot."""
    signed, n = contract.signed, 0
    for one in contract.stated:
        if one.step is Step.SIGNED:
            yield _act(contract, one.at, "contract", _signed(signed, title, currency))
        elif one.step is Step.CHANGED:
            change = contract.changes[n]
            n += 1
            yield _act(contract, one.at, "contractAmendment", _changed(signed, change, n, currency))
        elif contract.end is not None:
            ended: dict[str, Value] = {
                "status": "terminated",
                "period": {"endDate": _day(contract.end.ended_on)},
            }
            yield _act(contract, one.at, "contractTermination", ended)
    for milestone in contract.milestones:
        if milestone.report is not None and milestone.report.said is not None:
            reached: dict[str, Value] = {"implementation": _reached(milestone, currency)}
            yield _act(contract, milestone.report.said.at, "implementation", reached)


def _act(contract: Agreed, at: datetime, tag: str, members: dict[str, Value]) -> Act:
    signed = contract.signed
    place: dict[str, Value] = {
        "id": f"{signed.tender}-{signed.lot}-contract",
        "awardID": f"{signed.tender}-{signed.lot}-{signed.bidder}",
    }
    return at, tag, {"tender": {"id": signed.tender}, "contracts": [place | members]}


def _signed(signed: Contract, title: str, currency: str) -> dict[str, Value]:
    return {
        "title": title,
        "status": "active",
        "dateSigned": _day(signed.signed_on),
        **_terms(signed, signed.amount_fen, signed.days, currency),
    }


def _changed(signed: Contract, change: Change, n: int, currency: str) -> dict[str, Value]:
    return {
        **_terms(signed, change.amount_fen, change.days, currency),
        "amendments": [{"id": str(n), "date": _day(change.signed_on), "rationale": change.reason}],
    }


def _terms(signed: Contract, fen: int, days: int, currency: str) -> dict[str, Value]:
    return {
        "value": _amount(fen, currency),
        "period": {
            "startDate": _day(signed.signed_on),
            "endDate": _day(signed.signed_on + timedelta(days=days)),
            "durationInDays": days,
        },
    }


def _reached(milestone: Milestone, currency: str) -> dict[str, Value]:
    assert milestone.report is not None  # noqa: S101 - asked of reached ones alone
    met = _day(milestone.report.done_on)
    known: dict[str, Value] = {
        "milestones": [
            {
                "id": str(milestone.milestone),
                "title": milestone.title,
                "type": _TYPES[milestone.what],
                "dueDate": _day(milestone.due_on),
                "dateMet": met,
                "status": "met",
            }
        ]
    }
    if milestone.amount_fen is not None:
        known["transactions"] = [
            {
                "id": str(milestone.milestone),
                "date": met,
                "value": _amount(milestone.amount_fen, currency),
            }
        ]
    return known


def _amount(fen: int, currency: str) -> dict[str, Value]:
    return {"amount": Decimal(fen).scaleb(-2), "currency": currency}


def _day(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+08:00"
