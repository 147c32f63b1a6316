"""The proofs that the hall does what it says."""
