"""Rows of tenders, notices and documents."""
