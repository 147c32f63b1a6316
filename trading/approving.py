"""What every approval of a notice asks beside its text: a second person's signature, and documents.

The purchaser's signature over the exact text is the approval, of a first notice as of a revision.
"""

from collections.abc import Collection
from datetime import datetime

from notary import cms, identity
from notary.hall import Hall
from notary.identity import Holder, Role
from notary.signature import SignatureBad, require_trusted
from notary.vault import Vault
from sql.database import Tx
from trading import notice as notices
from trading.rules import approval
from trading.types import Document, Notice, Signed


def read_notice(signed: Signed) -> Notice:
    """Return the notice that was signed, or raise NoticeMalformed."""
    try:
        return notices.parse(signed.json)
    except notices.BadNotice as error:
        raise approval.NoticeMalformed(code=error.code, why=str(error)) from error


async def require_signature(
    tx: Tx,
    hall: Hall,
    signed: Signed,
    at: datetime,
    *,
    published: datetime,
    purchaser: str,
    drafted_by: str | None,
) -> str:
    """Return the person who signed; refuse one who is not the purchaser's, or drafted it himself.

    `published`: as the text says; who seals before its entry shows judges the certificate by it, so
    a key that is younger than the text would lock everybody out. `drafted_by`: None where one
    person may do it alone. Raises SignatureBad, CertificateUntrusted, NotThePurchaser, SamePerson.
    """
    holder = await signer(tx, hall, signed, at, published)
    if holder is None:
        raise approval.NotThePurchaser(purchaser=purchaser)
    approval.require_second_person(purchaser, drafted_by, holder.person, holder.org)
    if Role.PURCHASER not in await identity.roles_of(tx, holder.person, at):
        raise approval.NotThePurchaser(purchaser=purchaser)
    return holder.person


async def signer(
    tx: Tx, hall: Hall, signed: Signed, at: datetime, *stated: datetime
) -> Holder | None:
    """Return whose certificate signed, None where it is nobody's of this hall, or was revoked.

    It was good `at` this moment, and at each that the text states.
    """
    try:
        certificate = cms.verify(signed.json, signed.p7s)
    except cms.BadSignature as error:
        raise SignatureBad from error
    for moment in (at, *stated):
        require_trusted(hall.authorities, certificate, moment)
    sha256 = cms.cert_sha256(certificate)
    holder = await identity.resolve_certificate(tx, sha256)
    await identity.note_use(tx, sha256, at)
    return None if holder is None or holder.revoked_at is not None else holder


async def require_documents(vault: Vault, documents: Collection[Document]) -> None:
    """Refuse unless every document lies in the vault; none is ever taken out again."""
    for document in documents:
        if await vault.size(document.sha256) != document.size:
            raise approval.DocumentsMissing(path=document.path, sha256=document.sha256)
