"""What the pages about people show: messages and addresses, the telephone list.

The same contract as `web.views`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from web.letterhead import Text, View


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message. `subject`, `said`: as it was sent; `states`: way and how it went."""

    message: int
    subject: str
    said: str
    href: str
    at: datetime
    is_read: bool
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesView(View):
    """A reader's own messages, addresses, and the tenders that are followed.

    `keys`: one fresh key a form, by the form's name.
    """

    template: ClassVar[str] = "messages/page.html"

    keys: dict[str, str]
    mail: str
    mobile: str
    language: str
    messages: tuple[MessageRow, ...]
    followed: tuple[tuple[str, str], ...]

    @property
    def unread(self) -> int:
        """How many messages nobody has confirmed."""
        return sum(not one.is_read for one in self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowView(View):
    """Whether the reader follows a tender, and where this reader is told."""

    template: ClassVar[str] = "messages/follow.html"

    key: str
    tender: str
    title: Text
    follows: bool
    mail: str | None
    mobile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView(View):
    """One message as its link shows it. `action`: where the button posts to."""

    template: ClassVar[str] = "messages/letter.html"

    row: MessageRow
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """Somebody to call: who, where, about what."""

    row: MessageRow
    name: str
    person: str
    mobile: str | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsView(View):
    """The telephone list: what reached nobody, or was not read in time."""

    template: ClassVar[str] = "messages/calls.html"

    calls: tuple[CallRow, ...]
