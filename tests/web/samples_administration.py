"""The administrator's page and the search of the ledger."""

from collections.abc import Callable
from datetime import date, timedelta

from notary.audit import Trace
from notary.colleagues import Device
from notary.enrolment import Proposed
from notary.identity import Line, Role
from notary.invitations import Invitation
from notary.register import Newcomer
from notary.settling import Settled, Thing
from tests.web.samples import NOON
from tests.web.samples_watch import STAND_IN, office
from web.letterhead import View
from web.names import NAMES
from web.views.administration import AdministrationView, AuditView, LinkView, WaitingRow


def waiting(proposal: str, certificate: str | None, *, own: bool) -> WaitingRow:
    """Return somebody who was proposed, by the reader or by another."""
    newcomer = Newcomer(
        org="ORG-AUDIT",
        org_name="市审计局",
        line=Line.SUPERVISION,
        branch=None,
        person="auditor-2",
        person_name="王工",
        roles=(Role.AUDITOR, Role.TRUSTEE),
        certificate=None if certificate is None else b"der",
    )
    one = Proposed(proposal=proposal, newcomer=newcomer, proposed_by="officer", proposed_at=NOON)
    return WaitingRow(one=one, certificate=certificate, own=own)


LINK = Invitation(
    invitation="3d" * 16,
    newcomer=waiting("1f" * 16, None, own=False).one.newcomer,
    prepares=False,
    made_by="officer",
    good_until=NOON + timedelta(hours=72),
)


CERTIFICATE = Device(
    cert_sha256="9c" * 32,
    person="auditor-1",
    name="王工",
    device=None,
    enrolled_at=NOON,
    used_at=None,
)


def administration() -> AdministrationView:
    """Return the page of a hall that has settled one thing and waits for another."""

    def said(thing: Thing, words: str | None) -> tuple[Thing, Settled | None]:
        one = Settled(
            settled=1, thing=thing, words=words, said_by="operator", said_at=NOON, agreed_by=None
        )
        return thing, one

    return AdministrationView(
        offices=(office(Role.SUPERVISOR, STAND_IN), office(Role.OPERATOR)),
        waiting=(
            waiting("1f" * 16, "9c" * 32, own=False),
            waiting("2e" * 16, None, own=True),
        ),
        links=(LINK,),
        of="ORG-AUDIT",
        certificates=(CERTIFICATE,),
        ends=True,
        settled=(
            said(Thing.LEVEL, "x"),
            said(Thing.BODIES, "x"),
            said(Thing.SMS, None),
            (Thing.DAYS, None),
        ),
        calls=2,
        known_until=date(2026, 12, 31),
        kept={"nonce": 5, "session": 720, "outcome": 43200},
        dictionaries={"kind": tuple(NAMES["kind"]), "alarm": tuple(NAMES["alarm"])},
    )


def found(*traces: Trace) -> AuditView:
    """Return what a search has found."""
    return AuditView(
        kind="trading.paused",
        actor="supervisor",
        subject="",
        since=date(2026, 11, 1),
        until=None,
        families=("trading.paused", "trading.halted"),
        traces=traces,
        most=100,
    )


TRACE = Trace(idx=57, kind="trading.paused.v1", subject="GC-2026-0918", at=NOON, actor="supervisor")

PAGES: dict[str, Callable[[], View]] = {
    "administration": administration,
    "link to hand over": lambda: LinkView(
        shown=LINK, link=f"https://hall.example/welcome/{'3d' * 16}/{'4e' * 16}"
    ),
    "audit": lambda: found(TRACE),
    "audit without a find": found,
}
