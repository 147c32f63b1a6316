"""Migrations, roles, and the one way to get a transaction."""
