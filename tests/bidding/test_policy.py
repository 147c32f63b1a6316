import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bidding.sealed import policy as rules
from bidding.sealed.objects import Duty, TrusteeKey
from bidding.types import Code, Finding, Party
from notary import shape
from notary.canonical import dumps, sha256_hex
from notary.instant import parse_seconds
from tests.bidding.golden import Facts, cases, golden, policy


def changed(case: Facts, text: str) -> bytes:
    whole = json.loads(text)
    *path, last = case["at"]
    place = whole
    for step in path:
        place = place[step]
    place[last] = case["value"]
    return dumps(whole)


def golden_keys() -> dict[str, TrusteeKey]:
    return {
        one["key"]["sha256"]: shape.load(TrusteeKey, one["key"]["json"].encode())
        for one in golden()["trustees"]
    }


def test_golden_policies_are_read_and_written() -> None:
    for name in ("policy", "policy_technical", "policy_bidder"):
        assert shape.dump(policy(name)).decode() == golden()[name]["json"]
        assert sha256_hex(shape.dump(policy(name))) == golden()[name]["sha256"]


def test_every_policy_is_judged(subtests: pytest.Subtests) -> None:
    for case in cases()["policy"]:
        found = None
        with subtests.test(case["name"]):
            try:
                rules.read_policy(changed(case, golden()["policy"]["json"]))
            except Finding as finding:
                found = (finding.code, finding.fault)

            assert found == (None if case["expect"] == "ok" else (Code.POLICY, Party.HALL))


def test_the_golden_keys_are_those_that_the_policy_pins() -> None:
    rules.require_keys(policy(), golden_keys())


def test_row_11_a_key_of_the_platforms_own_is_refused(subtests: pytest.Subtests) -> None:
    pinned, keys = policy(), golden_keys()
    sha256 = pinned.groups[1].members[0].key_sha256
    key = keys[sha256]
    other_recipient = pinned.groups[0].members[0].recipient
    agency = keys[pinned.groups[0].members[0].key_sha256].holder
    wrong = {
        "missing": None,
        "another recipient": replace(key, recipient=other_recipient),
        "another group": replace(key, group="agency"),
        "another lot": replace(key, lot="2"),
        "one body in two groups": replace(key, holder=replace(key.holder, id=agency.id)),
        "one certificate in two groups": replace(
            key, holder=replace(key.holder, cert_sha256=agency.cert_sha256)
        ),
    }
    for name, bad in wrong.items():
        given = {hash_: one for hash_, one in keys.items() if hash_ != sha256}
        if bad is not None:
            given[sha256] = bad
        with subtests.test(name), pytest.raises(Finding) as raised:
            rules.require_keys(pinned, given)
        assert (raised.value.code, raised.value.fault) == (Code.POLICY, Party.HALL)


def test_a_later_policy_changes_members_only() -> None:
    pinned = policy()
    agency = pinned.groups[0]
    renewed = replace(agency, members=agency.members[:1])

    rules.require_successor(replace(pinned, groups=(renewed, *pinned.groups[1:])), pinned)
    for bad in (replace(pinned, k=3), replace(pinned, groups=pinned.groups[:2])):
        with pytest.raises(Finding, match="E-POLICY"):
            rules.require_successor(bad, pinned)


def test_a_duty_statement_holds_for_its_certificate_use_and_time() -> None:
    duty = shape.load(Duty, golden()["duty"]["json"].encode())
    at = parse_seconds("2026-12-04T01:00:01Z")

    rules.require_duty(duty, "trustee", duty.cert_sha256, at)
    rules.require_duty(duty, "trustee", duty.cert_sha256, duty.to)
    bad = [
        (duty, "limits", duty.cert_sha256, at),
        (duty, "trustee", "00" * 32, at),
        (duty, "trustee", duty.cert_sha256, duty.to + timedelta(seconds=1)),
        (duty, "trustee", duty.cert_sha256, duty.from_ - timedelta(seconds=1)),
        (replace(duty, to=duty.from_ + timedelta(days=367)), "trustee", duty.cert_sha256, at),
    ]
    for statement, use, cert_sha256, instant in bad:
        with pytest.raises(Finding, match="E-POLICY"):
            rules.require_duty(statement, use, cert_sha256, instant)
