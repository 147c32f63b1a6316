"""What the pages of the public ledger show. The same contract as `web.views.public`.

An entry that is not open has a number and a hash, and nothing else: neither kind, time nor subject.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from web.letterhead import Section, View


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry of a list. `kind`: without its version; `kind`, `at`, `tender`: where open."""

    index: int
    leaf: str
    kind: str | None
    at: datetime | None
    tender: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView(View):
    """The newest head, and entries of the log, newest first.

    `size`, `root`, `at`: of the head, 0 entries before the first; `lines`: who has signed it, as
    the note names them. `tender`: whose open entries alone are shown. `newer`, `older`: where the
    pages beside this one begin, None where there is none. `families`: the kinds that have words.
    """

    template: ClassVar[str] = "ledger/page.html"
    section: ClassVar[Section | None] = Section.VERIFY

    origin: str
    vkey: str
    log: str
    size: int
    root: str
    at: datetime | None
    lines: tuple[str, ...]
    rows: tuple[EntryRow, ...]
    tender: str | None
    newer: int | None
    older: int | None
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView(View):
    """One entry: what of it is open, what is closed, since when the signed log has it.

    `fields`: names and values that everybody may see; `closed`: names of the others where some are
    open. `covered`: size and instant of the first signed head with it, None until there is one.
    """

    template: ClassVar[str] = "ledger/entry.html"
    section: ClassVar[Section | None] = Section.VERIFY

    log: str
    row: EntryRow
    plain: bool
    fields: tuple[tuple[str, str], ...]
    closed: tuple[str, ...]
    covered: tuple[int, datetime] | None
    families: tuple[str, ...]
