"""The public ledger to read: newest head, entries page by page, one entry with its proof."""

from collections.abc import Collection

from aiohttp import web

from notary import canonical, disclosure, instant, ledger, note, published
from notary.entry import kind
from notary.ledger import Sequenced
from sql.database import Tx
from web import sheet
from web.access import PUBLIC, Does, Route
from web.keys import DATABASE, HALL
from web.names import ENTRIES
from web.views.ledger import EntryRow, EntryView, LedgerView

ROWS = 25
"""Entries on a page."""


async def page(request: web.Request) -> web.Response:
    """Show the newest head and a page of entries, of the whole log or of one tender."""
    tender = request.query.get("tender")
    hall = request.app[HALL]
    async with request.app[DATABASE].transaction() as tx:
        head, first = await published.newest(tx), await ledger.entry_at(tx, 0)
        size = 0 if head is None else head.size
        before = min(int(request.query.get("before", size)), size)
        opened = await disclosure.disclosed_to_all(tx)
        if tender is None:
            found = await _page(tx, before)
        else:
            found = [
                one
                for one in reversed(await ledger.entries_about(tx, tender))
                # That a closed entry is about a tender is not public either.
                if one.idx < before and _open(one, opened.get(one.idx, frozenset()))
            ]
    shown = found[:ROWS]
    rows = tuple(_row(one, _open(one, opened.get(one.idx, frozenset()))) for one in shown)
    view = LedgerView(
        origin=hall.origin,
        vkey="" if first is None else str(first.fields["vkey"]),
        log=_log(request),
        size=size,
        root="" if head is None else head.root.hex(),
        at=None if head is None else head.signed_at,
        lines=()
        if head is None
        else tuple(sorted({line.name for line in note.parse(head.note).lines})),
        rows=rows,
        tender=tender,
        newer=None if before >= size else size if tender else min(size, before + ROWS),
        older=shown[-1].idx if found[ROWS:] else None,
        families=tuple(ENTRIES),
    )
    return await sheet.page(request, view)


async def _page(tx: Tx, before: int) -> list[Sequenced]:
    """Return a page of entries that begin before an index, newest first, and one more."""
    start = max(0, before - ROWS - 1)
    found = await ledger.entries(tx, after=start - 1, limit=before - start) if before else []
    return found[::-1]


async def entry(request: web.Request) -> web.Response:
    """Show one entry."""
    index = int(request.match_info["index"])
    async with request.app[DATABASE].transaction() as tx:
        head = await published.newest(tx)
        found = None if head is None or index >= head.size else await ledger.entry_at(tx, index)
        if head is None or found is None:
            raise web.HTTPNotFound
        names = await disclosure.open_to(tx, found)
        covered = await published.first_with(tx, index)
    shown = disclosure.fields_of(found, names)
    view = EntryView(
        log=_log(request),
        row=_row(found, names),
        plain=kind(found.kind).plain is not None,
        fields=tuple((name, _said(shown[name])) for name in sorted(shown)),
        closed=tuple(sorted(found.fields.keys() - names)) if names else (),
        covered=None if covered is None else (covered.size, covered.signed_at),
        families=tuple(ENTRIES),
    )
    return await sheet.page(request, view)


def _open(found: Sequenced, disclosed: Collection[str]) -> frozenset[str]:
    """Return the names of an entry that everybody may see."""
    return disclosure.open_by_kind(kind(found.kind)).union(disclosed)


def _row(found: Sequenced, names: Collection[str]) -> EntryRow:
    open_ = disclosure.fields_of(found, names)
    return EntryRow(
        index=found.idx,
        leaf=found.leaf_hash.hex(),
        kind=kind(found.kind).family if names else None,
        at=instant.parse_micros(str(open_["at"])) if "at" in open_ else None,
        tender=str(open_["tender"]) if "tender" in open_ else None,
    )


def _said(value: canonical.Json) -> str:
    return value if isinstance(value, str) else canonical.dumps([value]).decode()[1:-1]


def _log(request: web.Request) -> str:
    return f"/log/{request.app[HALL].origin.rpartition('/')[2]}"


ROUTES = (
    Route(
        "GET",
        "/ledger",
        page,
        summary="The public ledger, newest entries first",
        roles=PUBLIC,
        does=Does.READ,
        query={"before": "[0-9]{1,12}", "tender": "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
    ),
    Route(
        "GET",
        "/ledger/{index:[0-9]{1,12}}",
        entry,
        summary="One entry of the ledger, with its proof",
        roles=PUBLIC,
        does=Does.READ,
    ),
)
