"""What a replay says: the hall's awards beside those of the source. Pure.

Source: architecture.md, "Replay".
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from notary.canonical import Json
from web.replay.lines import Release


class Likeness(StrEnum):
    """How an award of the hall stands to that of the source."""

    EQUAL = "equal"
    TIED = "tied"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one line ended. `code`: why it was refused; else `likeness` says how it compares.

    `bids`: sealed and submitted; `opened`: opened of them.
    """

    ocid: str
    bids: int = 0
    opened: int = 0
    likeness: Likeness | None = None
    code: str | None = None


def likeness(release: Release, lowest: Collection[int]) -> Likeness:
    """Compare; `lowest`: the numbers, from 0, of the bids that the hall found lowest."""
    won = any(release.bids[n].tenderers & release.suppliers for n in lowest)
    if not won:
        return Likeness.DIFFERS
    return Likeness.EQUAL if len(lowest) == 1 else Likeness.TIED


def summary(outcomes: Iterable[Outcome]) -> dict[str, Json]:
    """Return the result of a replay as `--json` writes it, in the order of the lines."""
    every = list(outcomes)
    differ: list[Json] = [one.ocid for one in every if one.likeness is Likeness.DIFFERS]
    refused: list[Json] = [
        {"ocid": one.ocid, "code": one.code} for one in every if one.code is not None
    ]
    return {
        "tenders": len(every),
        "bids": sum(one.bids for one in every),
        "opened": sum(one.opened for one in every),
        "awards_equal": sum(one.likeness is Likeness.EQUAL for one in every),
        "awards_tied": sum(one.likeness is Likeness.TIED for one in every),
        "awards_differ": differ,
        "refused": refused,
    }
