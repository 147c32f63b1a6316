"""Oversight: systems that read the ledger and watch what is done, and never decide it."""
