"""Words of sealed bids: boxes, envelopes, verdicts, codes, and whose fault a finding is.

Source: `sealing.md` 1 (words), 3 and 9 (codes).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

EnvelopeId = NewType("EnvelopeId", str)
"""Hex SHA-256 of `seal.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What is opened at one moment: a stage of a lot of a tender of a hall."""

    origin: str
    tender: str
    lot: str
    stage: str


class Verdict(StrEnum):
    """What became of an envelope of the list."""

    OPENED = "opened"
    IMPROPER = "improper"
    UNOPENED = "unopened"


class Party(StrEnum):
    """Who answers for a finding."""

    BIDDER = "bidder"
    TRUSTEE = "trustee"
    TRUSTEES = "trustees"
    HALL = "hall"
    AGENCY = "agency"
    NOBODY = "nobody"


class Complaint(StrEnum):
    """Why a trustee gives no share: the first that holds, in this order."""

    MANIFEST = "manifest"
    UNDECRYPTABLE = "undecryptable"
    FORMAT = "format"
    CONTEXT = "context"
    COMMIT = "commit"


class Code(StrEnum):
    """What a check found, in the order of the steps V1 to V14."""

    JSON = "E-JSON"
    SIG = "E-SIG"
    CERT = "E-CERT"
    BIND = "E-BIND"
    POLICY = "E-POLICY"
    LATE = "E-LATE"
    LIST = "E-LIST"
    LOG = "E-LOG"
    LOG_LATE = "E-LOG-LATE"
    DUP = "E-DUP"
    PART_HASH = "E-PART-HASH"
    PART_MISSING = "E-PART-MISSING"
    PART_LOST = "E-PART-LOST"
    PROFILE = "E-PROFILE"
    SIZE = "E-SIZE"
    SHARES = "E-SHARES"
    REL_SIG = "E-REL-SIG"
    REL_EARLY = "E-REL-EARLY"
    REL_LATE = "E-REL-LATE"
    REL_INCOMPLETE = "E-REL-INCOMPLETE"
    REL_DOUBLE = "E-REL-DOUBLE"
    REL_WRONG = "E-REL-WRONG"
    REL_FALSE_COMPLAINT = "E-REL-FALSE-COMPLAINT"
    REL_MISSING = "E-REL-MISSING"
    REL_QUORUM = "E-REL-QUORUM"
    SEAL_INCONSISTENT = "E-SEAL-INCONSISTENT"
    SEAL_UNCURED = "E-SEAL-UNCURED"
    OWNER = "E-OWNER"
    PAYLOAD = "E-PAYLOAD"
    INDEX = "E-INDEX"
    FILE = "E-FILE"
    VERDICT = "E-VERDICT"
    AWARD = "E-AWARD"


class Finding(Exception):  # noqa: N818 - what a check found, not an error of the program
    """A check of `sealing.md` 9 failed: what, by whose fault, and where; never content of a bid.

    At submission the service answers it as a refusal; in a record it is a verdict.
    """

    def __init__(self, code: Code, fault: Party, detail: str) -> None:
        super().__init__(f"{code} ({fault}): {detail}")
        self.code = code
        self.fault = fault
        self.detail = detail
