"""Who signed: CMS signatures of bodies and of the duty certificates that bodies have named (V2).

Pure, for clients and verifiers, which have files and no database. An enrolled certificate stands
for its body by the ledger's word; a duty certificate by the newest statement that names it.

Source: `sealing.md` 3, 6a and 9, V2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bidding.sealed.objects import Bidder, Duty, Holder, Policy, TrusteeKey
from bidding.sealed.policy import require_duty, require_keys
from bidding.types import Code, Finding, Party
from notary import cms
from notary.authority import Authorities, require_in_force
from notary.canonical import sha256_hex
from notary.cms import BadCertificate, BadSignature
from notary.shape import load

TRUSTEE = "trustee"
"""The use of a duty certificate that signs keys, promises and releases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The bytes of an object and their detached signature."""

    data: bytes
    p7s: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A duty statement, and when the ledger says that it was stated."""

    statement: Signed
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whose signature it is: the certificate, and the body where that is known."""

    cert_sha256: str
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a verifier goes by.

    `enrolled`: body by certificate, as the ledger opened it; None where no ledger is at hand, and
    chains alone decide. `stated`: duty statements in the order of the ledger.
    """

    authorities: Authorities
    enrolled: Mapping[str, str] | None = None
    stated: Sequence[Stated] = ()

    def signer(self, signed: Signed, at: datetime, *, use: str | None = None) -> Signer:
        """Return who signed at `at`; raise BadSignature or BadCertificate.

        `use`: what a duty certificate may have signed this as; None where only a body's own
        certificate will do.
        """
        certificate = cms.verify(signed.data, signed.p7s)
        cert_sha256 = cms.cert_sha256(certificate)
        statement = self._newest(cert_sha256, at)
        if statement is None or use is None:
            # A key that a hall certified itself, for a device, never stands in for a duty's.
            (self.authorities if use is None else self.authorities.bodies).check(certificate, at)
            return Signer(cert_sha256=cert_sha256, body=self._body(cert_sha256))
        require_in_force(certificate, at)
        return self._stated(statement, use, cert_sha256, at)

    def stated_by(self, statement: Signed, at: datetime) -> Signer:
        """Return who signed a duty statement: no hall's own authority vouches for that."""
        return replace(self, authorities=self.authorities.bodies).signer(statement, at)

    def _newest(self, cert_sha256: str, at: datetime) -> Signed | None:
        naming = [
            one.statement
            for one in self.stated
            if one.at <= at and load(Duty, one.statement.data).cert_sha256 == cert_sha256
        ]
        return naming[-1] if naming else None

    def _stated(self, statement: Signed, use: str, cert_sha256: str, at: datetime) -> Signer:
        duty = load(Duty, statement.data)
        try:
            require_duty(duty, use, cert_sha256, at)
        except Finding as found:
            raise BadCertificate(found.detail) from found
        body = self.stated_by(statement, at)
        if body.body not in {None, duty.body.id}:
            raise BadCertificate("a duty statement signed by another body")
        return Signer(cert_sha256=cert_sha256, body=duty.body.id)

    def _body(self, cert_sha256: str) -> str | None:
        if self.enrolled is None:
            return None
        if cert_sha256 not in self.enrolled:
            raise BadCertificate("a certificate that is not enrolled")
        return self.enrolled[cert_sha256]


def require_bidder(trust: Trust, signed: Signed, bidder: Bidder, at: datetime) -> None:
    """Refuse a manifest or a withdrawal that its bidder did not sign (V2)."""
    try:
        signer = trust.signer(signed, at)
    except BadSignature as error:
        raise Finding(Code.SIG, Party.BIDDER, str(error)) from error
    except BadCertificate as error:
        raise Finding(Code.CERT, Party.BIDDER, str(error)) from error
    if signer.cert_sha256 != bidder.cert_sha256:
        raise Finding(Code.SIG, Party.BIDDER, "signed by another certificate than it names")
    if signer.body not in {None, bidder.id}:
        raise Finding(Code.CERT, Party.BIDDER, "signed for another body than it names")


def verified_keys(
    policy: Policy, keys: Iterable[Signed], trust: Trust, at: datetime
) -> dict[str, TrusteeKey]:
    """Return the keys that `policy` pins, by hash, each signed by the body that it names.

    Raises E-POLICY of the hall: with any other key the platform could open bids itself.
    """
    given = {sha256_hex(one.data): one for one in keys}
    pinned = {member.key_sha256 for group in policy.groups for member in group.members}
    verified = {
        sha256: verified_key(signed, trust, at)
        for sha256, signed in given.items()
        if sha256 in pinned
    }
    require_keys(policy, verified)
    return verified


def verified_key(signed: Signed, trust: Trust, at: datetime) -> TrusteeKey:
    """Return a trustee key that its holder signed, or raise E-POLICY of the hall."""
    try:
        key = load(TrusteeKey, signed.data)
        require_holder(trust, signed, key.holder, at)
    except ValueError as error:
        raise Finding(Code.POLICY, Party.HALL, f"a trustee key: {error}") from error
    return key


def require_holder(trust: Trust, signed: Signed, holder: Holder, at: datetime) -> None:
    """Refuse what the holder of a trustee key did not sign; BadSignature or BadCertificate."""
    signer = trust.signer(signed, at, use=TRUSTEE)
    if signer.cert_sha256 != holder.cert_sha256:
        raise BadSignature("signed by another certificate than the holder's")
    if signer.body not in {None, holder.id}:
        raise BadCertificate("signed for another body than the holder")
