"""Confirming rules: one officer signs which text stands behind them, a second one approves.

Until the second signature nothing is confirmed. A later confirmation of the same rule takes the
place of an earlier one; both stay in the ledger.

Source: `rules.md` 1; `people.md` 5.
"""

from datetime import datetime

from notary import cms, duty, ledger, shape, signature
from notary.acknowledgement import acknowledge
from notary.canonical import sha256_hex
from notary.duty import CertificateUnknown
from notary.enrolment import OwnProposal, ProposalUnknown
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from sql.database import Database, Tx
from trading.rules.confirming import (
    Confirmation,
    Confirming,
    NotConfirmable,
    RuleText,
    require_confirmable,
)
from trading.rules.sets import rule_set
from trading.store import confirmations as store


def text(hall: Hall, name: str, texts: tuple[RuleText, ...]) -> Answer:
    """Return the text that confirms rules of a set: what the officers sign.

    Raises UnknownRuleSet, UnsoundRuleSet, NotConfirmable.
    """
    rules = rule_set(name, hall.rules)
    confirmation = Confirmation(
        v="hall-rules-confirmed/v1",
        origin=hall.origin,
        set=rules.name,
        sha256=rules.sha256,
        confirms=texts,
    )
    require_confirmable(confirmation, rules)
    if not all(one.text for one in texts):
        raise NotConfirmable(set=rules.name, rule=texts[0].rule)
    written = shape.dump(confirmation)
    return {"json": written.decode(), "sha256": sha256_hex(written)}


async def propose(
    database: Database, hall: Hall, actor: Actor, once: Once, json: bytes, p7s: bytes
) -> Answer:
    """Propose a confirmation; nothing is confirmed before another officer approves it.

    Raises Malformed, WrongHall, SignatureBad, CertificateUnknown, CertificateUntrusted,
    UnknownRuleSet, UnsoundRuleSet, RulesDiffer, NotConfirmable.
    """
    async with database.transaction() as tx:
        at = await hall.clock(tx)
        confirmation = await _signed(tx, hall, actor, json, p7s, at)
        proposed = Confirming(
            sha256=sha256_hex(json),
            json=json,
            p7s=p7s,
            proposed_by=actor.person,
            proposed_at=at,
        )
        await store.insert(tx, proposed, confirmation.set, confirmation.sha256)
        answer: Answer = {"confirmation": proposed.sha256}
        await once.keep(tx, answer)
        return answer


async def waiting(database: Database, confirmation: str) -> Answer:
    """Return the text of a confirmation that waits for its approval, or raise ProposalUnknown."""
    waits = await all_waiting(database)
    found = next((one for one in waits if one.sha256 == confirmation), None)
    if found is None:
        raise ProposalUnknown(proposal=confirmation)
    return {"json": found.json.decode(), "sha256": found.sha256}


async def all_waiting(database: Database) -> list[Confirming]:
    """Return the confirmations that wait for a second officer, oldest first."""
    async with database.transaction() as tx:
        return await store.waiting(tx)


async def approve(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    confirmation: str,
    json: bytes,
    p7s: bytes,
) -> Answer:
    """Approve what another officer proposed, by a signature over the same text.

    Way back: a later confirmation. Raises ProposalUnknown, OwnProposal, and what `propose` raises.
    """
    async with database.transaction() as tx:
        found = await store.hold(tx, confirmation)
        if found is None or found.json != json:
            raise ProposalUnknown(proposal=confirmation)
        if found.proposed_by == actor.person:
            raise OwnProposal
        at = await hall.clock(tx)
        signed = await _signed(tx, hall, actor, json, p7s, at)
        entry = await ledger.append(
            tx,
            hall,
            "trading.rules-confirmed.v1",
            subject=signed.set,
            actor=actor.person,
            at=at,
            fields={
                "set": signed.set,
                "sha256": signed.sha256,
                "confirmation_sha256": confirmation,
                "rules": [one.rule for one in signed.confirms],
                "texts": [one.text for one in signed.confirms],
            },
        )
        await store.mark_approved(
            tx, confirmation, by=actor.person, p7s=p7s, at=at, entry_id=entry.entry_id
        )
        answer: Answer = {
            "confirmation": confirmation,
            "set": signed.set,
            **acknowledge(hall, entry, "accepted"),
        }
        await once.keep(tx, answer)
        return answer


async def _signed(
    tx: Tx, hall: Hall, actor: Actor, json: bytes, p7s: bytes, at: datetime
) -> Confirmation:
    """Return what the actor himself has signed, if the hall's files can be confirmed so."""
    confirmation, certificate = signature.read(Confirmation, json, p7s, hall.origin)
    signer = await duty.require_signer(tx, hall, certificate, org=actor.org, use=None, at=at)
    if signer.person != actor.person:
        raise CertificateUnknown(certificate=cms.cert_sha256(certificate))
    require_confirmable(confirmation, rule_set(confirmation.set, hall.rules))
    return confirmation
