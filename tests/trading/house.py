"""A hall with the bodies that a tender needs, and drafts that are good unless told otherwise."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from notary import authority, cms, register
from notary.authority import Authorities
from notary.canonical import Json
from notary.entropy import system_entropy
from notary.hall import Hall
from notary.identity import Actor, Line, Role
from notary.instant import seconds
from notary.once import Answer, Once
from notary.register import Newcomer
from notary.vault import DirectoryVault
from sql.database import Database, Tx
from tests.fakeclock import FakeClock
from trading import service
from trading.types import Notice, Signed, TenderFacts

ORIGIN = "hall.example/log/5eed5eed"
TENDER = "GC-2026-0918"
# A Monday, 09:00 in Beijing.
NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PAPER = b"%PDF-1.7 tender documents"
POLICIES = {("1", "single"): "70" * 32}

_keys = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a key."""

    actor: Actor
    key: ec.EllipticCurvePrivateKey
    certificate: Certificate

    def sign(self, text: bytes) -> bytes:
        """Sign `text` as the law wants it signed."""
        return cms.sign(text, self.key, self.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A hall, its vault, its clock, and its people by name."""

    database: Database
    hall: Hall
    vault: DirectoryVault
    clock: FakeClock
    people: Mapping[str, Person]
    paper: str


async def a_house(database: Database, folder: Path, *, demo: bool = False) -> House:
    """Open a hall with an agency, a purchaser of two persons, trustees and three firms."""
    ca_key, ca = authority.create_authority("Test CA", system_entropy, NOW)
    clock = FakeClock(NOW)
    own = ca_key, ca
    hall_key, hall_certificate = _holder(own, "hall", "ORG-HALL")
    hall = Hall(
        origin=ORIGIN,
        clock=clock,
        entropy=system_entropy,
        authorities=Authorities.from_pem(ca.public_bytes(Encoding.PEM)),
        certificate=hall_certificate,
        sign=lambda text: cms.sign(text, hall_key, hall_certificate),
        demo=demo,
    )
    bodies = [
        ("drafter", "ORG-AGENCY", Line.EXECUTION, Role.AGENCY),
        ("other-drafter", "ORG-RIVAL", Line.EXECUTION, Role.AGENCY),
        ("approver", "ORG-PURCHASER", Line.EXECUTION, Role.PURCHASER),
        ("clerk", "ORG-PURCHASER", Line.EXECUTION, Role.AGENCY),
        ("officer", "ORG-OFFICER", Line.DECISION, Role.OFFICER),
        ("operator", "ORG-OPERATOR", Line.EXECUTION, Role.OPERATOR),
        ("supervisor", "ORG-SUPERVISOR", Line.SUPERVISION, Role.SUPERVISOR),
        ("firm-a", "ORG-A", Line.NONE, Role.BIDDER),
        ("firm-b", "ORG-B", Line.NONE, Role.BIDDER),
        ("firm-c", "ORG-C", Line.NONE, Role.BIDDER),
    ]
    people = {
        name: await _enrol(database, hall, own, name, org, line, role)
        for name, org, line, role in bodies
    }
    vault = DirectoryVault(folder / "vault")
    paper = hashlib.sha256(PAPER).hexdigest()
    await service.put_document(vault, paper, chunks(PAPER))
    return House(database=database, hall=hall, vault=vault, clock=clock, people=people, paper=paper)


async def _enrol(
    database: Database,
    hall: Hall,
    ca: tuple[ec.EllipticCurvePrivateKey, Certificate],
    name: str,
    org: str,
    line: Line,
    role: Role,
) -> Person:
    key, certificate = _holder(ca, name, org)
    newcomer = Newcomer(
        org=org,
        org_name=f"{org} 单位",
        line=line,
        branch=None,
        person=name,
        person_name=name,
        roles=(role,),
        certificate=certificate.public_bytes(Encoding.DER),
    )
    async with database.transaction() as tx:
        await register.take_in(tx, hall, newcomer, by="hall", proposed_by=None, at=NOW)
    actor = Actor(person=name, org=org, roles=frozenset({role}), branch=None)
    return Person(actor=actor, key=key, certificate=certificate)


def _holder(
    ca: tuple[ec.EllipticCurvePrivateKey, Certificate], name: str, org: str
) -> tuple[ec.EllipticCurvePrivateKey, Certificate]:
    key = authority.new_key(system_entropy)
    certificate = authority.issue(
        *ca,
        common_name=name,
        organisation=org,
        organization_identifier=org,
        public_key=key.public_key(),
        entropy=system_entropy,
        at=NOW - timedelta(days=1),
        until=NOW + timedelta(days=365),
    )
    return key, certificate


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


def a_draft(house: House, **changes: Json) -> dict[str, Any]:
    """Make the body of a draft of an open construction tender under the law's set."""
    draft: dict[str, Any] = {
        "tender": TENDER,
        "title": {"zh": "第八集贸市场维修改造工程（施工）", "en": "Repair of the eighth market"},
        "kind": "construction",
        "purchaser": "ORG-PURCHASER",
        "method": "open",
        "invited": None,
        "rules": "construction/2026-11",
        "currency": "CNY",
        "deposit_fen": "30250000",
        "documents": [{"path": "招标文件.pdf", "sha256": house.paper, "size": len(PAPER)}],
        "lots": [
            {
                "lot": "1",
                "title": {"zh": "施工", "en": "Works"},
                "draw": False,
                "ceiling_fen": "1512500000",
                "limits": [],
                "boxes": [
                    {
                        "stage": "single",
                        "mode": "shared",
                        "after": None,
                        "deadline": seconds(DEADLINE),
                        "max_bytes": 104857600,
                        "form": [
                            {
                                "name": "bidder_name",
                                "type": "text",
                                "label": {"zh": "投标人", "en": "Bidder"},
                            },
                            {
                                "name": "price_fen",
                                "type": "fen",
                                "label": {"zh": "投标报价", "en": "Price"},
                            },
                        ],
                    }
                ],
            }
        ],
        "trustees": [
            {"group": "officer", "org": "ORG-OFFICER"},
            {"group": "operator", "org": "ORG-OPERATOR"},
            {"group": "supervisor", "org": "ORG-SUPERVISOR"},
        ],
        "k": 2,
    }
    return {**draft, **changes}


def in_box(draft: dict[str, Any], **changes: Json) -> dict[str, Any]:
    """Return `draft` with other members of its only box."""
    changed = deepcopy(draft)
    changed["lots"][0]["boxes"][0].update(changes)
    return changed


def in_lot(draft: dict[str, Any], **changes: Json) -> dict[str, Any]:
    """Return `draft` with other members of its only lot."""
    changed = deepcopy(draft)
    changed["lots"][0].update(changes)
    return changed


def once(person: str = "somebody") -> Once:
    """Make a request that was never made before."""
    return Once(actor=person, key=f"key-of-a-test-{next(_keys):04}", request_sha256=bytes(32))


async def draft_as(house: House, body: Json, name: str = "drafter") -> Answer:
    return await service.draft(house.database, house.hall, house.people[name].actor, once(), body)


async def text_of(house: House, tender: str = TENDER, name: str = "approver") -> bytes:
    """Ask for the notice that is to be signed."""
    answer = await service.draft_notice(
        house.database, house.hall, house.people[name].actor, tender, policies
    )
    return str(answer["json"]).encode()


async def policies(
    _database: Database, _hall: Hall, _tender: str, _published: datetime
) -> Mapping[tuple[str, str], str]:
    """Tell the policies of the only box, as `bidding` does."""
    return POLICIES


async def no_boxes(_tx: Tx, _hall: Hall, _notice: Notice) -> None:
    """Make no boxes: they are of `bidding`."""


async def publish_as(
    house: House,
    text: bytes,
    *,
    tender: str = TENDER,
    name: str = "approver",
    signer: str | None = None,
    asked: Once | None = None,
) -> Answer:
    """Publish `text` as signed by `signer`, who is the one who asks unless told otherwise."""
    signed = Signed(json=text, p7s=house.people[signer or name].sign(text))
    return await service.publish(
        house.database,
        house.hall,
        house.vault,
        house.people[name].actor,
        asked or once(),
        tender,
        signed,
        set_boxes=no_boxes,
    )


async def announce(house: House, body: dict[str, Any]) -> Answer:
    """Draft and publish at once."""
    await draft_as(house, body)
    return await publish_as(house, await text_of(house, body["tender"]), tender=body["tender"])


async def kinds(house: House) -> list[str]:
    """Return what the ledger says of the tender, in the order of the queue."""
    async with house.database.transaction() as tx:
        rows = await tx.fetch(
            """
            SELECT kind
              FROM notary.ledger_body
             WHERE subject = $1
             ORDER BY entry_id
            """,
            TENDER,
        )
    return [row["kind"] for row in rows]


async def facts_of(house: House) -> TenderFacts:
    """Return what has happened to the tender."""
    return (await service.record(house.database, house.hall, TENDER)).tender.facts
