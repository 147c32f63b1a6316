"""Views of the pages about people: messages, addresses, the telephone list."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from notary import settling
from notary.applications import Application, Asked
from notary.colleagues import Colleague, Device
from notary.identity import Role
from notary.passkeys import Passkey
from notary.settling import Settled, Thing
from notary.stand_ins import StandIn
from tests.web.samples import NOON, TITLE
from web import qr
from web.letterhead import Text, View
from web.lights import Finding, Light
from web.views import people
from web.views.house import ReadinessView, Refused


def row(*, is_read: bool = False) -> people.MessageRow:
    """Return a message that went out on one way and not on the other."""
    return people.MessageRow(
        message=7,
        subject="改造",
        said="中文",
        href="/tenders/GC-2026-0918",
        at=NOON,
        is_read=is_read,
        states=(("mail", "sent"), ("sms", "failed")),
    )


def messages(*, empty: bool = False) -> people.MessagesView:
    """Return somebody's messages."""
    return people.MessagesView(
        keys=dict.fromkeys(("contact", "read"), "0" * 32),
        mail="" if empty else "w@example.cn",
        mobile="",
        language="en",
        messages=() if empty else (row(), row(is_read=True)),
        followed=() if empty else (("GC-2026-0918", "改造"),),
    )


def follow(
    *, follows: bool, mail: str | None = "w@example.cn", is_known: bool = True
) -> people.FollowView:
    """Return the page that lets somebody follow."""
    return people.FollowView(
        key="0" * 32,
        tender="GC-2026-0918",
        title=TITLE,
        is_known=is_known,
        follows=follows,
        mail=mail,
        mobile=None,
    )


def calls(*, empty: bool = False) -> people.CallsView:
    """Return the telephone list."""
    one = people.CallRow(row=row(), name="王工", person="wang", mobile=None, key="0" * 32)
    return people.CallsView(calls=() if empty else (one,))


def firm(*, is_head: bool = True) -> people.FirmView:
    """Return a firm of two, with a device and a stand-in."""
    wang = Colleague(person="wang", name="王工", roles=(Role.BIDDER,), is_head=True, prepares=False)
    li = Colleague(person="li", name="王工", roles=(Role.BIDDER,), is_head=False, prepares=True)
    return people.FirmView(
        name="投标人甲",
        line="none",
        branch=None,
        reader="wang" if is_head else "li",
        is_head=is_head,
        is_firm=True,
        keys=dict.fromkeys(
            ("invite", "right", "leave", "revoke", "passkey", "stand", "end"), "0" * 32
        ),
        people=(wang, li),
        devices=(
            Device(
                cert_sha256="3f" * 32,
                person="wang",
                name="王工",
                device=None,
                enrolled_at=NOON,
                used_at=None,
            ),
        ),
        passkeys=(
            Passkey(
                passkey="3f" * 32,
                person="wang" if is_head else "left",
                name="中文",
                enrolled_at=NOON,
                used_at=NOON,
                revoked_at=None,
            ),
        ),
        can_make_passkeys=is_head,
        has_password=is_head,
        stand_ins=(a_stand_in(),),
        invited=(("https://hall.example/welcome/0/0", "王工", NOON),) if is_head else (),
        today=NOON.date(),
    )


def enrol(enrolled: str | None = None) -> people.EnrolView:
    """Return the page that lets a firm in."""
    keys = dict.fromkeys(("apply", "signed"), "0" * 32)
    return people.EnrolView(keys=keys, origin="hall.example/log/0", enrolled=enrolled)


def application(**changed: object) -> Application:
    """Return a firm that nobody has looked at yet; `changed`: members that differ."""
    asked = Asked(
        org="91210300MA0", org_name="投标人甲", person_name="王工", contact="w@example.cn"
    )
    usual = Application(
        application="0" * 32,
        asked=asked,
        asked_at=NOON,
        officer=None,
        operator=None,
        invitation=None,
        decided_at=None,
        refused_why=None,
    )
    return replace(usual, **changed)  # type: ignore[arg-type]  # the names are Application's


REFUSED = application(refused_why="中文", decided_at=NOON)
LET_IN = application(officer="o", operator="p", invitation="0" * 32, decided_at=NOON)


def admission(known: Application, *, decides: bool = False) -> people.AdmissionView:
    """Return a firm as an officer sees it."""
    return people.AdmissionView(
        application=known,
        decides=decides,
        keys=dict.fromkeys(("approve", "refuse"), "0" * 32),
    )


def holdings(*, empty: bool = False) -> people.HoldingsView:
    """Return a trustee's keys: one released, one asked for, one ready, one never heard."""
    usual = people.HoldingRow(
        title=TITLE,
        tender="GC-2026-0918",
        path="GC-2026-0918/1/single",
        room="o-0",
        group="officer",
        member="chief",
        gen=2,
        duty="armed",
        open_at=NOON,
        release_by=NOON + timedelta(minutes=30),
        proved_at=NOON,
        asked=False,
        released=True,
    )
    rows = (
        usual,
        replace(usual, asked=True, released=False),
        replace(usual, released=False),
        replace(usual, released=False, proved_at=None, duty="attended"),
    )
    return people.HoldingsView(rows=() if empty else rows)


def a_stand_in() -> StandIn:
    """Return a stand-in for a day."""
    return StandIn(
        stand_in="0" * 32,
        absent="wang",
        absent_name="王工",
        person="li",
        person_name="王工",
        role=Role.BIDDER,
        from_at=NOON,
        to_at=NOON + timedelta(days=1),
        reason="leave",
    )


def welcome(code: str | None = None) -> people.WelcomeView:
    """Return the page of a link, with what was wrong the last time."""
    return people.WelcomeView(
        key="0" * 32,
        action="/welcome/0/0",
        person="li",
        name="",
        org="投标人甲",
        roles=("bidder",),
        secret="JBSWY3DPEHPK3PXP",  # noqa: S106 - of nobody
        factor="00",
        otpauth="otpauth://totp/hall:li?secret=JBSWY3DPEHPK3PXP",
        qr=qr.code("otpauth://totp/hall:li?secret=JBSWY3DPEHPK3PXP"),
        good_until=NOON,
        refused=None if code is None else Refused(code, {"least": 12}, "", law=False),
    )


def setup() -> people.SetupView:
    """Return the nine things: some said, one skipped, one waiting, the others open."""
    usual = {"settled": 1, "said_by": "wang", "said_at": NOON, "agreed_by": None}
    said = {
        thing: Settled(**{**usual, "thing": thing, "words": words})  # type: ignore[arg-type]
        for thing, words in (
            (Thing.LEVEL, "x"),
            (Thing.DAYS, None),
            (Thing.RULES, "construction/2026-11"),
        )
    }
    return people.SetupView(
        reader="li",
        keys=dict.fromkeys(Thing, "0" * 32),
        things=tuple((thing, said.get(thing)) for thing in Thing),
        two_persons=settling.TWO_PERSONS,
    )


def readiness(*, good: bool = True) -> ReadinessView:
    """Return the lights of a morning."""
    says = Text("中文", "is so")
    found = tuple(Finding(what=one, good=good, says=says) for one in Light)
    return ReadinessView(findings=found, calls=0 if good else 2)


PAGES: dict[str, Callable[[], View]] = {
    "messages": messages,
    "messages-none": lambda: messages(empty=True),
    "follow": lambda: follow(follows=False),
    "following": lambda: follow(follows=True),
    "follow-nobody": lambda: follow(follows=False, mail=None, is_known=False),
    "follow-nowhere": lambda: follow(follows=False, mail=None),
    "letter": lambda: people.LetterView(row=row(), action="/m/7/0"),
    "calls": calls,
    "firm": firm,
    "firm-colleague": lambda: firm(is_head=False),
    "enrol": enrol,
    "enrolled": lambda: enrol("91210300MA0"),
    "application": lambda: people.ApplicationView(application=application(), link=None),
    "application-refused": lambda: people.ApplicationView(application=REFUSED, link=None),
    "application-let-in": lambda: people.ApplicationView(
        application=LET_IN, link="https://hall.example/welcome/0/0"
    ),
    "admission": lambda: admission(application(), decides=True),
    "admission-half": lambda: admission(application(officer="o")),
    "admission-refused": lambda: admission(REFUSED),
    "admission-let-in": lambda: admission(LET_IN),
    "holdings": holdings,
    "holdings-none": lambda: holdings(empty=True),
    "readiness": readiness,
    "readiness-red": lambda: readiness(good=False),
    "setup": setup,
    "welcome": welcome,
    "welcome-again": lambda: welcome("invitation.code_wrong"),
    "calls-none": lambda: calls(empty=True),
}
