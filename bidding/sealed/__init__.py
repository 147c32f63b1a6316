"""The format of a sealed bid: what is sealed, signed and said, and the checks that need no key."""
