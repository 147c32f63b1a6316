"""Bech32, the spelling of age's keys: a prefix, `1`, and five bits a letter with a checksum.

Only lower case here, and no limit of 90 characters: age's recipients are lower-case, its identities
the upper case of the same text. Source: BIP 173; c2sp.org/age, X25519.
"""

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6


class BadBech32(ValueError):  # noqa: N818 - named after what is wrong
    """Not the Bech32 text of these bytes under this prefix."""


def encode(prefix: str, data: bytes) -> str:
    """Return the one lower-case text of `data` under the lower-case `prefix`."""
    letters = _regrouped(data)
    checksum = _polymod(_expanded(prefix) + letters + [0] * _CHECKSUM_LENGTH) ^ 1
    letters += [checksum >> 5 * (5 - i) & 31 for i in range(_CHECKSUM_LENGTH)]
    return prefix + "1" + "".join(_ALPHABET[letter] for letter in letters)


def decode(prefix: str, text: str, size: int) -> bytes:
    """Return the `size` bytes that `encode` spells as `text`, or raise BadBech32.

    Checksum, padding and case are settled by spelling the bytes again.
    """
    head = prefix + "1"
    letters = text[len(head) : -_CHECKSUM_LENGTH]
    count = _letters_of(size)
    if len(letters) != count or not set(letters) <= set(_ALPHABET):
        raise BadBech32(f"not {size} bytes in Bech32")
    bits = 0
    for letter in letters:
        bits = bits << 5 | _ALPHABET.index(letter)
    data = (bits >> 5 * count - 8 * size).to_bytes(size)
    if encode(prefix, data) != text:
        raise BadBech32("a wrong prefix, checksum or padding")
    return data


def _letters_of(size: int) -> int:
    """Return how many letters of five bits hold `size` bytes."""
    return -(-8 * size // 5)


def _regrouped(data: bytes) -> list[int]:
    """Return the bits of `data` in groups of five, the last filled up with zeros."""
    count = _letters_of(len(data))
    bits = int.from_bytes(data) << 5 * count - 8 * len(data)
    return [bits >> 5 * (count - 1 - i) & 31 for i in range(count)]


def _expanded(prefix: str) -> list[int]:
    """Return what the checksum sees of the prefix: high bits, a zero, low bits."""
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def _polymod(values: list[int]) -> int:
    """Return the remainder of BIP 173's BCH code."""
    remainder = 1
    for value in values:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            if top >> i & 1:
                remainder ^= generator
    return remainder
