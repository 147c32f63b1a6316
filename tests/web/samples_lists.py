"""Views of what is made of a query: subscriptions, feeds."""

from collections.abc import Callable

from tests.web.samples import NOON
from web.letterhead import View
from web.search import Kind, Search
from web.views import lists

SEARCH = Search(q="改造", kinds=(Kind.WORKS,), branches=("-",), agencies=("ORG-1",), least=1)
ASKS = tuple(
    lists.Asks(name, said)
    for name, said in (
        ("q", "改造"),
        ("kind", "works"),
        ("branch", "-"),
        ("agency", "代理机构一"),
        ("from", "2026-11-01"),
        ("to", "2026-11-30"),
        ("min", "0.01"),
        ("max", "1,205,000.00"),
    )
)


def subscribe(*, mail: str | None = "a@b.cn", is_known: bool = True) -> lists.SubscribeView:
    """Return the form that subscribes."""
    return lists.SubscribeView(
        search=SEARCH, asks=ASKS, total=3, is_known=is_known, mail=mail, key="0" * 32
    )


def subscription(rhythm: str, *, paused: bool = False) -> lists.SubscriptionRow:
    """Return one subscription."""
    return lists.SubscriptionRow(
        subscription="0" * 32,
        search=SEARCH if paused else Search(),
        asks=ASKS if paused else (),
        rhythm=rhythm,
        since=NOON,
        paused_at=NOON if paused else None,
        feed=f"/feeds/{'0' * 32}/{'0' * 32}.atom",
        key="0" * 32,
    )


PAGES: dict[str, Callable[[], View]] = {
    "subscribe": subscribe,
    "subscribe-nobody": lambda: subscribe(mail=None, is_known=False),
    "subscribe-nowhere": lambda: subscribe(mail=None),
    "subscriptions": lambda: lists.SubscriptionsView(
        mail="a@b.cn", rows=(subscription("daily", paused=True), subscription("at_once"))
    ),
    "subscriptions-none": lambda: lists.SubscriptionsView(mail=None, rows=()),
    "leave": lambda: lists.LeaveView(asks=ASKS, action="/leave/0/0"),
    "left": lambda: lists.LeaveView(asks=None, action="/leave/0/0"),
}
