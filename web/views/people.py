"""What the pages about people show: messages, the telephone list, the own body, coming in.

The same contract as `web.views.public`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from markupsafe import Markup

from notary.applications import Application
from notary.colleagues import Colleague, Device
from notary.passkeys import Passkey
from notary.settling import Settled, Thing
from notary.stand_ins import StandIn
from web.letterhead import Text, View
from web.typed import Typed
from web.views.house import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message. `subject`, `said`: as it was sent; `states`: way and how it went."""

    message: int
    subject: str
    said: str
    href: str
    at: datetime
    is_read: bool
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesView(View):
    """A reader's own messages, addresses, and the tenders that are followed.

    `keys`: one fresh key a form, by the form's name.
    """

    template: ClassVar[str] = "messages/page.html"

    keys: dict[str, str]
    mail: str
    mobile: str
    language: str
    messages: tuple[MessageRow, ...]
    followed: tuple[tuple[str, str], ...]

    @property
    def unread(self) -> int:
        """How many messages nobody has confirmed."""
        return sum(not one.is_read for one in self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowView(View):
    """Whether the reader follows a tender, and where this reader is told; or how to come in."""

    template: ClassVar[str] = "messages/follow.html"

    key: str
    tender: str
    title: Text
    is_known: bool
    follows: bool
    mail: str | None
    mobile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView(View):
    """One message as its link shows it. `action`: where the button posts to."""

    template: ClassVar[str] = "messages/letter.html"

    row: MessageRow
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """Somebody to call: who, where, about what."""

    row: MessageRow
    name: str
    person: str
    mobile: str | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsView(View):
    """The telephone list: what reached nobody, or was not read in time."""

    template: ClassVar[str] = "messages/calls.html"

    calls: tuple[CallRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmView(View):
    """My body: its people, their devices and stand-ins, and what the reader may do with them.

    `reader`: the reader's own id; `is_head`: may bring in, restrict and let go; `is_firm`: its head
    brings colleagues in alone. `keys`: one fresh key for each kind of button. `invited`: link, name
    and end of open links. `can_make_passkeys`: the hall's address is one that browsers take;
    `has_password`: the reader may log in by one. `typed`: the form of a stand-in that comes back.
    """

    template: ClassVar[str] = "firm/page.html"

    name: str
    line: str
    branch: str | None
    reader: str
    is_head: bool
    is_firm: bool
    keys: dict[str, str]
    people: tuple[Colleague, ...]
    devices: tuple[Device, ...]
    passkeys: tuple[Passkey, ...]
    can_make_passkeys: bool
    has_password: bool
    stand_ins: tuple[StandIn, ...]
    invited: tuple[tuple[str, str, datetime], ...]
    today: date
    typed: Typed | None = None

    def name_of(self, person: str) -> str:
        """Return what somebody of the body is called; who has left, by the id."""
        return next((one.name for one in self.people if one.person == person), person)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles for which the reader may name a stand-in: a head for everybody's."""
        of = [one for one in self.people if self.is_head or one.person == self.reader]
        return tuple(dict.fromkeys(role for one in of for role in one.roles if role != "expert"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeView(View):
    """Coming in by a link: name, password, second factor.

    `secret`: base32, as an authenticator takes it; `otpauth`: the same as an address, `qr`: that
    address to be scanned; `factor`: the same sealed, for the form to bring back. Each showing has
    another one.
    """

    template: ClassVar[str] = "accounts/welcome.html"

    key: str
    action: str
    person: str
    name: str
    org: str
    roles: tuple[str, ...]
    secret: str
    factor: str
    otpauth: str
    qr: Markup
    good_until: datetime
    refused: Refused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupView(View):
    """The nine things that a hall is asked: what was said of each, None where it is open.

    `two_persons`: those that a second person has to agree to.
    """

    template: ClassVar[str] = "setup/page.html"

    reader: str
    keys: dict[Thing, str]
    things: tuple[tuple[Thing, Settled | None], ...]
    two_persons: frozenset[Thing]

    @property
    def open(self) -> int:
        """How many are neither in force nor waiting for the second person."""
        return sum(one is None or one.words is None for _, one in self.things)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolView(View):
    """The ways in for a firm. `origin`: of the hall's log; `enrolled`: who has just come in."""

    template: ClassVar[str] = "enrol/page.html"

    keys: dict[str, str]
    origin: str
    enrolled: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationView(View):
    """How far an application is, for the firm. `link`: its first person's, once it is let in."""

    template: ClassVar[str] = "enrol/application.html"

    application: Application
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionView(View):
    """A firm that asks to come in, for an officer or an operator. `decides`: the reader is due."""

    template: ClassVar[str] = "desk/admission.html"

    application: Application
    decides: bool
    keys: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingRow:
    """One key that the reader's body holds for a box. `path`: as the command line names the box.

    `proved_at`: when it last opened a test envelope; `asked`: the opening waits for its share.
    """

    title: Text
    tender: str
    path: str
    room: str
    group: str
    member: str
    gen: int
    duty: str
    open_at: datetime
    release_by: datetime
    proved_at: datetime | None
    asked: bool
    released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingsView(View):
    """The keys that a body holds, and how its shares come out: by its program, or by plain age."""

    template: ClassVar[str] = "desk/holdings.html"

    rows: tuple[HoldingRow, ...]

    @property
    def asked(self) -> tuple[HoldingRow, ...]:
        """Those that are waited for now."""
        return tuple(one for one in self.rows if one.asked)
