"""Single files that somebody holds: a receipt, and a `.tlog-proof`, verified offline.

A receipt alone shows that the hall promised; that it kept the promise shows in the log, where one
is at hand. Raises NotVerified with the file, as `notary.verify` does, and is as pure.

Source: `ledger.md` 6 and 9.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from notary import cms, instant, proof, receipt
from notary.authority import Authorities
from notary.cms import BadCertificate, BadSignature
from notary.entry import BadEntry
from notary.merkle import BadProof
from notary.note import BadNote
from notary.policy import Policy, QuorumNotMet
from notary.proof import Proven
from notary.receipt import Receipt
from notary.sums import NotVerified
from notary.verify import LogFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """What a receipt shows. `index`: its place in the log at hand, None without a log."""

    receipt: Receipt
    signer: x509.Certificate
    index: int | None


def verify_receipt(
    path: Path,
    authorities: Authorities | None,
    log: LogFacts | None = None,
    hall: x509.Certificate | None = None,
) -> ReceiptFacts:
    """Prove `receipt.json` by the `receipt.p7s` beside it, or raise NotVerified.

    `authorities` None: the chain of the signer is not judged. `log`: where the record must stand;
    `hall`: who signed the export that the log is from, and must have signed this.
    """
    data, signature = _read(path), path.with_suffix(".p7s")
    try:
        given = receipt.parse(data)
    except BadEntry as error:
        raise NotVerified(path.name, str(error)) from error
    try:
        signer = cms.verify(data, _read(signature))
        if authorities is not None:
            authorities.check(signer, instant.parse_micros(str(given.fields["at"])))
    except (BadSignature, BadCertificate) as error:
        raise NotVerified(signature.name, str(error)) from error
    if hall is not None and signer.subject != hall.subject:
        raise NotVerified(signature.name, "signed by somebody else than the hall of this log")
    index = None if log is None or given.record is None else _place(path, given, log)
    return ReceiptFacts(receipt=given, signer=signer, index=index)


def verify_proof(path: Path, policy: Policy) -> Proven:
    """Prove what a `.tlog-proof` shows under a policy, or raise NotVerified."""
    try:
        return proof.check(proof.parse(_read(path)), policy)
    except (BadProof, BadNote, BadEntry, QuorumNotMet) as error:
        raise NotVerified(path.name, str(error)) from error


def _place(path: Path, given: Receipt, log: LogFacts) -> int:
    """Return where the record of a receipt stands in a whole log."""
    if given.fields["origin"] != log.origin:
        raise NotVerified(path.name, f"a receipt of another log, {given.fields['origin']}")
    if log.tree is None:
        raise NotVerified(path.name, "the log at hand is that of one tender: a whole one is needed")
    for index, record in enumerate(log.tree.records):
        if record == given.record:
            return index
    size = log.seen.checkpoint.size
    raise NotVerified(path.name, f"its record is not among the {size} entries of the log")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotVerified(path.name, "the file is missing") from error
