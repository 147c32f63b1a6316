"""Replay: published tenders run again, sealed and opened in a demo hall, and awards compared."""
