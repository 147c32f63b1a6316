"""Confirmations of rules, proposed and approved."""

from datetime import datetime

from notary import canonical, shape
from sql.database import Tx
from trading.rules.confirming import Confirmation, Confirming


async def insert(tx: Tx, confirming: Confirming, set_: str, sha256: str) -> None:
    """Store a proposed confirmation; one that is there already stays as it was."""
    await tx.execute(
        """
        INSERT INTO trading.rules_confirmation (confirmation_sha256, rules_set, rules_sha256, json,
                                                proposed_p7s, proposed_by, proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (confirmation_sha256) DO NOTHING
        """,
        confirming.sha256,
        set_,
        sha256,
        confirming.json,
        confirming.p7s,
        confirming.proposed_by,
        confirming.proposed_at,
    )


async def hold(tx: Tx, confirmation_sha256: str) -> Confirming | None:
    """Lock a confirmation that waits for its approval, or return None."""
    row = await tx.fetchrow(
        """
        SELECT confirmation_sha256 AS sha256, json, proposed_p7s AS p7s, proposed_by, proposed_at
          FROM trading.rules_confirmation
         WHERE confirmation_sha256 = $1
           AND approved_at IS NULL
           FOR UPDATE
        """,
        confirmation_sha256,
    )
    return None if row is None else Confirming(**dict(row))


async def waiting(tx: Tx) -> list[Confirming]:
    """Return the confirmations that wait for a second officer, oldest first."""
    rows = await tx.fetch(
        """
        SELECT confirmation_sha256 AS sha256, json, proposed_p7s AS p7s, proposed_by, proposed_at
          FROM trading.rules_confirmation
         WHERE approved_at IS NULL
         ORDER BY proposed_at
        """
    )
    return [Confirming(**dict(row)) for row in rows]


async def mark_approved(
    tx: Tx, confirmation_sha256: str, *, by: str, p7s: bytes, at: datetime, entry_id: int
) -> None:
    """Write the approval of a confirmation."""
    await tx.execute(
        """
        UPDATE trading.rules_confirmation
           SET approved_by = $2, approved_p7s = $3, approved_at = $4, entry_id = $5
         WHERE confirmation_sha256 = $1
        """,
        confirmation_sha256,
        by,
        p7s,
        at,
        entry_id,
    )


async def confirmed_files(tx: Tx, files: list[str]) -> set[str]:
    """Return which of these files two officers have confirmed."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT rules_sha256
          FROM trading.rules_confirmation
         WHERE rules_sha256 = ANY($1)
           AND approved_at IS NOT NULL
        """,
        files,
    )
    return {row["rules_sha256"] for row in rows}


async def confirmed(tx: Tx, files: list[str]) -> dict[str, dict[str, str]]:
    """Return the texts that confirm rules, by rule and by SHA-256 of the file; the last counts."""
    rows = await tx.fetch(
        """
        SELECT rules_sha256, json
          FROM trading.rules_confirmation
         WHERE rules_sha256 = ANY($1)
           AND approved_at IS NOT NULL
         ORDER BY approved_at
        """,
        files,
    )
    texts: dict[str, dict[str, str]] = {}
    for row in rows:
        confirmation = shape.load(Confirmation, row["json"], limit=canonical.LIMIT)
        texts.setdefault(row["rules_sha256"], {}).update(confirmation.texts)
    return texts
