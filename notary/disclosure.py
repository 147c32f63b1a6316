"""Who may see which fields of an entry, how more of them are opened, and the proof of what is seen.

The log is public from the first second, its content is opened field by field. Of plain kinds all is
open, of public kinds all but the actor; of the rest what an act's own rule opens (the caller knows
it) and what `disclose` opened, which is an act and an entry itself (`ledger.md` 8).
"""

from collections.abc import Collection
from datetime import datetime

from notary import entry, ledger, proof, published
from notary.entry import Fields, Kind
from notary.hall import Hall
from notary.ledger import Entry, Sequenced
from sql.database import Tx

PUBLIC = "public"
KIND = "ledger.disclosed.v1"

_IN_EVERY_DISCLOSURE = frozenset({"kind", "origin"})


def open_by_kind(kind: Kind) -> frozenset[str]:
    """Return the names that everybody may see of an entry of this kind without any act."""
    if kind.plain is not None:
        return frozenset(kind.names)
    if kind.public:
        return frozenset(kind.names) - {"actor"}
    return frozenset()


async def open_to(tx: Tx, found: Sequenced, audience: str = PUBLIC) -> frozenset[str]:
    """Return the names of an entry that `audience` may see, by its kind and by disclosures."""
    disclosed = await tx.fetch(
        """
        SELECT d.fields
          FROM notary.ledger_disclosure AS d
          JOIN notary.ledger_entry AS e USING (entry_id)
         WHERE e.idx = $1
           AND d.audience IN ($2, $3)
        """,
        found.idx,
        PUBLIC,
        audience,
    )
    names = open_by_kind(entry.kind(found.kind)).union(*(row["fields"] for row in disclosed))
    return names | _IN_EVERY_DISCLOSURE if names else names


async def disclosed_to_all(tx: Tx) -> dict[int, frozenset[str]]:
    """Return the names that disclosures have opened to the public, by the index of their entry."""
    rows = await tx.fetch(
        """
        SELECT e.idx, d.fields
          FROM notary.ledger_disclosure AS d
          JOIN notary.ledger_entry AS e USING (entry_id)
         WHERE d.audience = $1
        """,
        PUBLIC,
    )
    found: dict[int, frozenset[str]] = {}
    for row in rows:
        found[row["idx"]] = found.get(row["idx"], frozenset()).union(row["fields"])
    return found


def fields_of(found: Sequenced, names: Collection[str]) -> Fields:
    """Return the fields of an entry that have these names."""
    return {name: value for name, value in found.fields.items() if name in names}


def show(found: Sequenced, names: Collection[str]) -> Fields:
    """Return the `hall-disclosure/v1` that opens these fields, kind and origin among them."""
    return entry.disclosure(found.fields, found.salt, _IN_EVERY_DISCLOSURE.union(names))


async def tlog_proof(tx: Tx, found: Sequenced, names: Collection[str]) -> bytes | None:
    """Return the `.tlog-proof` file that opens these fields, None before publication.

    It stands on the first published checkpoint that covers the entry, so it is always the same.
    """
    checkpoint = await published.first_with(tx, found.idx)
    if checkpoint is None:
        return None
    hashes = await published.inclusion_proof(tx, found.idx, checkpoint.size)
    shown = show(found, names)
    return proof.of_entry(shown, found.idx, tuple(hashes), checkpoint.note).encode()


async def disclose(
    tx: Tx,
    hall: Hall,
    found: Sequenced,
    names: Collection[str],
    *,
    audience: str,
    authority: str,
    actor: str,
    at: datetime,
) -> Entry:
    """Open fields of an entry to an audience, last in the transaction of an act that may.

    `authority`: the rule and article by which the act opens them; whether they allow it is the
    act's affair. Raises BadEntry for names that the entry does not have.
    """
    if not found.fields.keys() >= set(names):
        raise entry.BadEntry("names", f"{found.kind} has not all of these fields")
    done = await ledger.append(
        tx,
        hall,
        KIND,
        subject=found.subject,
        actor=actor,
        at=at,
        fields={
            "idx": found.idx,
            "fields": [*sorted(names)],
            "audience": audience,
            "authority": authority,
        },
    )
    await tx.execute(
        """
        INSERT INTO notary.ledger_disclosure
               (disclosed_by, entry_id, fields, audience, authority, at)
        SELECT $1, entry_id, $2, $3, $4, $5
          FROM notary.ledger_entry
         WHERE idx = $6
        """,
        done.entry_id,
        sorted(names),
        audience,
        authority,
        at,
        found.idx,
    )
    return done
