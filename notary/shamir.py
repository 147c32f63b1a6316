"""Shamir's secret sharing of 32 bytes over GF(2^8), with coefficients that the caller gives.

A share is 33 bytes: at x, the value of one polynomial for each byte, then x itself; the layout of
Vault and of Privy's library. Nothing is random here: `bidding.sealed.seal` derives the coefficients
from the secret, so that a dealing can be repeated byte for byte (`sealing.md` 4, poly and share_i).
Nothing is constant in time either: dealing happens on the bidder's machine, and what is combined is
public by then.

The 32 polynomials are computed side by side: a product with a constant is `bytes.translate` by the
row of the constant in the multiplication table, a sum is an exclusive or of big integers.
"""

from collections.abc import Sequence
from functools import cache

SECRET_SIZE = 32
SHARE_SIZE = SECRET_SIZE + 1

# x^8 + x^4 + x^3 + x + 1, the field of AES (FIPS 197, 4.2), in which 3 generates every x but 0.
_MODULUS = 0x11B
_ORDER = 255


class BadShares(ValueError):  # noqa: N818 - named after what is wrong
    """Shares that no dealing gives, or numbers that no dealing can have."""


def deal(secret: bytes, coefficients: bytes, xs: Sequence[int]) -> list[bytes]:
    """Return the share of `secret` at each of `xs`; any k of them combine.

    `coefficients` are 32 bytes for each of x^1 … x^(k-1), in this order; the last may be zero.
    """
    if len(secret) != SECRET_SIZE or len(coefficients) % SECRET_SIZE or not coefficients:
        raise BadShares("a secret and each row of coefficients have 32 bytes")
    _require_places(xs)
    if len(xs) <= len(coefficients) // SECRET_SIZE:
        raise BadShares("fewer shares than it takes to combine")
    rows = secret + coefficients
    from_the_top = [rows[i : i + SECRET_SIZE] for i in range(0, len(rows), SECRET_SIZE)][::-1]
    shares = []
    for x in xs:
        value = bytes(SECRET_SIZE)
        for row in from_the_top:  # Horner's rule
            value = _sum(_scaled(value, x), row)
        shares.append(value + bytes([x]))
    return shares


def combine(shares: Sequence[bytes]) -> bytes:
    """Return the secret that exactly these shares determine: their polynomials' values at 0.

    The caller chooses k of them. Shares of different dealings give some other 32 bytes: only
    deriving everything again from the result shows that it is the secret.
    """
    if len(shares) < 2 or any(len(share) != SHARE_SIZE for share in shares):  # noqa: PLR2004
        raise BadShares("two or more shares of 33 bytes")
    xs = [share[-1] for share in shares]
    _require_places(xs)
    secret = bytes(SECRET_SIZE)
    for share in shares:
        secret = _sum(secret, _scaled(share[:-1], _weight_at_zero(share[-1], xs)))
    return secret


def _require_places(xs: Sequence[int]) -> None:
    if len(set(xs)) != len(xs) or not all(1 <= x <= _ORDER for x in xs):
        raise BadShares("each share has an x of its own from 1 to 255")


def _weight_at_zero(x: int, xs: Sequence[int]) -> int:
    """Return Lagrange's basis polynomial of `x` at 0: the product of other / (other - x)."""
    exponent = sum(_LOG[other] - _LOG[other ^ x] for other in xs if other != x)
    return _EXP[exponent % _ORDER]


def _sum(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(SECRET_SIZE)


def _scaled(values: bytes, factor: int) -> bytes:
    return values.translate(_multiples(factor))


@cache
def _multiples(factor: int) -> bytes:
    """Return factor·b for every byte b; `factor` is not 0."""
    log = _LOG[factor]
    return bytes([0, *(_EXP[(log + _LOG[byte]) % _ORDER] for byte in range(1, 256))])


def _powers_of_three() -> list[int]:
    powers = [1]
    while len(powers) < _ORDER:
        product = powers[-1] ^ powers[-1] << 1
        powers.append(product ^ _MODULUS if product > _ORDER else product)
    return powers


_EXP = _powers_of_three()
_LOG = {power: exponent for exponent, power in enumerate(_EXP)}
