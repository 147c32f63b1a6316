import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPSignatureAlgorithm,
    MappingKeyResolver,
    algorithms,
)

from notary import canonical, cms, enrolment, identity
from notary.entropy import system_entropy
from notary.identity import Line, Role
from sql.database import Database
from tests import people
from tests.people import a_once, newcomer
from tests.web.served import Served, served
from web import signed
from web.client import Refused, SigningPair, connect

FIRM = "91210300MA00000001"
KEY = 32 * "k"
READ = signed.READ_COMPONENTS
ACT = signed.ACT_COMPONENTS


class Sent:
    """A request that a test signs by hand, to leave out or change one thing."""

    def __init__(self, method: str, url: str, body: bytes = b"") -> None:
        self.method, self.url, self.body = method, url, body
        self.headers = {"Accept": "application/json"}
        if method != "GET":
            digest = signed.digest_of(hashlib.sha256(body).digest())
            self.headers |= {
                "Content-Digest": digest,
                "Idempotency-Key": KEY,
                "Content-Type": "application/json",
            }


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        yield made


def sign(
    request: Sent,
    pair: SigningPair,
    *,
    at: datetime,
    components: tuple[str, ...] = READ,
    nonce: str | None = 16 * "n",
    label: str = "hall",
    key_id: str | None = None,
    algorithm: type[HTTPSignatureAlgorithm] = algorithms.ECDSA_P256_SHA256,
) -> Sent:
    sha256 = key_id or cms.cert_sha256(pair.certificate)
    signer = HTTPMessageSigner(
        signature_algorithm=algorithm,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={sha256: pair.key}),
    )
    signer.sign(
        request,
        key_id=sha256,
        created=at,
        nonce=nonce,
        label=label,
        covered_component_ids=components,
        use_existing_digest=request.method != "GET",
    )
    return request


async def send(request: Sent, *, url: str | None = None) -> tuple[int, str]:
    """Send it to the hall; return status and the code of the problem."""
    async with (
        aiohttp.ClientSession() as plain,
        plain.request(
            request.method, url or request.url, data=request.body or None, headers=request.headers
        ) as answer,
    ):
        said = await answer.json(content_type=None)
    return answer.status, said.get("type", "").rpartition(":")[2]


def me(house: Served) -> Sent:
    return Sent("GET", f"{house.origin}/api/v1/me")


def revocation(house: Served, pair: SigningPair) -> Sent:
    path = f"/api/v1/certificates/{cms.cert_sha256(pair.certificate)}/revocation"
    return Sent("POST", house.origin + path, canonical.dumps({"reason": "lost"}))


async def test_client_reads_and_acts_by_its_signature(house: Served) -> None:
    pair = await house.enrol(FIRM)

    async with house.client(pair) as firm:
        who = await firm.send("GET", "/me")
        path = f"/certificates/{cms.cert_sha256(pair.certificate)}/revocation"
        answer = await firm.send("POST", path, {"reason": "lost"})

    assert isinstance(who, dict)
    assert (who["org"], who["roles"]) == (FIRM, ["bidder"])
    assert answer == {"cert_sha256": cms.cert_sha256(pair.certificate)}


async def test_revoked_certificate_signs_no_request(house: Served) -> None:
    pair = await house.enrol(FIRM)
    async with house.client(pair) as firm:
        path = f"/certificates/{cms.cert_sha256(pair.certificate)}/revocation"
        await firm.send("POST", path, {"reason": "lost"})

        with pytest.raises(Refused) as refused:
            await firm.send("GET", "/me")

    assert (refused.value.status, refused.value.code) == (401, "request.key_unknown")


@pytest.mark.parametrize("seconds", [-60, 60])
async def test_signature_is_good_for_a_minute_each_way(house: Served, seconds: int) -> None:
    pair = await house.enrol(FIRM)
    house.clock.move_to(house.clock.now + timedelta(hours=1))
    signed_at = house.clock.now + timedelta(seconds=seconds)
    beyond = timedelta(microseconds=1 if seconds < 0 else -1)

    assert await send(sign(me(house), pair, at=signed_at)) == (200, "")
    house.clock.move_to(house.clock.now + beyond)
    late = sign(me(house), pair, at=signed_at, nonce=16 * "m")
    assert await send(late) == (401, "request.stale")


async def test_signed_request_is_good_once(house: Served) -> None:
    pair = await house.enrol(FIRM)
    request = sign(me(house), pair, at=house.clock.now)

    assert await send(request) == (200, "")
    assert await send(request) == (401, "request.replayed")


async def test_nonce_is_spent_only_by_a_request_that_is_right(house: Served) -> None:
    pair, other = await house.enrol(FIRM), house.pair(FIRM)
    forged = sign(me(house), other, at=house.clock.now, key_id=cms.cert_sha256(pair.certificate))

    assert await send(forged) == (401, "request.signature_bad")
    assert await house.count("web.nonce") == 0
    assert await send(sign(me(house), pair, at=house.clock.now)) == (200, "")


@pytest.mark.parametrize("left_out", ACT)
async def test_signature_of_an_act_covers_all_four(house: Served, left_out: str) -> None:
    pair = await house.enrol(FIRM)
    components = tuple(name for name in ACT if name != left_out)
    request = sign(revocation(house, pair), pair, at=house.clock.now, components=components)

    assert await send(request) == (401, "request.signature_bad")


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": None},
        {"nonce": "short"},
        {"nonce": 65 * "n"},
        {"nonce": 'n"' + 20 * "n"},
        {"label": "sig1"},
        {"components": ("@method",)},
        {"components": ("@target-uri",)},
        {"components": ("@method", "@path")},
    ],
)
async def test_signature_of_another_form_is_refused(
    house: Served, changed: dict[str, object]
) -> None:
    pair = await house.enrol(FIRM)
    request = sign(me(house), pair, at=house.clock.now, **changed)  # type: ignore[arg-type]

    assert await send(request) == (401, "request.signature_bad")


async def test_whatever_is_changed_on_the_way_is_noticed(house: Served) -> None:
    pair = await house.enrol(FIRM)

    def act() -> Sent:
        return sign(revocation(house, pair), pair, at=house.clock.now, components=ACT)

    body, method, key, digest = act(), act(), act(), act()
    body.body = canonical.dumps({"reason": "left"})
    method.method = "DELETE"
    key.headers["Idempotency-Key"] = 32 * "j"
    digest.headers["Content-Digest"] = signed.digest_of(bytes(32))
    bad = [await send(changed) for changed in (body, method, key, digest)]
    bad.append(await send(act(), url=f"{act().url}?x=1"))

    assert [status for status, _ in bad] == [401, 405, 401, 401, 401]
    assert await house.count("web.nonce") == 0
    assert await send(act()) == (200, "")


async def test_target_is_of_our_own_origin_whatever_host_says(house: Served) -> None:
    pair = await house.enrol(FIRM)
    request = me(house)
    request.url = "https://evil.example/api/v1/me"
    sign(request, pair, at=house.clock.now)
    request.headers["Host"] = "evil.example"

    refused = await send(request, url=f"{house.origin}/api/v1/me")

    assert refused == (401, "request.signature_bad")


async def test_cookie_beside_a_signature_counts_for_nothing(house: Served) -> None:
    pair = await house.enrol(FIRM)
    await house.take_in_with_password(newcomer())
    await house.log_in("li-na")
    good = sign(me(house), pair, at=house.clock.now)
    bad = sign(me(house), house.pair(FIRM), at=house.clock.now)

    async with house.browser.get("/api/v1/me", headers=good.headers) as answer:
        assert (await answer.json())["org"] == FIRM
    async with house.browser.get("/api/v1/me", headers=bad.headers) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Signature-Input", "hall"),
        ("Signature-Input", 'hall=();keyid="' + 64 * "0" + '"'),
        ("Signature-Input", "\xff"),
        ("Signature", "hall=:!!:"),
        ("Signature", ""),
    ],
)
async def test_garbage_is_refused_and_no_fault(house: Served, name: str, value: str) -> None:
    request = sign(me(house), await house.enrol(FIRM), at=house.clock.now)
    request.headers[name] = value

    status, _ = await send(request)

    assert status == 401


async def test_rsa_signs_too_and_p384_does_not(house: Served) -> None:
    big = rsa.generate_private_key(65537, 2048)
    rsa_pair = SigningPair(
        key=big, certificate=house.authority.issue(big.public_key(), identifier=FIRM)
    )
    curve = ec.generate_private_key(ec.SECP384R1())
    p384 = SigningPair(
        key=curve, certificate=house.authority.issue(curve.public_key(), identifier=FIRM)
    )
    for pair in (rsa_pair, p384):
        await people.enrol(house, FIRM, pair)

    async with house.client(rsa_pair) as firm:
        assert await firm.send("GET", "/me") is not None
    request = sign(me(house), await house.enrol(FIRM), at=house.clock.now)
    request.headers["Signature-Input"] = request.headers["Signature-Input"].replace(
        "keyid=", f'keyid="{cms.cert_sha256(p384.certificate)}";x='
    )
    assert (await send(request))[0] == 401


async def test_duty_key_acts_for_its_body_in_the_role_of_its_use(house: Served) -> None:
    body, key = house.pair("OFFICE"), people.duty_pair()
    await house.take_in(
        newcomer(
            "zhao-lei",
            org="OFFICE",
            line=Line.SUPERVISION,
            roles=(Role.SUPERVISOR, Role.TRUSTEE),
            certificate=people.der(body),
        )
    )
    statement = people.signed(people.duty("OFFICE", key.certificate), body)
    certificate = people.octets(key)

    async with house.client() as sender:
        await sender.send("POST", "/duties", {**statement, "certificate": certificate})
    async with house.client(key) as machine:
        who = await machine.send("GET", "/me")

    assert who == {"person": "zhao-lei", "org": "OFFICE", "roles": ["trustee"], "branch": None}


async def test_client_goes_by_the_halls_clock(house: Served) -> None:
    pair = await house.enrol(FIRM)
    house.clock.move_to(house.clock.now + timedelta(days=90))

    async with house.client(pair) as firm:
        assert await firm.send("GET", "/me") is not None


async def test_role_that_ended_signs_nothing_more(house: Served) -> None:
    pair = await house.enrol(FIRM)
    async with house.database.transaction() as tx:
        person = await tx.fetchval("SELECT person_id FROM notary.person")
        actor = await identity.actor_of(tx, person, house.clock.now)
    assert actor is not None
    await enrolment.end_role(house.database, house.hall, actor, a_once(), person, Role.BIDDER)

    async with connect(house.origin, system_entropy, pair) as firm:
        with pytest.raises(Refused) as refused:
            await firm.send("GET", "/me")
    assert (refused.value.status, refused.value.code) == (403, "access.not_yours")
