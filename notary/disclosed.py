"""`disclosed.jsonl`: what an export opens of committed entries, a line each.

Source: `ledger.md` 9: `{"disclosure","index"}` a line. The lines ascend by index, so that an export
of one state of the hall has one form.
"""

from collections.abc import Mapping, Sequence

from notary import canonical, entry
from notary.entry import BadEntry, Fields, Opened


class BadLine(ValueError):  # noqa: N818 - named after what is wrong
    """The line `number`, from 1, does not open the entry that it names."""

    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(sentence)
        self.number = number


def write(disclosures: Mapping[int, Fields]) -> bytes:
    """Return the file for `hall-disclosure/v1` objects by index."""
    lines = [
        canonical.dumps({"disclosure": disclosures[index], "index": index})
        for index in sorted(disclosures)
    ]
    return b"".join(line + b"\n" for line in lines)


def read(data: bytes, records: Sequence[bytes], origin: str) -> dict[int, Opened]:
    """Return what is opened of the records of a log, or raise BadLine.

    Each commitment is recomputed from the fields: a good tree says nothing of a value beside it.
    """
    *lines, rest = data.split(b"\n")
    if rest:
        raise BadLine(len(lines) + 1, "the line does not end in a newline")
    found: dict[int, Opened] = {}
    last = -1
    for number, line in enumerate(lines, 1):
        try:
            index, opened = _read_line(line, origin)
        except (canonical.BadJson, BadEntry) as error:
            raise BadLine(number, str(error)) from error
        if not last < index < len(records):
            raise BadLine(number, "the indexes do not ascend within the log")
        if opened.record != records[index]:
            raise BadLine(number, f"the fields are not those committed to in entry {index}")
        found[index], last = opened, index
    return found


def _read_line(line: bytes, origin: str) -> tuple[int, Opened]:
    match canonical.load_signed(line):
        case {"index": int(index), "disclosure": dict(shown), **rest} if not rest:
            return index, entry.open_disclosure(canonical.dumps(shown), origin)
        case _:
            raise BadEntry("json", "a line is {disclosure, index}")
