"""Telling subscribers of a query what it finds: with each publication, or once a morning.

Publications are read from the ledger, entry by entry, like everything that is told. What was found
is kept by subscription, so nothing is told twice and nothing is lost when the hall stops.

Source: web.md 9, page 4; people.md 7; RFC 8058 for leaving by one press.
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from notary import followers, instant, messages, subscriptions
from notary.ledger import Sequenced
from notary.messages import Channel, Letter, Way
from notary.subscriptions import Rhythm, Subscription
from sql.database import Tx
from trading import service as trading
from trading.types import Tender
from web import beijing, finding
from web.letterhead import Lang
from web.search import Search
from web.telling import MORNING, Matter
from web.words import Words

_PUBLISHED = "trading.published.v1"


def read(query: str) -> Search:
    """Return the query of a subscription."""
    return Search.parse(parse_qsl(query.removeprefix("?"), keep_blank_values=True))


async def find(
    tx: Tx, entry: Sequenced, words: Mapping[Lang, Words], key: bytes, at: datetime
) -> None:
    """Note which subscriptions a publication fits, and write to those that are told at once."""
    if entry.kind != _PUBLISHED:
        return
    tender = str(entry.fields["tender"])
    for one in await subscriptions.at_work(tx):
        found = await _fitting(tx, one, [tender], at)
        if not found:
            continue
        told_at = at if one.rhythm is Rhythm.AT_ONCE else None
        if await subscriptions.note_found(tx, one.subscription, tender, at, told_at) and told_at:
            await _write(tx, one, f"{one.subscription}/{tender}", found, (words, key, at))


async def tell_daily(tx: Tx, words: Mapping[Lang, Words], key: bytes, at: datetime) -> None:
    """Write the mail of the morning to whoever has something in it."""
    morning = beijing.midnight(beijing.today(at)) + MORNING
    if at < morning:
        return
    for one in await subscriptions.waiting(tx, morning):
        untold = await subscriptions.take_untold(tx, one.subscription, morning, at)
        found = await _fitting(tx, one, untold, at)
        if found:
            cause = f"{one.subscription}/{beijing.today(at)}"
            await _write(tx, one, cause, found, (words, key, at))


async def _fitting(
    tx: Tx, one: Subscription, tenders: list[str], at: datetime
) -> tuple[Tender, ...]:
    asked = finding.asked(read(one.query), None, max(1, len(tenders)), tenders=tuple(tenders))
    return (await trading.found(tx, asked, at)).tenders


async def _write(
    tx: Tx,
    one: Subscription,
    cause: str,
    found: tuple[Tender, ...],
    how: tuple[Mapping[Lang, Words], bytes, datetime],
) -> None:
    """Write what was found to its person, unless nobody knows where."""
    words, key, at = how
    contact = await followers.contact_of(tx, one.person)
    if contact is None or contact.mail is None:
        return
    matter = Matter.SUBSCRIBED if one.rhythm is Rhythm.AT_ONCE else Matter.DIGEST
    only = found[0].facts.tender_id if matter is Matter.SUBSCRIBED else None
    if not await messages.begin(tx, f"subscription/{cause}", matter, only, at):
        return
    lang = Lang(contact.lang)
    letter = Letter(
        person=one.person,
        said=_said(words[lang], matter, found),
        href=f"/tenders/{only}" if only else f"/announcements{one.query}",
        ways=(Way(channel=Channel.MAIL, address=contact.mail, at=at),),
        read_by=None,
        leave=f"/leave/{one.subscription}/{subscriptions.token(key, one.subscription)}",
    )
    await messages.write(tx, f"subscription/{cause}", [letter], at)


def _said(words: Words, matter: Matter, found: tuple[Tender, ...]) -> str:
    """Return subject and text: one tender, or the list of a morning."""
    lines = []
    for one in found:
        title = one.title.zh if words.lang is Lang.ZH else one.title.en
        facts = {
            "tender": one.facts.tender_id,
            "title": " ".join(title.split()),
            "deadline": instant.seconds(one.facts.deadline),
        }
        lines.append((facts["title"], words.told(Matter.SUBSCRIBED, facts)))
    if matter is Matter.SUBSCRIBED:
        return "\n".join(lines[0])
    subject = words.translations.ngettext(
        "%(n)s new notice of your query", "%(n)s new notices of your query", len(found)
    )
    return words.told(
        Matter.DIGEST,
        {
            "subject": subject % {"n": len(found)},
            "list": "\n\n".join("\n".join(line) for line in lines),
        },
    )
