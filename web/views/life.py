"""Parts of a tender's page: its keys, its entries, its life after publication."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from web.letterhead import Text


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A body that holds one share. `line`: notary.identity.Line; `duty`: attended or armed.

    `ready_at`: when its client last proved its key alive, or None. `released`: its share is in.
    """

    name: str
    line: str
    duty: str
    ready_at: datetime | None
    released: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a notice as a page writes it: an instant, an amount, bytes, a text or several."""

    form: Literal["at", "fen", "size", "text", "lines"]
    value: datetime | int | Text | tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class LedgerLink:
    """An entry of this tender in the public log: its kind, without version, index and proof."""

    kind: str
    index: int
    at: datetime
    href: str


class LimitStep(StrEnum):
    """What has become of a secret limit."""

    SHUT = "shut"  # waits for its agency's program, after the deadline
    OPENED = "opened"  # with amount and salt, before any price
    NONE = "none"  # not opened in time: no limit, for good
    NEVER = "never"  # nothing of its box is ever opened


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretLimit:
    """A limit that a notice is bound to by a hash. `until`: when it is none, if it is shut then.

    `fen`, `salt`: as opened, else None; with the name they give `commit` again.
    """

    lot: str
    name: str
    commit: str
    until: datetime
    step: LimitStep
    fen: int | None
    salt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One thing that a revision changed. `before`, `after`: None where there is nothing to show."""

    what: str
    lot: str | None
    stage: str | None
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A later revision of the notice. `reseal`: it voids bids sealed to earlier ones."""

    revision: int
    kind: str
    at: datetime
    reason: Text
    reseal: bool
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A clarification, the same for all."""

    n: int
    question: str | None
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as the agency reads it, or as its asker does: without who asked."""

    question: str
    words: str
    at: datetime
    answered: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What has happened to a tender since its publication, and what the reader may do about it.

    `own`: what the reader has asked; `waiting`: what the reader's agency has to answer. `key`: of
    the forms of this page, None where nobody is logged in. `repeats`: the tender that this one
    repeats; `repeated_as`: the one that repeats this.
    """

    amendments: tuple[Amendment, ...] = ()
    clarifications: tuple[Said, ...] = ()
    own: tuple[Asked, ...] = ()
    waiting: tuple[Asked, ...] = ()
    may_ask: bool = False
    may_clarify: bool = False
    may_repeat: bool = False
    repeats: str | None = None
    repeated_as: str | None = None
    key: str | None = None

    @property
    def end(self) -> Amendment | None:
        """The revision that ended the tender, where it was cancelled."""
        last = self.amendments[-1] if self.amendments else None
        return last if last is not None and last.kind == "trading.cancelled" else None
