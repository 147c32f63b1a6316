"""A query taken along: the lines of a feed, the table, the package of open data."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime

from notary import identity
from notary.hall import Hall
from sql.database import Database, Tx
from trading import service as trading
from trading.rules import phases
from trading.types import Search as Asked
from trading.types import Tender
from web import beijing, figures, finding, ocds, publishing, showing
from web.letterhead import Text
from web.names import NAMES
from web.ocds import Publisher
from web.search import Search
from web.views.lists import NoticeRow
from web.words import Words

FEED_ROWS = 50
"""The newest announcements of a feed; who reads it once a day misses none in ordinary times."""

TABLE_ROWS = 5000
"""The most lines of a table; a query that finds more is narrowed by its days."""

RELEASE_TENDERS = 50
"""Tenders of one page of open data; the next page is linked."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def rows(database: Database, hall: Hall, asked: Asked) -> tuple[datetime, list[NoticeRow]]:
    """Return what fits, and the hall's time at which it did."""
    found = await trading.search(database, hall, asked)
    async with database.transaction() as tx:
        orgs = {body for one in found.tenders for body in (one.purchaser, one.agency)}
        names = await _names(tx, orgs)
        branches = await finding.names(tx, {one.branch for one in found.tenders if one.branch})
        updated = await trading.last_revisions(tx, [one.facts.tender_id for one in found.tenders])
    return found.at, [_row(one, names, branches, updated, found.at) for one in found.tenders]


def table(found: Sequence[NoticeRow], words: Words, origin: str) -> bytes:
    """Return the rows as CSV (RFC 4180) that spreadsheets open as it is, in the reader's words."""
    gettext, kinds, stages = words.gettext, NAMES["kind"], NAMES["stage"]
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(
        [
            gettext("Number"),
            gettext("Title"),
            gettext("Kind of trade"),
            gettext("Stage"),
            gettext("Region"),
            gettext("Purchaser"),
            gettext("Agency"),
            gettext("Published"),
            gettext("Deadline"),
            gettext("Ceiling price"),
            gettext("Currency"),
            gettext("Address"),
        ]
    )
    for one in found:
        cells = [
            one.tender,
            one.title.zh if words.lang == "zh-CN" else one.title.en,
            gettext(kinds[one.kind]),
            gettext(stages[one.stage]),
            one.branch or "",
            one.purchaser,
            one.agency,
            beijing.iso(one.published),
            beijing.iso(one.deadline),
            "" if one.ceiling_fen is None else figures.money(one.ceiling_fen).replace(",", ""),
            one.currency,
            f"{origin}/tenders/{one.tender}",
        ]
        # A cell that a spreadsheet would reckon (OWASP, "CSV injection") is made a text.
        out.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return written.getvalue().encode("utf-8-sig")


async def releases(
    database: Database, hall: Hall, who: Publisher, wanted: Search, branch: str | None, path: str
) -> bytes | None:
    """Return a page of a query as a release package; None: OCDS has no empty one.

    `path`: of the address it is found at.
    """
    asked = finding.asked(wanted, branch, RELEASE_TENDERS)
    found = await trading.search(database, hall, asked)
    made = [
        release
        for one in found.tenders
        for release in await publishing.releases(database, who, one.facts.tender_id)
    ]
    if not made:
        return None
    links = {}
    if wanted.page < finding.pages(found, RELEASE_TENDERS):
        links["next"] = f"{who.origin}{path}{wanted.on_page(wanted.page + 1).query}"
    if wanted.page > 1:
        links["prev"] = f"{who.origin}{path}{wanted.on_page(wanted.page - 1).query}"
    uri = f"{who.origin}{path}{wanted.query}"
    return ocds.release_package(who, uri, found.at, made, links)


def _row(
    tender: Tender,
    names: dict[str, str],
    branches: dict[str, str],
    updated: dict[str, datetime],
    now: datetime,
) -> NoticeRow:
    facts = tender.facts
    assert facts.published_at is not None  # noqa: S101 - a search finds no drafts
    return NoticeRow(
        tender=facts.tender_id,
        title=Text(*(_NOT_XML.sub("", one) for one in (tender.title.zh, tender.title.en))),
        kind=showing.KINDS[tender.kind],
        stage=showing.STAGES[phases.phase(facts, now)],
        branch=None if tender.branch is None else branches[tender.branch],
        purchaser=names.get(tender.purchaser, tender.purchaser),
        agency=names.get(tender.agency, tender.agency),
        published=facts.published_at,
        updated=updated.get(facts.tender_id, facts.published_at),
        deadline=facts.deadline,
        ceiling_fen=tender.ceiling_fen,
        currency=tender.currency,
    )


async def _names(tx: Tx, orgs: set[str]) -> dict[str, str]:
    bodies = [await identity.organisation(tx, one) for one in sorted(orgs)]
    return {one.org: _NOT_XML.sub("", one.name) for one in bodies if one is not None}
