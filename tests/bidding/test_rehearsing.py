"""Keys are given to who asks for them, and test envelopes opened, but no rival's."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.clients import rehearsing, sealing
from bidding.clients.duty import Refused, Silent
from bidding.clients.offer import Withheld
from bidding.clients.rehearsing import KeyRequest, Place, Trial
from bidding.sealed.objects import Policy
from bidding.sealed.policy import REHEARSED_KEY
from notary import age
from notary.canonical import sha256_hex
from notary.entropy import system_entropy
from notary.shape import dump, write
from tests.bidding.asked import (
    BOX,
    DEADLINE,
    NOW,
    ORIGIN,
    TRUSTEES,
    a_notice,
    a_policy,
    a_seal,
    trustee_key,
)
from tests.bidding.fakehall import a_duty, a_hall, an_identity
from trading.types import Stage


def a_request(name: str = "officer") -> KeyRequest:
    return KeyRequest(
        box=Place(origin=ORIGIN, tender=BOX.tender, lot=BOX.lot, stage=Stage.SINGLE),
        group=name,
        k=2,
        n=3,
        release_not_before=DEADLINE,
        gen=1,
    )


def a_test(policy: Policy | None = None, **changed: str) -> Trial:
    policy = policy or rehearsed()
    made = sealing.rehearsal(policy, system_entropy, NOW)
    usual = Trial(policy=dump(policy).decode(), seal=made.seal.decode(), secret=made.secret.hex())
    return replace(usual, **changed)


def rehearsed(**changed: object) -> Policy:
    """Return the draft of a policy: the officer's own key, made-up ones for the others."""
    policy = a_policy()
    own, *others = policy.groups
    groups = [own]
    for group in others:
        member = replace(
            group.members[0],
            recipient=age.recipient_of(system_entropy(32)),
            key_sha256=REHEARSED_KEY,
        )
        groups.append(replace(group, members=(member,)))
    return replace(policy, groups=tuple(groups), **changed)  # type: ignore[arg-type] # a policy's


OWN_KEY = sha256_hex(dump(trustee_key("officer")))


def test_a_key_is_the_same_however_often_it_is_asked_for() -> None:
    made = rehearsing.key_for(an_identity("officer"), a_request())

    assert made == trustee_key("officer")
    assert dump(made) == dump(rehearsing.key_for(an_identity("officer"), a_request()))


def test_a_rehearsal_opens() -> None:
    assert rehearsing.rehearse(an_identity("officer"), a_request(), OWN_KEY, a_test()) == "ok"


def test_a_rivals_envelope_cannot_be_tried_on_the_key() -> None:
    rival = a_seal("FIRM-1", a_notice())
    made = a_test()
    wrong_secret = replace(made, secret="00" * 32)
    of_rival = replace(made, seal=rival.decode(), policy=dump(a_policy()).decode())
    altered = replace(made, seal=made.seal.replace('"x":1', '"x":2', 1))

    for test in (wrong_secret, of_rival, altered, replace(made, seal="{}")):
        outcome = rehearsing.rehearse(an_identity("officer"), a_request(), OWN_KEY, test)
        assert outcome == "not-a-test"


@pytest.mark.parametrize(
    "policy",
    [
        rehearsed(k=3),
        rehearsed(tender="T-2"),
        replace(rehearsed(), groups=rehearsed().groups[:2]),
        replace(rehearsed(), groups=a_policy().groups[::-1]),
    ],
    ids=["another k", "another tender", "another n", "out of order"],
)
def test_a_test_by_another_policy_than_was_asked_for_fails(policy: Policy) -> None:
    outcome = rehearsing.rehearse(an_identity("officer"), a_request(), OWN_KEY, a_test(policy))

    assert outcome in {"policy", "not-a-test"}


def test_another_root_cannot_open_its_rehearsal() -> None:
    stranger = replace(an_identity("officer"), root=bytes(32))

    assert rehearsing.rehearse(stranger, a_request(), OWN_KEY, a_test()) == "undecryptable"


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_a_drill_opens_with_any_root(root: bytes) -> None:
    identity = replace(an_identity("officer"), root=root)

    assert rehearsing.drill(identity, BOX, system_entropy, NOW).outcome == "ok"


async def test_a_request_of_another_hall_is_not_answered(tmp_path: Path) -> None:
    request = a_request()
    hall = a_hall()
    hall.requests = [write(replace(request, box=replace(request.box, origin="other.example")))]

    with pytest.raises(Withheld, match="another hall"):
        await rehearsing.answer_requests(a_duty(hall, tmp_path))
    assert hall.heard == ["GET /trustee/requests"]


def test_everybody_holds_a_key_of_its_own() -> None:
    assert len({trustee_key(name).recipient for name in TRUSTEES}) == len(TRUSTEES)


async def test_a_request_that_fails_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    hall = a_hall()
    hall.requests = [write(a_request()), write(replace(a_request(), group="operator"))]
    failures = iter([Refused("key.not_asked"), Silent("away")])

    def fails(step: str) -> None:
        if step == "before /trustee/keys":
            raise next(failures)

    hall.fails = fails
    with pytest.raises(Refused, match=r"key\.not_asked"):
        await rehearsing.answer_requests(a_duty(hall, tmp_path))
    assert hall.heard == ["GET /trustee/requests", "POST /trustee/keys", "POST /trustee/keys"]
