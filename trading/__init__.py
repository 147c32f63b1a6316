"""Announcements and the life of a tender, with the rules of each kind of trade."""
