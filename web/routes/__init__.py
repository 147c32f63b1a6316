"""Handlers, one file an area: who, what, act, answer. Each file has its entries in `ROUTES`."""
