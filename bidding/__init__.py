"""Sealed bids, their opening, and the award of a price."""
