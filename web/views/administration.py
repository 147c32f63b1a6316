"""The administrator's page, and the search of the ledger for whoever audits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from notary.audit import Trace
from notary.colleagues import Device
from notary.enrolment import Proposed
from notary.identity import Line, Role
from notary.invitations import Invitation
from notary.offices import Office
from notary.settling import Settled, Thing
from notary.ways_in import Revocation
from web.letterhead import View


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """Somebody proposed whom nobody has approved yet.

    `certificate`: SHA-256 of it, None where none was proposed. `own`: the reader proposed it.
    """

    one: Proposed
    certificate: str | None
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationView(View):
    """Who holds which role and who is to, what the hall is set to, what was not delivered.

    `links`: of people whom the reader has let in, not seen yet. `ends`: the reader may end a role.
    `certificates`: good ones of the body or person `of`, which an administrator looks up.
    `lines`, `roles`: what can be proposed, in order. `calls`: messages that reached nobody;
    `settled`: what /setup has been told, by what it is. `known_until`: the last day of which it is
    known whether it is a working day. `kept`: how many minutes the hall keeps what passes, by its
    name. `dictionaries`: closed lists with their values.
    """

    template: ClassVar[str] = "administration/page.html"
    lines: ClassVar[tuple[Line, ...]] = tuple(Line)
    roles: ClassVar[tuple[Role, ...]] = tuple(Role)
    revocations: ClassVar[tuple[Revocation, ...]] = tuple(Revocation)

    offices: tuple[Office, ...]
    waiting: tuple[WaitingRow, ...]
    links: tuple[Invitation, ...]
    of: str
    certificates: tuple[Device, ...]
    ends: bool
    settled: tuple[tuple[Thing, Settled | None], ...]
    calls: int
    known_until: date
    kept: Mapping[str, int]
    dictionaries: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView(View):
    """The link of somebody who was let in, whole: shown once, to be handed over."""

    template: ClassVar[str] = "administration/link.html"

    shown: Invitation
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView(View):
    """What was found in the ledger; `most`: entries shown at most, the newest first."""

    template: ClassVar[str] = "administration/audit.html"

    kind: str
    actor: str
    subject: str
    since: date | None
    until: date | None
    families: tuple[str, ...]
    traces: tuple[Trace, ...]
    most: int
