import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from notary import canonical, cms
from tests.bidding.golden import certificate, golden
from tests.bidding.recorded import (
    PRICE,
    SINGLE,
    golden_record,
)
from tests.bidding.tampered import AWARD, SECOND, changed, refusal, resign, restated, verify


def test_a_revision_may_not_be_kept_from_the_record(tmp_path: Path) -> None:
    made = golden_record()
    for name in ("3.json", "3.p7s"):
        del made.files[f"{PRICE}notice/{name}"]
    del made.proofs[f"{PRICE}notice/3.tlog-proof"]

    found = refusal(made.facts(tmp_path))

    assert (found.file, found.sentence) == (
        f"{PRICE}notice/2.json",
        "E-POLICY (hall): the ledger has further revisions",
    )


@pytest.mark.parametrize("signer", ["agency", "hall", "rival"])
def test_a_notice_is_signed_by_the_purchaser(signer: str, tmp_path: Path) -> None:
    made = golden_record()
    resign(made, f"{PRICE}notice/2", signer)

    assert refusal(made.facts(tmp_path)).file == f"{PRICE}notice/2.p7s"


def test_the_hall_may_sign_a_revision_that_moves_times_later_and_no_other(tmp_path: Path) -> None:
    made = golden_record()
    made.entries[62] = {**made.entries[62], "kind": "trading.outage-recorded.v1"}
    for prefix in (PRICE, SINGLE):
        resign(made, f"{prefix}notice/3", "hall")
    verify(made.facts(tmp_path / "later"))

    made.entries[17] = {**made.entries[17], "kind": "trading.outage-recorded.v1"}
    changed(made, f"{PRICE}notice/2.json", lambda text: text.update(deposit_fen="1"))
    sha256 = resign(made, f"{PRICE}notice/2", "hall")
    made.entries[17] = {**made.entries[17], "notice_sha256": sha256}
    changed(made, f"{PRICE}notice/3.json", lambda text: text.update(previous=sha256))
    made.entries[62] = {
        **made.entries[62],
        "notice_sha256": resign(made, f"{PRICE}notice/3", "hall"),
    }
    found = refusal(made.facts(tmp_path / "more"))

    assert (found.file, found.sentence[:15]) == (f"{PRICE}notice/2.json", "E-POLICY (hall)")


def test_row_11_a_key_that_the_platform_signed_fails_the_record(tmp_path: Path) -> None:
    made = golden_record()
    sha256 = golden()["trustees"][0]["key"]["sha256"]
    resign(made, f"{PRICE}keys/{sha256}", "hall")

    found = refusal(made.facts(tmp_path))

    assert found.file == f"{PRICE}keys/{sha256}.p7s"
    assert found.sentence.startswith("E-POLICY (hall)")


def test_an_entry_about_something_else_proves_nothing(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    elsewhere = {
        f"{PRICE}notice/2.tlog-proof": 62,
        f"{PRICE}duty/{golden()['duty']['sha256']}.tlog-proof": 61,
        f"{PRICE}list.tlog-proof": 45,
        f"{PRICE}asked.tlog-proof": 47,
        f"{SECOND}entry.tlog-proof": 40,
        f"{SECOND}complete.tlog-proof": 43,
    }
    for path, index in elsewhere.items():
        made = golden_record()
        made.proofs[path] = index
        with subtests.test(path):
            assert refusal(made.facts(tmp_path / str(index))).file == path


def test_a_bid_by_a_revoked_certificate_is_improper_and_no_fault_of_the_record(
    tmp_path: Path,
) -> None:
    """What fails V2 to V3 is a verdict: the record says so and is verified."""
    made = golden_record()
    bidder = cms.cert_sha256(certificate("bidder"))
    enrolled = made.index_of(kind="notary.certificate-enrolled.v1", cert_sha256=bidder)
    made.entries[enrolled] = {**made.entries[enrolled], "org": "SOMEBODY-ELSE"}
    assert "improper, E-CERT" in refusal(made.facts(tmp_path / "unsaid")).sentence

    restated(
        made,
        PRICE,
        lambda text: text["results"][0].update(
            verdict="improper", code="E-CERT", fault="bidder", secret=None
        ),
    )
    for path in (f"{AWARD}.json", f"{AWARD}.p7s", f"{SECOND}identity.txt"):
        del made.files[path]
    [price, _] = verify(made.facts(tmp_path / "said"))

    [judged] = price.judged.values()
    assert (judged.result.code, judged.result.fault) == ("E-CERT", "bidder")


def test_a_certificate_that_nothing_names_has_no_place_in_a_record(tmp_path: Path) -> None:
    made = golden_record()
    made.files[f"{PRICE}certs.pem"] += certificate("leaver").public_bytes(Encoding.PEM)

    assert refusal(made.facts(tmp_path)).file == f"{PRICE}certs.pem"


def test_revocation_lists_are_signed_by_an_authority_and_nothing_else(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for name, extra in {
        "text": b"# note\n",
        "root": certificate("hall").public_bytes(Encoding.PEM),
    }.items():
        made = golden_record()
        made.files[f"{PRICE}crls.pem"] += extra
        with subtests.test(name):
            assert refusal(made.facts(tmp_path / name)).file == f"{PRICE}crls.pem"


def test_a_revision_against_section_3_is_the_halls_fault(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    changes: dict[str, Callable[[Any], object]] = {
        "the deadline of a closed box": lambda box: box.update(
            deadline="2026-12-02T01:00:00Z",
            parts_by="2026-12-02T01:00:00Z",
            open_at="2026-12-02T01:00:00Z",
            release_by="2026-12-05T01:30:00Z",
            owner_by="2026-12-06T01:30:00Z",
        ),
        "a reseal of a closed box": lambda box: box.update(reseal=True),
        "an earlier owner_by": lambda box: box.update(owner_by=box["release_by"]),
    }
    for name, change in changes.items():
        made = golden_record()
        whole = json.loads(made.files[f"{PRICE}notice/3.json"])
        change(whole["lots"][0]["boxes"][0])
        for prefix in (PRICE, SINGLE):
            made.files[f"{prefix}notice/3.json"] = canonical.dumps(whole)
            sha256 = resign(made, f"{prefix}notice/3", "purchaser")
            made.entries[62] = {**made.entries[62], "notice_sha256": sha256}
        with subtests.test(name):
            found = refusal(made.facts(tmp_path / name.replace(" ", "-")))
            assert found.file.endswith("notice/3.json")
            assert found.sentence.startswith("E-POLICY (hall)")
