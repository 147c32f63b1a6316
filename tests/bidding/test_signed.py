import base64
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bidding import signed as rules
from bidding.sealed.objects import Bidder, TrusteeKey, Withdrawal
from bidding.sealed.seal import read_manifest
from bidding.signed import Signed
from bidding.types import Code, Finding, Party
from notary import authority, cms, devices, shape
from notary.cms import BadCertificate, BadSignature
from notary.entropy import system_entropy
from notary.instant import parse_micros, parse_seconds
from notary.shape import dump
from tests.bidding.golden import (
    bid,
    certificate,
    golden,
    key,
    manifest,
    policy,
    signed,
    trust,
)

RECEIVED = parse_micros("2026-11-30T08:00:05.123456Z")
BEFORE_THE_NOTICE = parse_seconds("2026-11-01T00:00:00Z")


def found(sealed: Signed, bidder: Bidder, at: datetime = RECEIVED) -> tuple[Code, Party] | None:
    try:
        rules.require_bidder(trust(), sealed, bidder, at)
    except Finding as finding:
        return finding.code, finding.fault
    return None


@pytest.mark.parametrize("name", ["first", "second", "rival", "solo"])
def test_v2_accepts_the_golden_signatures(name: str) -> None:
    assert found(signed(bid(name)["seal"]), manifest(name).core.bidder) is None


def test_v2_accepts_the_golden_withdrawal() -> None:
    withdrawal = shape.load(Withdrawal, golden()["withdraw"]["json"].encode())

    assert found(signed(golden()["withdraw"]), withdrawal.bidder) is None


def test_v2_refuses_a_rivals_signature() -> None:
    seal = bid("second")["seal"]
    p7s = cms.sign(seal["json"].encode(), key("rival"), certificate("rival"))
    bidder = manifest("second").core.bidder
    rival = replace(bidder, cert_sha256=cms.cert_sha256(certificate("rival")))

    by_rival = Signed(data=seal["json"].encode(), p7s=p7s)
    assert found(by_rival, bidder) == (Code.SIG, Party.BIDDER)
    assert found(by_rival, rival) == (Code.CERT, Party.BIDDER)


def test_v2_judges_a_revoked_certificate_at_receipt() -> None:
    data = b"{}"
    p7s = cms.sign(data, key("leaver"), certificate("leaver"))
    leaver = Bidder(id="91210300MA00000002", cert_sha256=cms.cert_sha256(certificate("leaver")))
    revoked = parse_seconds("2026-11-10T00:00:00Z")

    assert found(Signed(data=data, p7s=p7s), leaver, revoked - timedelta(days=1)) is None
    late = found(Signed(data=data, p7s=p7s), leaver, revoked + timedelta(days=1))
    assert late == (Code.CERT, Party.BIDDER)


def test_v2_refuses_a_certificate_that_is_not_enrolled() -> None:
    p7s = cms.sign(b"{}", key("hall"), certificate("hall"))
    hall = Bidder(id="hall", cert_sha256=cms.cert_sha256(certificate("hall")))

    assert found(Signed(data=b"{}", p7s=p7s), hall) == (Code.CERT, Party.BIDDER)


def test_v2_takes_a_devices_key_for_what_a_person_signs_and_for_no_trustees_key() -> None:
    own, device_key = devices.create(system_entropy, BEFORE_THE_NOTICE), key("rival")
    device = authority.issue(
        own.key,
        own.certificate,
        common_name="device",
        organisation="body",
        organization_identifier="body",
        public_key=device_key.public_key(),
        entropy=system_entropy,
        at=BEFORE_THE_NOTICE,
        until=RECEIVED,
    )
    known = replace(
        trust(),
        authorities=trust().authorities.with_root(own.certificate),
        enrolled={cms.cert_sha256(device): "body"},
    )
    text = Signed(data=b"{}", p7s=cms.sign(b"{}", device_key, device))

    assert known.signer(text, RECEIVED).body == "body"
    with pytest.raises(BadCertificate):
        known.signer(text, RECEIVED, use=rules.TRUSTEE)
    with pytest.raises(BadCertificate):
        known.stated_by(text, RECEIVED)


def test_every_flipped_bit_of_a_signature_is_found() -> None:
    seal = signed(bid("second")["seal"])
    bidder = manifest("second").core.bidder

    for bit in range(8 * len(seal.p7s)):
        flipped = bytearray(seal.p7s)
        flipped[bit // 8] ^= 1 << bit % 8
        bad = found(Signed(data=seal.data, p7s=bytes(flipped)), bidder)

        assert bad in {(Code.SIG, Party.BIDDER), (Code.CERT, Party.BIDDER)}, bit


def test_every_flipped_bit_of_a_manifest_is_found() -> None:
    seal = signed(bid("second")["seal"])
    bidder = manifest("second").core.bidder

    for bit in range(0, 8 * len(seal.data), 7):  # each byte, each bit of it in turn
        flipped = bytearray(seal.data)
        flipped[bit // 8] ^= 1 << bit % 8
        judged: tuple[Code, Party] | None
        try:
            read_manifest(bytes(flipped))
        except Finding as finding:
            judged = (finding.code, finding.fault)
            expected = (Code.JSON, Party.BIDDER)
        else:
            judged = found(Signed(data=bytes(flipped), p7s=seal.p7s), bidder)
            expected = (Code.SIG, Party.BIDDER)

        assert judged == expected, bit


def test_v2_takes_a_duty_certificate_by_its_statement_alone() -> None:
    supervisor = next(one for one in golden()["trustees"] if one["group"] == "supervisor")
    given = signed(supervisor["key"])
    holder = shape.load(TrusteeKey, given.data).holder
    assert supervisor["key"]["signer"] == "supervisor-duty"

    rules.require_holder(trust(), given, holder, RECEIVED)
    with pytest.raises(BadCertificate):  # nobody stated it
        rules.require_holder(replace(trust(), stated=()), given, holder, RECEIVED)
    with pytest.raises(BadCertificate):  # not for this use
        trust().signer(given, RECEIVED, use="limits")
    with pytest.raises(BadCertificate):  # a body's own certificate is wanted
        trust().signer(given, RECEIVED)
    with pytest.raises(BadCertificate):  # not yet stated
        rules.require_holder(trust(), given, holder, parse_seconds("2026-01-14T23:59:59Z"))


def test_v2_refuses_a_duty_statement_of_another_body() -> None:
    supervisor = next(one for one in golden()["trustees"] if one["group"] == "supervisor")
    given = signed(supervisor["key"])
    holder = shape.load(TrusteeKey, given.data).holder
    stated = trust().stated[0]
    p7s = cms.sign(stated.statement.data, key("agency"), certificate("agency"))
    by_agency = replace(stated, statement=replace(stated.statement, p7s=p7s))

    with pytest.raises(BadCertificate, match="another body"):
        rules.require_holder(replace(trust(), stated=[by_agency]), given, holder, RECEIVED)


def test_the_golden_keys_are_verified_with_their_holders() -> None:
    keys = [signed(one["key"]) for one in golden()["trustees"]]

    verified = rules.verified_keys(policy(), keys, trust(), BEFORE_THE_NOTICE)

    assert sorted(key.holder.id for key in verified.values()) == [
        "ORG-AGENCY",
        "ORG-AGENCY",
        "ORG-NOTARY",
        "ORG-SUPERVISOR",
    ]


def test_row_11_a_key_that_the_platform_signed_is_refused() -> None:
    keys = [signed(one["key"]) for one in golden()["trustees"]]
    forged = cms.sign(keys[0].data, key("hall"), certificate("hall"))

    for wrong in (forged, base64.b64decode(golden()["trustees"][3]["key"]["p7s"])):
        with pytest.raises(Finding) as raised:
            rules.verified_keys(
                policy(), [replace(keys[0], p7s=wrong), *keys[1:]], trust(), BEFORE_THE_NOTICE
            )
        assert (raised.value.code, raised.value.fault) == (Code.POLICY, Party.HALL)


def test_row_10_a_release_that_another_body_signed_is_no_release() -> None:
    release = signed(golden()["releases"][1])
    holder = shape.load(TrusteeKey, golden()["trustees"][2]["key"]["json"].encode()).holder
    forged = replace(release, p7s=cms.sign(release.data, key("agency"), certificate("agency")))

    rules.require_holder(trust(), release, holder, RECEIVED)
    with pytest.raises((BadSignature, BadCertificate)):
        rules.require_holder(trust(), forged, holder, RECEIVED)


def test_every_flipped_bit_of_a_release_breaks_its_signature() -> None:
    release = signed(golden()["releases"][0])

    for bit in range(0, 8 * len(release.data), 7):
        flipped = bytearray(release.data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSignature):
            trust().signer(replace(release, data=bytes(flipped)), RECEIVED, use=rules.TRUSTEE)


def test_a_manifest_of_the_golden_bid_is_what_was_signed() -> None:
    assert dump(manifest("second")).decode() == golden()["seal"]["json"]
