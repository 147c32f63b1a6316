"""What the bids of a recorded box rest on: certificates, the notice's revisions, policies, keys.

A fault here is the hall's (`sealing.md` 9: a notice or policy against section 3 is E-POLICY).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bidding.proof.folder import Fact, Folder, Ledger
from bidding.sealed.objects import Duty, Policy, TrusteeKey
from bidding.sealed.policy import read_policy, require_keys, require_successor
from bidding.signed import Signed, Stated, Trust, verified_key
from bidding.types import Box, Code, Finding, Party
from notary import cms
from notary.authority import Authorities
from notary.canonical import loads, sha256_hex
from notary.cms import BadCertificate, BadSignature
from notary.shape import load
from notary.sums import NotVerified
from trading.notice import (
    WINDOW,
    BadNotice,
    box_of,
    invited_commitment,
    parse_chain,
    require_closed,
)
from trading.types import Box as Terms
from trading.types import Notice, Published

_FIRST = "trading.published"
_OUTAGE = "trading.outage-recorded"
_CANCELLED = "trading.cancelled"
_REVISIONS = (_FIRST, "trading.amended", _OUTAGE, _CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What is proved before any bid is looked at. `policies`, `keys`: by hash."""

    box: Box
    trust: Trust
    revisions: Sequence[Published]
    policies: Mapping[str, Policy]
    keys: Mapping[str, TrusteeKey]

    def until(self, index: int) -> list[Published]:
        """Return the revisions that stand in the ledger before `index`."""
        return [one for one in self.revisions if one.entry_id < index]

    def terms(self, index: int) -> tuple[Published, Terms]:
        """Return the revision in force at `index` of the ledger and what it says of the box."""
        last = self.until(index)[-1]
        return last, find_terms(last.notice, self.box)


def find_terms(notice: Notice, box: Box) -> Terms:
    """Return what a notice says of a box, or raise E-POLICY of the hall."""
    terms = box_of(notice, box.lot, box.stage)
    if terms is None:
        raise _bad("a revision of the notice does not have the box")
    return terms


def basis_of(folder: Folder, ledger: Ledger, box: Box) -> Basis:
    """Prove what a box rests on, or raise NotVerified."""
    trust = _trust(folder)
    revisions = _revisions(folder, ledger, trust, box)
    policies, keys = _policies(folder, trust, revisions, box)
    _require_invited(folder, ledger, revisions[-1].notice)
    _require_certificates(folder, trust)
    return Basis(box=box, trust=trust, revisions=revisions, policies=policies, keys=keys)


# Certificates


def _trust(folder: Folder) -> Trust:
    """Return whose certificates are whose, with the revocation lists of the closing."""
    lists = folder.read("crls.pem") if folder.has("crls.pem") else b""
    with folder.judging("crls.pem"):
        authorities = Authorities.from_pem(folder.export.authorities.roots_pem + lists)
        if lists != (authorities.crls_pem or b""):
            raise BadCertificate("something else than revocation lists")
    named = folder.hashed("enrolled", ".tlog-proof")
    enrolled = {sha256: _enrolled(folder, sha256) for sha256 in named}
    trust = Trust(authorities=authorities, enrolled=enrolled)
    stated = sorted(_stated(folder, trust, sha256) for sha256 in folder.hashed("duty"))
    return replace(trust, stated=[statement for _, statement in stated])


def _enrolled(folder: Folder, cert_sha256: str) -> str:
    name = f"enrolled/{cert_sha256}.tlog-proof"
    fact = folder.proven(name)
    require_fact(folder, name, fact, "notary.certificate-enrolled", cert_sha256=cert_sha256)
    return fact.text("org")


def _stated(folder: Folder, trust: Trust, sha256: str) -> tuple[int, Stated]:
    """Return a duty statement that its body signed, with its place in the ledger."""
    name = f"duty/{sha256}"
    fact = folder.proven(f"{name}.tlog-proof")
    require_fact(folder, f"{name}.tlog-proof", fact, "notary.duty-stated", duty_sha256=sha256)
    statement = replace(folder.signed(name), data=folder.object("duty", sha256))
    with folder.judging(f"{name}.p7s"):
        if trust.stated_by(statement, fact.at).body != load(Duty, statement.data).body.id:
            raise BadSignature("signed by somebody else than the body")
    return fact.index, Stated(statement=statement, at=fact.at)


def _require_certificates(folder: Folder, trust: Trust) -> None:
    """Refuse certificates beside the record that nothing in it names."""
    with folder.judging("certs.pem"):
        pem = folder.read("certs.pem")
        certificates = x509.load_pem_x509_certificates(pem) if pem else []
        if pem != b"".join(one.public_bytes(Encoding.PEM) for one in certificates):
            raise BadCertificate("something else than certificates")
        roots = {cms.cert_sha256(root) for root in trust.authorities.roots}
        hall = cms.cert_sha256(folder.export.signer)
        duties = {cms.cert_sha256(one) for one in certificates if _is_stated(one, trust)}
        known = {*roots, hall, *duties, *(trust.enrolled or {})}
        if not {cms.cert_sha256(one) for one in certificates} <= known:
            raise BadCertificate("a certificate that nothing in the record names")


def _is_stated(certificate: x509.Certificate, trust: Trust) -> bool:
    sha256 = cms.cert_sha256(certificate).encode()
    return any(sha256 in one.statement.data for one in trust.stated)


def require_hall(folder: Folder, trust: Trust, signed: Signed, at: datetime) -> None:
    """Refuse what the hall did not sign: the subject that signed the sums, under an authority."""
    certificate = cms.verify(signed.data, signed.p7s)
    trust.authorities.check(certificate, at)
    if certificate.subject != folder.export.signer.subject:
        raise BadSignature("signed by somebody else than the hall")


# The notice


def _revisions(folder: Folder, ledger: Ledger, trust: Trust, box: Box) -> list[Published]:
    count = sum(name.startswith("notice/") and name.endswith(".json") for name in folder.names)
    found: list[Published] = []
    for revision in range(1, max(count, 1) + 1):
        fact = _revision_fact(folder, box, revision)
        signed = folder.signed(f"notice/{revision}")
        require_object(folder, f"notice/{revision}.json", fact, "notice_sha256")
        with folder.judging(f"notice/{revision}.json"):
            notice = _notice(ledger, box, fact, signed, found)
        with folder.judging(f"notice/{revision}.p7s"):
            _require_signed(folder, trust, fact, signed, notice)
        found.append(
            Published(
                notice=notice,
                notice_sha256=sha256_hex(signed.data),
                json=signed.data,
                p7s=signed.p7s,
                kind=fact.kind,
                entry_id=fact.index,
                at=fact.at,
            )
        )
    later = [fact for kind in _REVISIONS for fact in ledger.find(kind, tender=box.tender)]
    if ledger.whole and len(later) != count:
        raise NotVerified(
            folder.path(f"notice/{count}.json"), f"{_bad('the ledger has further revisions')}"
        )
    return found


def _notice(
    ledger: Ledger, box: Box, fact: Fact, signed: Signed, before: Sequence[Published]
) -> Notice:
    """Return a revision that follows those before it, or raise BadNotice or E-POLICY of the hall.

    Whether the box was closed by then is for the ledger to say.
    """
    outages = {one.notice.revision for one in before if one.kind == _OUTAGE}
    if fact.kind == _OUTAGE:
        outages.add(len(before) + 1)
    try:
        *_, notice = parse_chain([*(one.json for one in before), signed.data], outages)
        if before and _is_closed(ledger, box, fact.index):
            known = find_terms(before[-1].notice, box)
            require_closed(known, box_of(notice, box.lot, box.stage), notice.published)
    except BadNotice as error:
        if error.code != Code.POLICY:
            raise
        raise _bad(str(error)) from error
    _require_published(notice, fact, box)
    if before and before[-1].kind == _CANCELLED:
        raise _bad("nothing follows the end of a tender")
    return notice


def _is_closed(ledger: Ledger, box: Box, index: float = inf) -> bool:
    """Tell whether a closing of the box stands in the ledger before `index`, not set aside."""
    place = {"tender": box.tender, "lot": box.lot, "stage": box.stage}
    closed, reopened = (
        sum(fact.index < index for fact in ledger.find(f"bidding.box-{done}", **place))
        for done in ("closed", "reopened")
    )
    return closed > reopened


def _revision_fact(folder: Folder, box: Box, revision: int) -> Fact:
    name = f"notice/{revision}.tlog-proof"
    fact = folder.proven(name)
    kinds = (_FIRST,) if revision == 1 else _REVISIONS[1:]
    require_fact(folder, name, fact, *kinds, tender=box.tender, revision=revision)
    return fact


def _require_published(notice: Notice, fact: Fact, box: Box) -> None:
    if (notice.origin, notice.tender) != (box.origin, box.tender):
        raise _bad("the notice of another tender")
    if not notice.published <= fact.at <= notice.published + WINDOW:
        raise _bad("published at another time than its entry says")


def _require_signed(
    folder: Folder,
    trust: Trust,
    fact: Fact,
    signed: Signed,
    notice: Notice,
) -> None:
    """Refuse a revision that neither the purchaser signed, nor the hall under the outage rule."""
    if fact.kind == _OUTAGE:
        require_hall(folder, trust, signed, fact.at)
    elif trust.signer(signed, fact.at).body != notice.purchaser:
        raise BadSignature("signed by somebody else than the purchaser")


def _require_invited(folder: Folder, ledger: Ledger, notice: Notice) -> None:
    """Refuse a list of the invited that is not the one that the notice bound, or shown too early.

    It is in the record from the last closing of the tender on (招标投标法 22).
    """
    places = [(lot.lot, box.stage) for lot in notice.lots for box in lot.boxes]
    boxes = [
        Box(origin=notice.origin, tender=notice.tender, lot=lot, stage=stage)
        for lot, stage in places
    ]
    shown, over = folder.has("invited.json"), all(_is_closed(ledger, box) for box in boxes)
    if not shown and (notice.invited is None or not over):
        return
    with folder.judging("invited.json"):
        match loads(folder.read("invited.json")):
            case {"ids": list(ids), "salt": str(salt), **rest} if not rest:
                commitment = invited_commitment([str(one) for one in ids], bytes.fromhex(salt))
            case _:
                raise _bad("not {ids, salt}")
        if notice.invited != commitment:
            raise _bad("not the list that the notice is bound to")
        if not over:
            raise _bad("shown before the last box of the tender was closed")


# Policies and keys


def _policies(
    folder: Folder, trust: Trust, revisions: Sequence[Published], box: Box
) -> tuple[dict[str, Policy], dict[str, TrusteeKey]]:
    """Return the policies that the revisions name for the box, and all keys that they pin."""
    policies: dict[str, Policy] = {}
    keys: dict[str, TrusteeKey] = {}
    for revision in revisions:
        terms = find_terms(revision.notice, box)
        sha256 = terms.policy_sha256
        if sha256 in policies:
            continue
        with folder.judging(f"policy/{sha256}.json"):
            policy = read_policy(folder.object("policy", sha256))
            if (policy.box, policy.mode) != (box, terms.mode):
                raise _bad("a policy of another box or mode")
            for earlier in policies.values():
                require_successor(policy, earlier)
        pinned = _keys(folder, trust, policy, revision.at)
        with folder.judging(f"policy/{sha256}.json"):
            require_keys(policy, pinned)
        policies[sha256] = policy
        keys |= pinned
    for sub_folder, known in (("policy", policies.keys()), ("keys", keys.keys())):
        for sha256 in sorted(set(folder.hashed(sub_folder)) - known):
            raise NotVerified(folder.path(f"{sub_folder}/{sha256}.json"), "nothing names it")
    return policies, keys


def _keys(folder: Folder, trust: Trust, policy: Policy, at: datetime) -> dict[str, TrusteeKey]:
    """Return the keys that a policy pins, each signed by its holder."""
    found: dict[str, TrusteeKey] = {}
    for member in (member for group in policy.groups for member in group.members):
        stem = f"keys/{member.key_sha256}"
        signed = replace(folder.signed(stem), data=folder.object("keys", member.key_sha256))
        with folder.judging(f"{stem}.p7s"):
            found[member.key_sha256] = verified_key(signed, trust, at)
    return found


def require_object(folder: Folder, name: str, fact: Fact, field: str) -> None:
    """Refuse a file that is not the object whose hash its entry holds."""
    if fact.text(field) != sha256_hex(folder.read(name)):
        raise NotVerified(folder.path(name), "not the object that the ledger names", fact.index)


def require_fact(folder: Folder, name: str, fact: Fact, *kinds: str, **fields: str | int) -> None:
    """Refuse a proof of another entry than the file's name promises."""
    if fact.kind not in kinds:
        raise NotVerified(folder.path(name), f"proves {fact.kind}", fact.index)
    for field, value in fields.items():
        if fact.fields.get(field) != value:
            raise NotVerified(folder.path(name), f"proves another {field}", fact.index)


def _bad(detail: str) -> Finding:
    return Finding(Code.POLICY, Party.HALL, detail)
