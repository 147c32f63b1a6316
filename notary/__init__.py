"""Who, when, what: identity, clock, vault, ledger, rooms, proofs, receipts, offline verifier."""
