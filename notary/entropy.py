"""Chance is an argument: whoever needs random bytes takes an `Entropy`."""

import secrets
from collections.abc import Callable

Entropy = Callable[[int], bytes]
"""Gives so many random bytes; tests pass one that repeats itself."""


def system_entropy(size: int) -> bytes:
    """Return `size` bytes from the operating system's generator."""
    return secrets.token_bytes(size)
