"""Announcements that fit a query: what is asked of the services, and what the list shows of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bidding import standing
from notary import identity
from notary.hall import Hall
from sql.database import Database, Tx
from trading import service as trading
from trading import types
from trading.types import Fen, Found, Order, Tender
from web import beijing, showing
from web.search import HALL_ITSELF, ROWS, Kind, Search, Sort, Stage
from web.views import public
from web.views.lists import Facet, Option

AGENCIES = 8
"""Agencies that the filter names: those with most notices, and every one that is chosen."""

_ORDERS = {
    Sort.DEADLINE: Order.DEADLINE,
    Sort.NEWEST: Order.NEWEST,
    Sort.AMOUNT: Order.AMOUNT,
}


def asked(
    wanted: Search, branch: str | None, take: int = ROWS, *, tenders: tuple[str, ...] | None = None
) -> types.Search:
    """Return the service's form of a query; `branch`: below which the list is asked for."""
    return types.Search(
        words=wanted.words,
        kinds=tuple(showing.TRADES[one] for one in wanted.kinds),
        phases=tuple(phase for one in wanted.stages for phase in showing.phases(one)),
        branches=wanted.branches if branch is None else (branch,),
        agencies=wanted.agencies,
        since=None if wanted.since is None else beijing.midnight(wanted.since),
        until=None if wanted.until is None else beijing.midnight(wanted.until + timedelta(days=1)),
        least=None if wanted.least is None else Fen(wanted.least),
        most=None if wanted.most is None else Fen(wanted.most),
        tenders=tenders,
        order=_ORDERS[wanted.sort],
        skip=(wanted.page - 1) * take,
        take=take,
    )


def pages(found: Found, take: int = ROWS) -> int:
    """Return how many pages the list has: at least one."""
    return max(1, -(-found.total // take))


async def nearest(
    database: Database, hall: Hall, wanted: Search, branch: str | None
) -> tuple[Search, int] | None:
    """Return the nearest wider query that finds something, and how much; None where none does."""
    for wider in wanted.wider:
        found = await trading.search(database, hall, asked(wider, branch))
        if found.total:
            return wider, found.total
    return None


async def rows(
    database: Database, tenders: tuple[Tender, ...], now: datetime
) -> list[public.TenderRow]:
    """Return the lines of these tenders."""
    where = await standing.of_tenders(database, [one.facts.tender_id for one in tenders])
    async with database.transaction() as tx:
        ids = sorted({one.purchaser for one in tenders})
        found = {one: await identity.organisation(tx, one) for one in ids}
        branches = await names(tx, {one.branch for one in tenders if one.branch is not None})
    bodies = {one: body for one, body in found.items() if body is not None}
    return [
        replace(
            showing.tender_row(one, where[one.facts.tender_id][0], bodies, now),
            branch=None if one.branch is None else branches[one.branch],
        )
        for one in tenders
    ]


async def names(tx: Tx, branches: set[str]) -> dict[str, str]:
    """Return what branches are called, by their code."""
    return {one: await identity.branch_name(tx, one) or one for one in sorted(branches)}


def facets(
    wanted: Search, found: Found, branches: Mapping[str, str], *, within: str | None
) -> tuple[Facet, ...]:
    """Return the filter of the list, with counts under the other conditions.

    `branches`: names by code. `within`: the branch below which the list is asked for, which then
    is no matter of the filter.
    """
    given = [
        _facet("kind", {one: found.by_kind[showing.TRADES[one]] for one in Kind}, wanted.kinds),
        _facet(
            "stage",
            {
                stage: sum(found.by_phase[phase] for phase in showing.phases(stage))
                for stage in Stage
            },
            wanted.stages,
        ),
    ]
    if within is None and set(found.by_branch) | set(wanted.branches) != {HALL_ITSELF}:
        counts = dict.fromkeys(wanted.branches, 0) | found.by_branch
        given.append(_facet("branch", counts, wanted.branches, branches))
    agencies = dict.fromkeys(wanted.agencies, 0) | found.by_agency
    most = sorted(agencies, key=lambda one: (-agencies[one], one))[:AGENCIES]
    shown = {one: agencies[one] for one in [*most, *sorted(set(wanted.agencies) - set(most))]}
    given.append(_facet("agency", shown, wanted.agencies, found.agencies))
    return tuple(given)


def _facet(
    name: str,
    counts: Mapping[str, int],
    chosen: tuple[str, ...],
    labels: Mapping[str, str] | None = None,
) -> Facet:
    return Facet(
        name=name,
        options=tuple(
            Option(
                value=value,
                count=count,
                chosen=value in chosen,
                label=None if labels is None else labels.get(value),
            )
            for value, count in counts.items()
        ),
    )
