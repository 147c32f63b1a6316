"""Attempts to submit or withdraw that are refused: each leaves its entry and a receipt.

Above a rate it leaves a receipt only, so that nobody fills the log by failing. What is right is
never counted and never refused for that: a bidder whose client failed a hundred times still submits
at the last second.

Source: `sealing.md` 7.5; `ledger.md` 6; `people.md` 6.
"""

from datetime import datetime, timedelta

from cryptography import x509

from bidding import rules
from bidding.facts import BoxKey
from bidding.store import boxes
from notary import cms, identity, instant, ledger
from notary.acknowledgement import acknowledge, acknowledge_unrecorded
from notary.canonical import Json
from notary.hall import Hall
from notary.once import Once
from notary.refusal import Refusal
from sql.database import Database
from trading import service as trading

REFUSED = "bidding.bid-refused.v1"

RECORDED_AT_MOST = 30
"""Refused attempts of one body about one tender that leave an entry, in each minute."""

_MINUTE = timedelta(minutes=1)


class TooOften(Refusal):
    """One body was refused again and again within a minute: this attempt has no entry.

    Source: `bid-seal/v1` section 9, E-RATE: never a verdict.
    """

    code = "E-RATE"


async def record_refusal(
    database: Database,
    hall: Hall,
    once: Once,
    key: BoxKey,
    certificate: x509.Certificate,
    refusal: Refusal,
    at: datetime | None,
) -> None:
    """Append what was refused, in a transaction of its own, and put the receipt in the refusal.

    Nothing is appended for a certificate that is nobody's, or before the clock was read. Raises
    TooOften, with a receipt of an attempt that has no entry.
    """
    async with database.transaction() as tx:
        known = await identity.resolve_certificate(tx, cms.cert_sha256(certificate))
        if at is None or known is None:
            return
        await trading.hold_tender(tx, key.tender)
        box = await boxes.box(tx, key)  # under the lock: is it closing by now?
        if box is None:
            raise rules.BoxUnknown(**key._asdict())
        since = at - _MINUTE
        recent = await ledger.count_since(tx, REFUSED, key.tender, actor=known.org, since=since)
        if recent >= RECORDED_AT_MOST:
            raise _too_often(hall, key, known.org, refusal, at)
        entry = await ledger.append(
            tx,
            hall,
            REFUSED,
            subject=key.tender,
            actor=known.org,
            at=at,
            fields={**key._asdict(), "code": refusal.code, "article": refusal.article},
            hold=key.hold if box.closing_at is None else None,
        )
        refusal.facts |= {
            name: str(value) for name, value in acknowledge(hall, entry, "refused").items()
        }
        await once.keep_refusal(tx, refusal)


def _too_often(hall: Hall, key: BoxKey, org: str, refusal: Refusal, at: datetime) -> TooOften:
    """Return the refusal that says why this attempt failed and that it was one too many."""
    fields: dict[str, Json] = {
        **key._asdict(),
        "kind": REFUSED,
        "origin": hall.origin,
        "at": instant.micros(at),
        "actor": org,
        "code": TooOften.code,
        "article": "",
    }
    return TooOften(
        why=refusal.code,
        seconds=int(_MINUTE.total_seconds()),
        **acknowledge_unrecorded(hall, fields),
    )
