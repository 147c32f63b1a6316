"""Benchmarks: each measures the hall against a limit that is measured in the same run.

Machines differ and are noisy; what part of the possible the hall reaches does not. Source:
`ledger.md` 11, `runtime.md` 3 and 5, `peers.md`.
"""
