"""Whether two rows of measurements come from one source: the Mann-Whitney U test.

Source: Mann and Whitney 1947; normal approximation with the correction for ties, good from some
twenty samples on.
"""

from collections import Counter
from collections.abc import Sequence
from math import erfc, sqrt


def p_value(left: Sequence[float], right: Sequence[float]) -> float:
    """Return the two-sided p-value of "neither tends to be larger"."""
    n, m = len(left), len(right)
    counted = Counter([*left, *right])
    rank, below = {}, 0
    for value in sorted(counted):
        rank[value] = below + (counted[value] + 1) / 2
        below += counted[value]
    u = sum(rank[value] for value in left) - n * (n + 1) / 2
    ties = sum(times**3 - times for times in counted.values())
    spread = sqrt(n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
    return erfc(abs(u - n * m / 2) / spread / sqrt(2))
