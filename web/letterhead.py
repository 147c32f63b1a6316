"""What surrounds every page, and what a page is: the hall, its clock, the reader, the ledger."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class Lang(StrEnum):
    """A language of the pages; the value is the `lang` of the document."""

    ZH = "zh-CN"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages, as their author wrote them."""

    zh: str
    en: str


class Section(StrEnum):
    """The links of the head; a page belongs to at most one."""

    ANNOUNCEMENTS = "/announcements"
    OPENINGS = "/openings"
    SUBMIT = "/submit"
    VERIFY = "/verify"
    STATUS = "/status"
    STATISTICS = "/statistics"
    HELP = "/help"


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """The published head that closes every page. `root`: hex; `cosigners`: outside bodies."""

    size: int
    root: str
    at: datetime
    cosigners: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is logged in: `role` is a value of `notary.identity.Role`, `person` the id."""

    name: str
    org: str
    role: str
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What surrounds every page: the hall, its clock, the reader, the head of the ledger.

    `path` is the address with its query but without `lang`, so that the other language keeps the
    page. `origin` is the web origin, printed under the page's address on paper. `key`: what a form
    of this page sends along, so that its act is done once however often it is pressed. `players`:
    in a demo hall, whom a reader may act as, by name and title. `branch`: the name of the branch
    whose lists are shown; `at`: what the addresses of lists begin with there. `bridge`: the origin
    of the driver of CA tokens, where the hall has set one; `lodges`: of its second channels.
    """

    lang: Lang
    path: str
    origin: str
    hall: Text
    now: datetime
    demo: bool
    reader: Reader | None
    ledger: LedgerHead | None
    key: str = ""
    branch: str | None = None
    at: str = ""
    practice: bool = False
    players: tuple[tuple[str, str], ...] = ()
    bridge: str | None = None
    lodges: tuple[str, ...] = ()

    @property
    def other(self) -> Lang:
        """The language that the link in the head leads to."""
        return Lang.EN if self.lang is Lang.ZH else Lang.ZH

    def address_in(self, lang: Lang) -> str:
        """Return this page's address in a language."""
        return f"{self.path}{'&' if '?' in self.path else '?'}lang={lang}"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page's own matter: its template, and the link of the head that it belongs to."""

    template: ClassVar[str]
    section: ClassVar[Section | None] = None
