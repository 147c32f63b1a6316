"""A notice, a policy, a key or a checkpoint that is not the true one is seen to stop a trustee."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bidding.clients.offer import Check
from notary import policy
from notary.authority import Authorities
from notary.note import Algorithm, VerifierKey
from notary.policy import Policy as LogPolicy
from tests.authorities import an_authority
from tests.bidding.asked import (
    DEADLINE,
    GATE_WAIT_MIN,
    Asked,
    Fields,
    Log,
    a_pair,
    asked,
    signed,
)
from tests.bidding.lies import Facts, clear, require_pending, require_stopped, saying, tampered
from trading.types import Stage

# The notice chain and its signatures


def _other_signature(dossier: Facts) -> None:
    text = dossier["notices"][0]["json"].encode()
    stranger = an_authority().issue(a_pair("ORG-PURCHASER").key.public_key())
    pair = replace(a_pair("ORG-PURCHASER"), certificate=stranger)
    dossier["notices"][0]["p7s"] = signed(text, pair)["p7s"]


NOTICE_LIES: dict[str, Callable[[Facts], object]] = {
    "none": lambda dossier: dossier["notices"].clear(),
    "twice": lambda dossier: dossier["notices"].append(dossier["notices"][0]),
    "no proof": lambda dossier: dossier["notices"][0].update(proof=None),
    "another proof": lambda dossier: dossier["notices"][0].update(proof=dossier["list"]["proof"]),
    "another text": lambda dossier: dossier["notices"][0].update(
        json=dossier["notices"][0]["json"].replace("Works", "Words")
    ),
    "another signature": _other_signature,
}


@pytest.mark.parametrize("lie", NOTICE_LIES.values(), ids=NOTICE_LIES)
def test_a_notice_that_is_not_the_signed_and_logged_one_stops(
    lie: Callable[[Facts], object],
) -> None:
    require_stopped(Check.NOTICE, tampered(asked(), lie))


@pytest.mark.parametrize(
    "fields",
    [
        {"notice_sha256": "1" * 64},
        {"tender": "T-2"},
        {"revision": 2},
        {"at": "2026-12-01T01:10:00.000001Z"},
        {"at": "2026-12-01T00:59:59.999999Z"},
    ],
)
def test_an_entry_of_another_notice_stops(fields: Fields) -> None:
    require_stopped(Check.NOTICE, asked(say=saying("trading.published.v1", **fields)))


@pytest.mark.parametrize(
    "terms", [{"draw": True}, {"stage": Stage.RESTRICTED}, {"stage": Stage.PRICE}]
)
def test_a_box_that_needs_more_than_this_client_knows_stops(terms: Facts) -> None:
    require_stopped(Check.NOTICE, asked(**terms))


# Policies and keys


def _key_of_the_platform(dossier: Facts) -> None:
    """Sign a trustee's key as the platform could: with a certificate of nobody's authority."""
    text = dossier["keys"][0]["json"].encode()
    stranger = an_authority().issue(a_pair("ORG-OFFICER").key.public_key())
    pair = replace(a_pair("ORG-OFFICER"), certificate=stranger)
    dossier["keys"][0]["p7s"] = signed(text, pair)["p7s"]


POLICY_LIES: dict[str, Callable[[Facts], object]] = {
    "no policy": lambda dossier: dossier["policies"].clear(),
    "a key less": lambda dossier: dossier["keys"].pop(),
    "another signature": lambda dossier: dossier["keys"][0].update(p7s=dossier["keys"][1]["p7s"]),
    "a key of the platform": _key_of_the_platform,
}


@pytest.mark.parametrize("lie", POLICY_LIES.values(), ids=POLICY_LIES)
def test_keys_that_the_notice_does_not_pin_or_others_signed_stop(
    lie: Callable[[Facts], object],
) -> None:
    require_stopped(Check.POLICY, tampered(asked(), lie))


def test_an_authority_that_the_body_does_not_trust_stops() -> None:
    require_stopped(Check.NOTICE, asked(), authorities=an_authority("Another").authorities())
    require_stopped(Check.NOTICE, asked(), authorities=Authorities([], []))


# The checkpoint


def _of_another_key(dossier: Facts) -> None:
    own = Log()
    own.append("ledger.inception.v1", DEADLINE, {"vkey": own.verifier.vkey})
    dossier["checkpoint"] = own.note(1).decode()


CHECKPOINT_LIES: dict[str, Callable[[Facts], object]] = {
    "another key": _of_another_key,
    "no note": lambda dossier: dossier.update(checkpoint="no note"),
    "another size": lambda dossier: dossier.update(
        checkpoint=dossier["checkpoint"].replace("\n7\n", "\n8\n")
    ),
}


@pytest.mark.parametrize("lie", CHECKPOINT_LIES.values(), ids=CHECKPOINT_LIES)
def test_a_checkpoint_that_the_known_log_did_not_sign_stops(
    lie: Callable[[Facts], object],
) -> None:
    require_stopped(Check.CHECKPOINT, tampered(asked(), lie))


def test_a_log_that_the_body_does_not_know_stops() -> None:
    require_stopped(Check.NOTICE, asked(), log=Log().policy)


def test_a_missing_quorum_stops_for_as_long_as_the_gate_waits_and_no_longer() -> None:
    made = asked()
    until = DEADLINE + timedelta(minutes=GATE_WAIT_MIN)

    require_pending(
        Check.CHECKPOINT, made, log=_with_quorum(made), now=until - timedelta(microseconds=1)
    )
    clear(made, log=_with_quorum(made), now=until)


def _with_quorum(made: Asked) -> LogPolicy:
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    witness = VerifierKey("witness.example", Algorithm.COSIGNATURE, public).vkey
    text = f"log {made.log.verifier.vkey}\nwitness w {witness}\nquorum w\n"
    return policy.parse(text.encode())
