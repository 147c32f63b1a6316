"""The notary keeps its word."""
