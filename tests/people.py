"""A house with people for tests: a hall that trusts one authority, and who comes into it."""

import base64
import itertools
from dataclasses import dataclass, replace
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from notary import authority, canonical, cms, register
from notary import enrolment as acts
from notary.canonical import Json
from notary.entropy import system_entropy
from notary.hall import Hall
from notary.identity import Line, Role
from notary.once import Once
from notary.register import Newcomer
from sql.database import Database
from tests.authorities import AT, YEAR, TestAuthority, an_authority
from tests.fakeclock import FakeClock
from web.client import SigningPair

ORIGIN = "hall.example/log/0123abcd"

_keys = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A hall at AT, its database, and the authority that it trusts."""

    hall: Hall
    clock: FakeClock
    database: Database
    authority: TestAuthority

    def pair(self, org: str, name: str = "Wang Min") -> SigningPair:
        """Make a key with a certificate of the hall's authority for a body."""
        key = authority.new_key(system_entropy)
        return SigningPair(
            key=key,
            certificate=self.authority.issue(key.public_key(), name=name, identifier=org),
        )

    async def take_in(self, newcomer: Newcomer) -> None:
        """Enrol whoever it is, as the first start does."""
        async with self.database.transaction() as tx:
            at = await self.hall.clock(tx)
            await register.take_in(tx, self.hall, newcomer, by="hall", proposed_by=None, at=at)

    async def count(self, table: str) -> int:
        """Count the rows of a table."""
        async with self.database.transaction() as tx:
            counted: int = await tx.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        return counted

    async def kinds(self) -> list[str]:
        """Return the kinds of all entries, in the order in which they were appended."""
        async with self.database.transaction() as tx:
            rows = await tx.fetch("SELECT kind FROM notary.ledger_body ORDER BY entry_id")
        return [row["kind"].removeprefix("notary.").removesuffix(".v1") for row in rows]


def a_house(database: Database) -> House:
    """Return a demo hall that trusts one authority."""
    made, clock = an_authority(), FakeClock(AT)
    key = authority.new_key(system_entropy)
    certificate = made.issue(key.public_key(), name="hall")
    hall = Hall(
        origin=ORIGIN,
        clock=clock,
        entropy=system_entropy,
        authorities=made.authorities(),
        certificate=certificate,
        sign=lambda statement: cms.sign(statement, key, certificate),
        demo=True,
    )
    return House(hall=hall, clock=clock, database=database, authority=made)


def a_once(actor: str = "") -> Once:
    """Return the binding of a request that was never sent before."""
    return Once(actor=actor, key=f"key-{next(_keys):016}", request_sha256=bytes(32))


def newcomer(person: str = "li-na", **changed: object) -> Newcomer:
    """Return an administrator of the trading centre; `changed`: members that differ."""
    usual = Newcomer(
        org="CENTRE",
        org_name="Anshan Trading Centre",
        line=Line.EXECUTION,
        branch=None,
        person=person,
        person_name="Li Na",
        roles=(Role.ADMINISTRATOR,),
        certificate=None,
    )
    return replace(usual, **changed)  # type: ignore[arg-type] # the names are Newcomer's


def der(pair: SigningPair) -> bytes:
    """Return the certificate as the register keeps it."""
    return pair.certificate.public_bytes(Encoding.DER)


def octets(pair: SigningPair) -> str:
    """Return the certificate as the API takes it."""
    return base64.b64encode(der(pair)).decode()


def enrolment(org: str, pair: SigningPair, /, **changed: Json) -> dict[str, Json]:
    """Return a firm's statement; `changed`: members that differ."""
    return {
        "v": "hall-enrolment/v1",
        "origin": ORIGIN,
        "org": org,
        "cert_sha256": cms.cert_sha256(pair.certificate),
        **changed,
    }


def duty(org: str, certificate: x509.Certificate, /, **changed: Json) -> dict[str, Json]:
    """Return a body's statement for a duty certificate, for a year from AT."""
    return {
        "v": "hall-duty/v1",
        "origin": ORIGIN,
        "body": {"id": org, "name": org},
        "cert_sha256": cms.cert_sha256(certificate),
        "uses": ["trustee"],
        "from": "2026-11-30T08:00:00Z",
        "to": "2027-11-30T08:00:00Z",
        **changed,
    }


def duty_pair() -> SigningPair:
    """Make a duty key with its self-signed certificate."""
    key = authority.new_key(system_entropy)
    certificate = authority.self_signed(
        key,
        common_name="duty",
        organisation="Supervision Office",
        entropy=system_entropy,
        at=AT - timedelta(days=1),
        until=AT + YEAR,
    )
    return SigningPair(key=key, certificate=certificate)


def signature(statement: dict[str, Json], pair: SigningPair) -> tuple[bytes, bytes]:
    """Return the bytes of a statement and a signature of them."""
    written = canonical.dumps(statement)
    return written, cms.sign(written, pair.key, pair.certificate)


def signed(statement: dict[str, Json], pair: SigningPair) -> dict[str, Json]:
    """Return a signed statement as the API takes it."""
    _, p7s = signature(statement, pair)
    return {"object": statement, "p7s": base64.b64encode(p7s).decode()}


async def enrol(house: House, org: str, pair: SigningPair, /, **changed: Json) -> dict[str, Json]:
    """Enrol a firm by its own signature."""
    statement, p7s = signature(enrolment(org, pair, **changed), pair)
    return await acts.enrol_firm(house.database, house.hall, a_once(), statement, p7s)
