"""What a trustee gives before the notice: its key, and the answer to the test envelope."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from bidding import keys
from bidding.key_requests import KeyRequest
from bidding.sealed import seal
from bidding.sealed.objects import Holder, TrusteeKey
from notary import age, authority, cms
from notary.duty import Body, DutyStatement, Use, state_duty
from notary.entropy import system_entropy
from notary.once import Answer, Once
from notary.shape import dump
from sql.database import Database
from tests.bidding.acts import changed
from tests.bidding.town import (
    BOX,
    NOW,
    Person,
    Town,
    a_draft,
    a_town,
    once,
)
from trading import service as trading


async def a_drafted_tender(database: Database, folder: Path, **changes: Any) -> Town:  # noqa: ANN401
    town = await a_town(database, folder, 0)
    await draft(town, **changes)
    return town


async def draft(town: Town, **changes: Any) -> None:  # noqa: ANN401
    drafter = town.people["drafter"]
    await trading.draft(town.database, town.hall, drafter.actor, once(), a_draft(**changes))


async def asked(town: Town, name: str = "officer") -> KeyRequest:
    [request] = await keys.requests(town.database, town.hall, town.people[name].actor)
    return request


async def key_of(
    town: Town, name: str = "officer", *, root: bytes | None = None, **changes: object
) -> TrusteeKey:
    """Make the key that answers the request to a body; `changes`: members that differ."""
    person, request = town.people[name], await asked(town, name)
    secret = seal.box_key(root or person.root, request.box, request.group, "chief", 1)
    key = TrusteeKey(
        origin=request.box.origin,
        tender=request.box.tender,
        lot=request.box.lot,
        stage=BOX.stage,
        group=request.group,
        member="chief",
        holder=Holder(
            id=person.actor.org,
            name=person.actor.org,
            cert_sha256=cms.cert_sha256(person.certificate),
        ),
        gen=1,
        recipient=age.recipient_of(secret),
        duty="armed",
        release_not_before=request.release_not_before,
    )
    return changed(key, changes)


async def give(
    town: Town,
    key: TrusteeKey,
    name: str = "officer",
    *,
    signer: Person | None = None,
    request: Once | None = None,
) -> Answer:
    text, person = dump(key), town.people[name]
    p7s = (signer or person).sign(text)
    return await keys.answer(town.database, town.hall, person.actor, request or once(), text, p7s)


async def rehearse(town: Town, answer: Answer, said: str = "ok", name: str = "officer") -> Answer:
    return await keys.rehearse(
        town.database, town.hall, town.people[name].actor, once(), str(answer["key_sha256"]), said
    )


async def a_duty_key(
    town: Town, name: str, use: Use, lasting: timedelta = timedelta(minutes=1)
) -> Person:
    """Let a body state a duty certificate for one use; return who signs with it."""
    person, key = town.people[name], authority.new_key(system_entropy)
    certificate = authority.self_signed(
        key,
        common_name="duty",
        organisation=person.actor.org,
        entropy=system_entropy,
        at=NOW,
        until=NOW + timedelta(days=300),
    )
    statement = dump(
        DutyStatement(
            v="hall-duty/v1",
            origin=town.hall.origin,
            body=Body(id=person.actor.org, name=person.actor.org),
            cert_sha256=cms.cert_sha256(certificate),
            uses=(use,),
            from_=NOW,
            to=NOW + lasting,
        )
    )
    der = certificate.public_bytes(Encoding.DER)
    await state_duty(town.database, town.hall, once(), statement, person.sign(statement), der)
    return replace(person, key=key, certificate=certificate)
