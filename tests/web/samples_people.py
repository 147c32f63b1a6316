"""Views of the pages about people: messages, addresses, the telephone list."""

from collections.abc import Callable

from tests.web.samples import NOON, TITLE
from web import views_people as people
from web.letterhead import View


def row(*, is_read: bool = False) -> people.MessageRow:
    """Return a message that went out on one way and not on the other."""
    return people.MessageRow(
        message=7,
        subject="改造",
        said="中文",
        href="/tenders/GC-2026-0918",
        at=NOON,
        is_read=is_read,
        states=(("mail", "sent"), ("sms", "failed")),
    )


def messages(*, empty: bool = False) -> people.MessagesView:
    """Return somebody's messages."""
    return people.MessagesView(
        keys=dict.fromkeys(("contact", "read"), "0" * 32),
        mail="" if empty else "w@example.cn",
        mobile="",
        language="en",
        messages=() if empty else (row(), row(is_read=True)),
        followed=() if empty else (("GC-2026-0918", "改造"),),
    )


def follow(*, follows: bool, mail: str | None = "w@example.cn") -> people.FollowView:
    """Return the page that lets somebody follow."""
    return people.FollowView(
        key="0" * 32,
        tender="GC-2026-0918",
        title=TITLE,
        follows=follows,
        mail=mail,
        mobile=None,
    )


def calls(*, empty: bool = False) -> people.CallsView:
    """Return the telephone list."""
    one = people.CallRow(row=row(), name="王工", person="wang", mobile=None, key="0" * 32)
    return people.CallsView(calls=() if empty else (one,))


PAGES: dict[str, Callable[[], View]] = {
    "messages": messages,
    "messages-none": lambda: messages(empty=True),
    "follow": lambda: follow(follows=False),
    "following": lambda: follow(follows=True),
    "follow-nowhere": lambda: follow(follows=False, mail=None),
    "letter": lambda: people.LetterView(row=row(), action="/m/7/0"),
    "calls": calls,
    "calls-none": lambda: calls(empty=True),
}
