"""The golden tender of `seal-v1-golden.json`, for the tests that start from it."""

import base64
import json
from collections.abc import Callable
from functools import cache
from typing import Any, ParamSpec, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key

from bidding.sealed.objects import Manifest, Policy
from bidding.sealed.policy import read_policy
from bidding.sealed.seal import read_manifest
from bidding.signed import Signed, Stated, Trust
from bidding.types import Box, Finding, Party
from notary import cms
from notary.authority import Authorities
from notary.instant import parse_micros, parse_seconds
from tests import shared
from trading.notice import parse
from trading.types import Published

Facts: TypeAlias = dict[str, Any]
P = ParamSpec("P")

BIDS = ["first", "second", "rival", "solo"]

PRICE = Box(
    origin="hall.anshan.example/ledger", tender="A2103000001-2026-0042", lot="1", stage="price"
)


@cache
def golden() -> Facts:
    facts: Facts = json.loads(shared.path("vectors/seal-v1-golden.json").read_bytes())
    return facts


@cache
def cases() -> Facts:
    facts: Facts = json.loads(shared.path("vectors/seal-v1-cases.json").read_bytes())
    return facts


def bid(name: str) -> Facts:
    found: Facts = next(one for one in golden()["bids"] if one["name"] == name)
    return found


def manifest(name: str) -> Manifest:
    return read_manifest(bid(name)["seal"]["json"].encode())


def policy(name: str = "policy") -> Policy:
    return read_policy(golden()[name]["json"].encode())


def part(name: str, n: int) -> bytes:
    return base64.b64decode(bid(name)["parts"][n]["age"])


@cache
def revisions() -> tuple[Published, ...]:
    entries = {
        entry["fields"]["notice_sha256"]: entry
        for entry in golden()["ledger"]["entries"]
        if "notice_sha256" in entry["fields"]
    }
    return tuple(
        Published(
            notice=parse(one["json"].encode()),
            notice_sha256=one["sha256"],
            json=one["json"].encode(),
            p7s=base64.b64decode(one["p7s"]),
            kind=entries[one["sha256"]]["fields"]["kind"].rpartition(".v")[0],
            entry_id=entries[one["sha256"]]["index"],
            at=parse_micros(entries[one["sha256"]]["fields"]["at"]),
        )
        for one in golden()["notices"]
    )


def certificate(name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(golden()["certificates"][name]))


def key(name: str) -> cms.SigningKey:
    pkcs8 = base64.b64decode(golden()["test_keys_pkcs8"][name])
    loaded = load_der_private_key(pkcs8, None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    return loaded


def authorities() -> Authorities:
    root = certificate("ca").public_bytes(Encoding.PEM)
    return Authorities.from_pem(root + golden()["crls_pem"].encode())


def signed(facts: Facts) -> Signed:
    return Signed(data=facts["json"].encode(), p7s=base64.b64decode(facts["p7s"]))


def trust() -> Trust:
    """Return what a verifier of the golden tender goes by."""
    bodies = {
        "bidder": "91210300MA00000000",
        "rival": "91210300MA00000001",
        "leaver": "91210300MA00000002",
        "purchaser": "ORG-PURCHASER",
        "agency": "ORG-AGENCY",
        "supervisor": "ORG-SUPERVISOR",
        "notary": "ORG-NOTARY",
    }
    stated_at = parse_seconds("2026-01-15T00:00:00Z")
    return Trust(
        authorities=authorities(),
        enrolled={cms.cert_sha256(certificate(name)): body for name, body in bodies.items()},
        stated=[Stated(statement=signed(golden()["duty"]), at=stated_at)],
    )


def policy_of(name: str) -> Policy:
    return policy("policy_bidder" if name == "solo" else "policy")


def outcome(check: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> str:
    """Return "ok", or the code of what `check` found, which is the bidder's fault."""
    try:
        check(*args, **kwargs)
    except Finding as found:
        return found.code if found.fault is Party.BIDDER else str(found)
    return "ok"
