"""The golden record tampered with, and what the verifier says of it."""

import json
from collections.abc import Callable

import pytest

from bidding.proof.awarded import verify_awards
from bidding.proof.record import BoxRecord, verify_boxes
from notary import cms
from notary.canonical import dumps, sha256_hex
from notary.sums import NotVerified
from notary.verify import ExportFacts
from tests.bidding.golden import Facts, certificate, key
from tests.bidding.recorded import PRICE, TENDER, Recorded

SECOND = f"{PRICE}bids/37ac483d574c98288638cece5138eaa153ee5a9da2927bceb213c8d034797a99/"
AWARD = f"tender/{TENDER}/1/award"


def verify(facts: ExportFacts) -> list[BoxRecord]:
    """Prove every box and every award of an export."""
    boxes = verify_boxes(facts)
    verify_awards(boxes)
    return boxes


def refusal(facts: ExportFacts) -> NotVerified:
    """Return what is wrong with an export."""
    with pytest.raises(NotVerified) as raised:
        verify(facts)
    return raised.value


def resign(made: Recorded, stem: str, signer: str) -> str:
    """Sign a changed object anew and return its hash."""
    data = made.files[f"{stem}.json"]
    made.files[f"{stem}.p7s"] = cms.sign(data, key(signer), certificate(signer))
    return sha256_hex(data)


def changed(made: Recorded, path: str, change: Callable[[Facts], object]) -> None:
    """Change an object and leave its signature as it is."""
    facts = json.loads(made.files[path])
    change(facts)
    made.files[path] = dumps(facts)


def restated(made: Recorded, prefix: str, change: Callable[[Facts], object]) -> None:
    """Let the hall state another opening, which it signs and enters."""
    changed(made, f"{prefix}opening.json", change)
    sha256 = resign(made, f"{prefix}opening", "hall")
    index = 75 if prefix == PRICE else 51
    made.entries[index] = {**made.entries[index], "opening_sha256": sha256}
