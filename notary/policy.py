"""Whose signatures make a checkpoint good: trust policies.

Source: c2sp.org/tlog-policy. The user's own policy decides; one that comes with an export is a
hint. Lines of one operator belong into one group `any`, for they count once (`ledger.md` 7).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from notary import note
from notary.note import Algorithm, Checkpoint, Note, VerifierKey

_FORBIDDEN = re.compile(rb"[^\x09\x0a\x20-\x7e\x80-\xff]")
_BLANK = re.compile(r"[ \t]+")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,3}")
_NONE = "none"


class BadPolicy(ValueError):  # noqa: N818 - named after what is wrong
    """The text is not a policy as specified."""


class QuorumNotMet(ValueError):  # noqa: N818 - what it says of the note, not of the program
    """The lines of a note do not meet the quorum of the policy."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cosigners, or groups of them, of which `threshold` suffice."""

    threshold: int
    members: "tuple[Cosigner, ...]"


Cosigner: TypeAlias = VerifierKey | Group


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that its log signed, and since when others saw it.

    `time`: the least instant, in POSIX seconds, at which the lines meet the quorum; None where they
    do not or none is wanted: its time is the hall's word. `cosigned`: what each cosigner states.
    """

    checkpoint: Checkpoint
    time: int | None
    cosigned: Mapping[VerifierKey, int]


@dataclass(frozen=True, slots=True)
class Policy:
    """Known logs, known witnesses, and which of these suffice; None: no cosignature is wanted."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: Cosigner | None = None

    def check(self, signed: Note) -> Seen:
        """Return the checkpoint of a note that meets this policy.

        Raises BadNote where it is none of a known log or a known key's line fails, QuorumNotMet
        where only cosignatures are missing.
        """
        seen = self.read(signed)
        if self.quorum is not None and seen.time is None:
            raise QuorumNotMet("the cosignatures do not meet the quorum")
        return seen

    def read(self, signed: Note) -> Seen:
        """Return the checkpoint of a note that a known log signed, whoever cosigned it.

        Raises BadNote.
        """
        checkpoint = note.parse_checkpoint(signed.text)
        logs = [log for log in self.logs if log.name == checkpoint.origin]
        times = note.signers(signed, [*logs, *self.witnesses])
        if times.keys().isdisjoint(logs):
            raise note.BadNote(f"no line of a known log named {checkpoint.origin}")
        cosigned = {key: time for key, time in times.items() if time is not None}
        met_at = None if self.quorum is None else _met_at(self.quorum, cosigned)
        return Seen(checkpoint, met_at, cosigned)


def of_log(log: VerifierKey) -> bytes:
    """Write the policy of a hall that nobody cosigns."""
    return f"log {log.vkey}\nquorum {_NONE}\n".encode()


def parse(data: bytes) -> Policy:
    """Read a policy, or raise BadPolicy."""
    if _FORBIDDEN.search(data):
        raise BadPolicy("a control character in a policy")
    # Octets above 127 are opaque to the specification; this way they come back as they were.
    lines = data.decode(errors="surrogateescape").split("\n")
    if lines.pop():
        raise BadPolicy("the last line does not end in a newline")
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        items = [item for item in _BLANK.split(line) if item]
        if items and not items[0].startswith("#"):
            try:
                reader.take(items)
            except ValueError as error:
                raise BadPolicy(f"line {number}: {error}") from error
    return reader.policy()


def _met_at(cosigner: Cosigner, cosigned: Mapping[VerifierKey, int]) -> int | None:
    """Return since when a witness, or enough of a group, had cosigned; None if it has not."""
    if isinstance(cosigner, VerifierKey):
        return cosigned.get(cosigner)
    times = [_met_at(member, cosigned) for member in cosigner.members]
    met = sorted(time for time in times if time is not None)
    return met[cosigner.threshold - 1] if len(met) >= cosigner.threshold else None


class _Reader:
    """What the lines read so far have defined."""

    def __init__(self) -> None:
        self._logs: list[VerifierKey] = []
        self._named: dict[str, Cosigner] = {}
        self._members: set[str] = set()
        self._quorum: list[Cosigner | None] = []

    def take(self, items: list[str]) -> None:
        """Read one line; raise ValueError where it is not as specified."""
        match items:
            case ["log", vkey] | ["log", vkey, _]:
                self._logs.append(_new_key(vkey, Algorithm.ED25519, self._logs))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._define(name, _new_key(vkey, Algorithm.COSIGNATURE, self._witnesses))
            case ["group", name, threshold, first, *others]:
                self._define(name, self._group(threshold, [first, *others]))
            case ["quorum", name] if not self._quorum:
                self._quorum.append(None if name == _NONE else self._get(name))
            case _:
                raise BadPolicy("not a line of a policy")

    def policy(self) -> Policy:
        """Return the whole, which has exactly one quorum."""
        if not self._quorum:
            raise BadPolicy("no quorum line")
        return Policy(tuple(self._logs), tuple(self._witnesses), self._quorum[0])

    @property
    def _witnesses(self) -> list[VerifierKey]:
        return [key for key in self._named.values() if isinstance(key, VerifierKey)]

    def _group(self, threshold: str, members: list[str]) -> Group:
        cosigners = tuple(self._get(member) for member in members)
        # Each witness counts for a quorum in one way only.
        if len({*members}) < len(members) or not self._members.isdisjoint(members):
            raise BadPolicy("a name is a member twice")
        self._members.update(members)
        least = {"any": 1, "all": len(members)}.get(threshold)
        if least is None:
            least = int(threshold) if _THRESHOLD.fullmatch(threshold) else 0
        if not 1 <= least <= len(members):
            raise BadPolicy(f"{threshold} of {len(members)} members")
        return Group(least, cosigners)

    def _define(self, name: str, cosigner: Cosigner) -> None:
        if name == _NONE or name in self._named:
            raise BadPolicy("a name that is taken")
        self._named[name] = cosigner

    def _get(self, name: str) -> Cosigner:
        if name not in self._named:
            raise BadPolicy("a name that no line before defines")
        return self._named[name]


def _new_key(vkey: str, algorithm: Algorithm, known: Iterable[VerifierKey]) -> VerifierKey:
    key = note.parse_key(vkey)
    if key.algorithm is not algorithm:
        raise BadPolicy("a key of the wrong type for its line")
    if any(key.public == other.public for other in known):
        raise BadPolicy("one public key twice")
    return key
