"""What the records of a whole log must keep among themselves: form, no repeats, one of each key.

Whoever commits many entries can open the one that suits. So a claim that something is the only or
the last one of its kind rests on plain entries, and is true if these rules hold from the first
entry to the last. Source: `ledger.md` 1 "Plain kinds" and 4 "In a whole log".
"""

from collections import Counter
from collections.abc import Sequence

from notary import entry
from notary.canonical import Json
from notary.entry import COMMITTED, COMMITTED_BYTES, BadEntry, Fields

_INCEPTION = "ledger.inception"
_COUNTED = frozenset({"revision", "n", "attempt"})


class BadRecord(ValueError):  # noqa: N818 - named after what is wrong
    """The record at `index` is the first that breaks a rule; `reason` is as in the vectors."""

    def __init__(self, index: int, error: BadEntry) -> None:
        super().__init__(str(error))
        self.index = index
        self.reason = error.reason


def plain_entries(records: Sequence[bytes], origin: str) -> dict[int, Fields]:
    """Return the fields of all plain entries by index, or raise BadRecord for the first offence."""
    repeated = _first_repeat(records)
    keys = Keys()
    found: dict[int, Fields] = {}
    places = _not_committed(records)
    if records and places[:1] != [0]:
        raise BadRecord(0, BadEntry("key", "a log begins with its inception"))
    for index in places:
        if repeated is not None and repeated < index:
            break
        try:
            found[index] = entry.open_plain(records[index], origin)
            if index != repeated:
                keys.take(found[index], index)
        except BadEntry as error:
            raise BadRecord(index, error) from error
    if repeated is not None:
        raise BadRecord(repeated, BadEntry("repeat", "a record that the log has already"))
    return found


class Keys:
    """The keys of the plain entries seen so far, in the order of the log."""

    def __init__(self) -> None:
        self._seen: set[tuple[Json, ...]] = set()
        self._counts: Counter[tuple[Json, ...]] = Counter()
        self._closings: dict[tuple[Json, ...], tuple[int, int]] = {}  # by box: closed, reopened

    def take(self, fields: Fields, index: int) -> None:
        """Raise BadEntry `key` for a second entry with one key, and for a gap in a count."""
        stated, key = entry.kind_of(fields), entry.key_parts(fields)
        if (stated.family == _INCEPTION) != (index == 0):
            raise BadEntry("key", "the inception stands at index 0 and nowhere else")
        if key is None or key in self._seen:
            raise BadEntry("key", f"a second {stated.family} with the key {entry.key(fields)}")
        self._seen.add(key)
        *scope, number = key
        last = stated.plain[-1] if stated.plain else ""
        if last in _COUNTED:
            self._count(tuple(scope), number)
        elif last == "closing":
            self._close(stated.family, tuple(scope[1:]), number)

    def _count(self, scope: tuple[Json, ...], number: Json) -> None:
        """Let the numbers of a count follow one another from 1 on, without a gap."""
        if number != self._counts[scope] + 1:
            raise BadEntry("key", f"number {number} does not follow {self._counts[scope]}")
        self._counts[scope] += 1

    def _close(self, family: str, box: tuple[Json, ...], closing: Json) -> None:
        """Let closing 1 come first, and n + 1 only after n, the last one, was reopened."""
        closed, reopened = self._closings.get(box, (0, 0))
        if family == "bidding.box-closed":
            in_turn = closing == closed + 1 and reopened == closed
            self._closings[box] = (closed + 1, reopened)
        else:
            in_turn = closing == closed and reopened == closed - 1
            self._closings[box] = (closed, reopened + 1)
        if not in_turn:
            raise BadEntry("key", f"{family} {closing} out of turn")


def _not_committed(records: Sequence[bytes]) -> list[int]:
    """Return the places of all records that are not a commitment of 33 bytes."""
    return [
        index
        for index, record in enumerate(records)
        if len(record) != COMMITTED_BYTES or record[:1] != COMMITTED
    ]


def _first_repeat(records: Sequence[bytes]) -> int | None:
    """Return the place of the first record that stands before it already."""
    if len(set(records)) == len(records):
        return None
    first: dict[bytes, int] = {}
    return next(i for i, record in enumerate(records) if first.setdefault(record, i) != i)
