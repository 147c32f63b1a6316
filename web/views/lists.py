"""What the list of announcements shows, and what is made of a query: feeds, subscriptions.

The same contract as `web.views.public`, where the lines of the list are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from web.letterhead import Section, Text, View
from web.search import Kind, Search, Stage
from web.views.public import TenderRow


@dataclass(frozen=True, slots=True)
class Option:
    """One box of a facet: how many announcements it has under the other conditions.

    `label`: the name of a branch or a body; None where the value is a word of a closed list.
    """

    value: str
    count: int
    chosen: bool
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """A fieldset of the filter. `name`: the parameter of the address."""

    name: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView(View):
    """Announcements that fit a query, all of whose state is in the address.

    `pages`: how many there are. `nearest`: for an empty list, a wider query and its count.
    """

    template: ClassVar[str] = "announcements/page.html"
    section: ClassVar[Section | None] = Section.ANNOUNCEMENTS

    search: Search
    facets: tuple[Facet, ...]
    total: int
    pages: int
    rows: tuple[TenderRow, ...]
    nearest: tuple[Search, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """An announcement in a feed or a table: facts of its notice alone. `title`: in XML's letters.

    `updated`: when its notice changed last.
    """

    tender: str
    title: Text
    kind: Kind
    stage: Stage
    branch: str | None
    purchaser: str
    agency: str
    published: datetime
    updated: datetime
    deadline: datetime
    ceiling_fen: int | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomView(View):
    """A query as an Atom feed (RFC 4287). `own`: its address; `page`: that of the list."""

    template: ClassVar[str] = "announcements/atom.html"

    own: str
    page: str
    search: Search
    updated: datetime
    rows: tuple[NoticeRow, ...]


@dataclass(frozen=True, slots=True)
class Asks:
    """One condition of a query. `name`: as in the address; `said`: its value, or a body's name."""

    name: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeView(View):
    """Subscribe to a query: what it asks, and where the mail goes; `mail` None: nowhere yet.

    `total`: how many announcements it finds today. `is_known`: somebody has logged in.
    """

    template: ClassVar[str] = "subscriptions/new.html"
    section: ClassVar[Section | None] = Section.ANNOUNCEMENTS

    search: Search
    asks: tuple[Asks, ...]
    total: int
    is_known: bool
    mail: str | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """A subscription of the reader's own. `feed`: the address of its private feed."""

    subscription: str
    search: Search
    asks: tuple[Asks, ...]
    rhythm: str
    since: datetime
    paused_at: datetime | None
    feed: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionsView(View):
    """What the reader has subscribed to. `mail`: where it goes, None where nowhere."""

    template: ClassVar[str] = "subscriptions/page.html"

    mail: str | None
    rows: tuple[SubscriptionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveView(View):
    """End a subscription by its link, without a log-in. `asks` None: it has ended."""

    template: ClassVar[str] = "subscriptions/leave.html"

    asks: tuple[Asks, ...] | None
    action: str
