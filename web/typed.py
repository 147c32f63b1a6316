"""What a person types into a form, read as people write it: yuan, Beijing time, whole numbers.

Pure. What cannot be read is an error at its field, in a sentence with the thing that is wanted.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from notary import instant
from web import beijing
from web.beijing import BEIJING
from web.names import N_

_MONEY = re.compile(r"(\d{1,15})(?:\.(\d{1,2}))?")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COMMITMENT = re.compile(
    r"(?P<alone>[0-9a-f]{64})|"
    r'\{"commit": ?"(?P<commit>[0-9a-f]{64})", ?"name": ?"(?P<name>[a-z]+)"\}'
)
_SHA256 = re.compile("[0-9a-f]{64}")
_FEN = 100
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong at a field of this name: a sentence (a message id) with its facts."""

    place: str
    said: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form that comes back: what was typed into it, and what is wrong with it.

    `form`: which one of its page, where that has several.
    """

    given: Mapping[str, str]
    errors: tuple[FieldError, ...]
    form: str = ""

    def said(self, name: str) -> str:
        """Return what was typed into a field."""
        return self.given.get(name, "")

    def error(self, name: str) -> FieldError | None:
        """Return what is wrong with a field."""
        return next((one for one in self.errors if one.place == name), None)


@dataclass(slots=True)
class Answers:
    """A form as it came, and the errors found while it is read."""

    given: Mapping[str, str]
    errors: list[FieldError] = field(default_factory=list)

    def text(self, name: str, wanted: str) -> str:
        """Return a line of text. `wanted`: the sentence where it is empty."""
        said = self.given.get(name, "").strip()
        if not said:
            self.wrong(name, wanted)
        elif len(said) > _LONGEST:
            self.wrong(name, N_("Use at most 1000 characters"))
        return said

    def words(self, name: str, wanted: str) -> dict[str, str]:
        """Return a text in both languages; without an English one the Chinese stands for both."""
        zh = self.text(f"{name}_zh", wanted)
        has_english = bool(self.given.get(f"{name}_en", "").strip())
        return {"zh": zh, "en": self.text(f"{name}_en", wanted) if has_english else zh}

    def number(self, name: str) -> str:
        """Return an id, as a tender's number is one."""
        said = _plain(self.given.get(name, ""))
        if _ID.fullmatch(said) is None:
            self.wrong(name, N_("Use letters, digits, dots and hyphens, at most 64"))
        return said

    def fen(self, name: str) -> str | None:
        """Return an amount typed in yuan as whole fen, None where nothing is typed."""
        said = re.sub(r"[,，\s¥￥元]", "", _plain(self.given.get(name, "")))
        if not said:
            return None
        read = _MONEY.fullmatch(said)
        if read is None:
            self.wrong(name, N_("Write the amount in yuan, for example 1,234,500.00"))
            return None
        return str(int(read[1]) * _FEN + int((read[2] or "").ljust(2, "0") or 0))

    def commitment(self, name: str, limit: str) -> str | None:
        """Return the hash that a secret limit is bound by, None where nothing is typed.

        Taken as `hall limits commit` prints it, or the hash alone.
        """
        said = _plain(self.given.get(name, ""))
        if not said:
            return None
        read = _COMMITMENT.fullmatch(said)
        if read is None or (read["name"] or limit) != limit:
            self.wrong(name, N_("Paste what hall limits commit prints for this limit"))
            return None
        return read["alone"] or read["commit"]

    def whole(self, name: str, least: int, most: int) -> int:
        """Return a whole number between two bounds."""
        said = _plain(self.given.get(name, ""))
        if not said.isdecimal() or not least <= int(said) <= most:
            facts = {"least": str(least), "most": str(most)}
            self.wrong(name, N_("Write a whole number from %(least)s to %(most)s"), facts)
            return least
        return int(said)

    def day(self, name: str) -> date | None:
        """Return a day typed as year, month and day, None where there is no such day."""
        try:
            year, month, day = (int(_plain(self.given.get(f"{name}_{part}", ""))) for part in "ymd")
            return date(year, month, day)
        except (ValueError, OverflowError):
            self.wrong(f"{name}_y", N_("Write a date that exists, as 2026 12 10"))
            return None

    def midnight(self, name: str, *, later: int = 0) -> str | None:
        """Return the instant at which a typed day begins in Beijing, or `later` days after it.

        None where there is no such day.
        """
        day = self.day(name)
        if day is None:
            return None
        try:
            return instant.seconds(beijing.midnight(day) + timedelta(days=later))
        except (ValueError, OverflowError):
            self.wrong(f"{name}_y", N_("Write a date that exists, as 2026 12 10"))
            return None

    def sha256(self, name: str) -> str:
        """Return the hash of a file as programs print it."""
        said = _plain(self.given.get(name, "")).lower().partition(" ")[0]
        if _SHA256.fullmatch(said) is None:
            self.wrong(
                name, N_("Choose the file, or write its SHA-256: 64 digits and letters a to f")
            )
        return said

    def moment(self, name: str) -> str:
        """Return a moment typed as year, month, day and time in Beijing, as notices write it."""
        parts = [_plain(self.given.get(f"{name}_{part}", "")) for part in "ymd"]
        clock = _CLOCK.fullmatch(_plain(self.given.get(f"{name}_t", "")))
        if clock is None:
            self.wrong(f"{name}_t", N_("Write the time as 09:30"))
        try:
            year, month, day = (int(part) for part in parts)
            hour, minute = (9, 0) if clock is None else (int(clock[1]), int(clock[2]))
            at = datetime(year, month, day, hour, minute, tzinfo=BEIJING)
        except (ValueError, OverflowError):
            self.wrong(f"{name}_y", N_("Write a date that exists, as 2026 12 10"))
            return ""
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def one_of(self, name: str, known: Sequence[str]) -> str:
        """Return a choice."""
        said = self.given.get(name, "")
        if said not in known:
            self.wrong(name, N_("Choose one"))
        return said

    def wrong(self, name: str, said: str, facts: Mapping[str, str] | None = None) -> None:
        """Note an error at a field."""
        self.errors.append(FieldError(place=name, said=said, facts=facts or {}))


def rows(given: Mapping[str, str], name: str, most: int) -> int:
    """Return how many rows a form has."""
    said = given.get(name, "")
    return min(int(said), most) if said.isdecimal() else 0


def typed_moment(name: str, at: datetime) -> dict[str, str]:
    """Return a moment as the boxes of a form show it."""
    local = at.astimezone(BEIJING)
    return {
        f"{name}_y": str(local.year),
        f"{name}_m": str(local.month),
        f"{name}_d": str(local.day),
        f"{name}_t": f"{local:%H:%M}",
    }


def typed_yuan(fen: int | None) -> str:
    """Return an amount as a form shows it, in yuan."""
    return "" if fen is None else f"{fen // _FEN:,}.{fen % _FEN:02d}"


def _plain(said: str) -> str:
    """Write full-width digits and signs as a keyboard without an input method does."""
    return unicodedata.normalize("NFKC", said).strip()
