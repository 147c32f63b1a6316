import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import pyshamir  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from notary import canonical, shamir
from notary.shamir import BadShares
from tests import shared

SECRET = bytes(range(32))


@dataclass(frozen=True)
class Dealing:
    """A secret, the polynomial's other coefficients, and who gets a share."""

    secret: bytes
    coefficients: bytes
    xs: Sequence[int]

    @property
    def k(self) -> int:
        """How many shares combine."""
        return len(self.coefficients) // 32 + 1


@st.composite
def dealings(draw: st.DrawFn) -> Dealing:
    xs = draw(st.lists(st.integers(1, 255), min_size=2, max_size=16, unique=True))
    k = draw(st.integers(2, len(xs)))
    coefficients = draw(st.binary(min_size=32 * (k - 1), max_size=32 * (k - 1)))
    return Dealing(draw(st.binary(min_size=32, max_size=32)), coefficients, xs)


def golden_dealings() -> list[tuple[Dealing, list[bytes]]]:
    golden = canonical.loads(
        shared.path("vectors/seal-v1-golden.json").read_bytes(), limit=4 * 2**20
    )
    members = cast("dict[str, list[dict[str, str]]]", golden)
    found = []
    for case in members["more_shamir"]:
        k, n, secret = int(case["k"]), int(case["n"]), bytes.fromhex(case["S"])
        info = bytes.fromhex(case["ctx"]) + bytes([k])
        poly = HKDF(SHA256(), 32 * (k - 1), b"bid-seal/v1/poly", info).derive(secret)
        shares = [bytes.fromhex(share) for share in case["shares"]]
        found.append((Dealing(secret, poly, range(1, n + 1)), shares))
    return found


def test_golden_dealings_byte_for_byte() -> None:
    assert len(golden_dealings()) == 3
    for dealing, shares in golden_dealings():
        assert shamir.deal(dealing.secret, dealing.coefficients, dealing.xs) == shares


def test_any_k_golden_shares_combine_and_fewer_do_not() -> None:
    for dealing, shares in golden_dealings():
        quorums = list(itertools.islice(itertools.combinations(shares, dealing.k), 200))
        assert all(shamir.combine(quorum) == dealing.secret for quorum in quorums)
        if dealing.k > 2:
            assert shamir.combine(shares[: dealing.k - 1]) != dealing.secret


@given(st.data(), dealings())
def test_any_k_shares_combine(data: st.DataObject, dealing: Dealing) -> None:
    shares = shamir.deal(dealing.secret, dealing.coefficients, dealing.xs)

    quorum = data.draw(st.permutations(shares))[: dealing.k]
    assert shamir.combine(quorum) == dealing.secret
    assert shamir.combine(shares) == dealing.secret


@settings(max_examples=10, deadline=None)  # pyshamir takes up to 0.3 s for 16 shares
@given(dealings())
def test_pyshamir_agrees(dealing: Dealing) -> None:
    shares = shamir.deal(dealing.secret, dealing.coefficients, dealing.xs)

    theirs = pyshamir.combine([bytearray(share) for share in shares[: dealing.k]])
    assert bytes(theirs) == dealing.secret


def test_shares_of_pyshamir_combine() -> None:
    shares = [bytes(share) for share in pyshamir.split(SECRET, 5, 3)]

    assert shamir.combine(shares[1:4]) == SECRET


def test_a_zero_leading_coefficient_is_kept() -> None:
    shares = shamir.deal(SECRET, bytes(64), [1, 2, 3])

    assert shares == [SECRET + bytes([x]) for x in (1, 2, 3)]


@pytest.mark.parametrize(
    ("secret", "coefficients", "xs"),
    [
        (SECRET[:31], bytes(32), [1, 2]),
        (SECRET, bytes(31), [1, 2]),
        (SECRET, b"", [1, 2]),
        (SECRET, bytes(32), [0, 1]),
        (SECRET, bytes(32), [1, 256]),
        (SECRET, bytes(32), [1, 1]),
        (SECRET, bytes(64), [1, 2]),
    ],
)
def test_a_dealing_that_cannot_be(secret: bytes, coefficients: bytes, xs: list[int]) -> None:
    with pytest.raises(BadShares):
        shamir.deal(secret, coefficients, xs)


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [SECRET + b"\1"],
        [SECRET + b"\1", SECRET + b"\1"],
        [SECRET + b"\0", SECRET + b"\1"],
        [SECRET, SECRET + b"\1"],
    ],
)
def test_shares_that_cannot_be(shares: list[bytes]) -> None:
    with pytest.raises(BadShares):
        shamir.combine(shares)


def test_combine_is_at_least_a_hundred_times_faster_than_pyshamir() -> None:
    shares = shamir.deal(SECRET, bytes(range(64)), [1, 2, 3])
    theirs = [bytearray(share) for share in shares]
    shamir.combine(shares)

    ours_s = min(_seconds(lambda: shamir.combine(shares)) for _ in range(50))
    theirs_s = min(_seconds(lambda: pyshamir.combine(theirs)) for _ in range(3))
    assert theirs_s / ours_s >= 100


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
