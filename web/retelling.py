"""What an event of an opening room says in one line, in the reader's language.

The page shows the state that events lead to (`web.opening_events`); here each is a sentence of its
own, in the words of the page's log, for whoever follows a room without a page. Names of bidders are
those that the events themselves bring.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from notary.canonical import Json
from notary.instant import parse_seconds
from web import beijing, figures
from web.names import NAMES
from web.words import Words

_SENTENCES = {
    "deadline-passed": "Deadline",
    "box-closed": "The list of bids is in the ledger",
    "box-reopened": "The closing is set aside after an outage; bids are taken again",
    "box-not-opened": "Too few bids; nothing is opened",
    "interrupted": "The hall stood still; bids are taken as provisional",
    "uninterrupted": "The interruption is over; the deadline stands",
    "pause-lapsed": "The pause has lapsed",
    "suspended": "Suspended: an objection to the documents waits for its answer",
    "unsuspended": "No objection to the documents waits any more; it goes on",
    "resumed": "Supervision lets the opening go on",
    "award-voided": "The lot is declared void",
    "box-finished": "Closed; the record is signed",
}
"""Events that are what their kind says; the ids are those of the page's log."""

_HELD_UP = {
    "outage-recorded": "The outage is recorded in revision %(n)s of the notice",
    "box-moved": "Bids are taken until %(at)s",
    "paused": "Paused by supervision, no. %(n)s: %(why)s; until %(at)s",
    "halted": "Halted by supervision: %(why)s",
}


@dataclass(frozen=True, slots=True)
class Reteller:
    """Retells one room. What an event does not repeat is remembered from those before it."""

    words: Words
    _bidders: dict[str, str] = field(default_factory=dict)

    def sentence(self, kind: str | None, told: Mapping[str, Json]) -> str:
        """Return the line of an event; `kind` None: it is not for this reader."""
        if kind is None:
            return self._say("not public yet")
        name = kind.partition(".")[2].removesuffix(".v1")
        match name:
            case "shares-asked":
                line = self._listed(told)
            case "release-promised":
                line = self._say("%(who)s promises its share") % {"who": told.get("group")}
            case "release-received":
                line = self._released(told)
            case "opening-postponed":
                line = self._postponed(told)
            case "bid-opened" | "bid-checked":
                line = self._bid(name, told)
            case "list-revised" | "bid-rejected" | "rejection-overturned" | "limit-opened":
                line = self._evaluated(name, told)
            case "objection-raised" | "objection-answered" | "opening-confirmed":
                line = self._spoken(name, told)
            case "outage-recorded" | "box-moved" | "paused" | "halted":
                line = self._held_up(name, told)
            case _:
                line = self._say(_SENTENCES.get(name, kind))
        return line

    def _say(self, message: str) -> str:
        return self.words.gettext(message)

    def _listed(self, told: Mapping[str, Json]) -> str:
        bids = _items(told.get("list"))
        for bid in bids:
            if isinstance(bid, dict):
                self._bidders[str(bid.get("envelope"))] = str(bid.get("bidder"))
        sentence = self.words.translations.ngettext(
            "Shares asked for; %(n)s bid on the list",
            "Shares asked for; %(n)s bids on the list",
            len(bids),
        )
        return sentence % {"n": len(bids)}

    def _released(self, told: Mapping[str, Json]) -> str:
        if told.get("good") is not True:
            sentence = self._say("%(who)s hands in a share that does not fit")
        else:
            sentence = self._say("%(who)s releases its share; that makes %(n)s")
        return sentence % {"who": told.get("group"), "n": told.get("released")}

    def _postponed(self, told: Mapping[str, Json]) -> str:
        comma = self._say(", ")
        missing = comma.join(str(group) for group in _items(told.get("missing")))
        sentence = self._say("Shares are missing; the opening is postponed")
        return f"{sentence}{self._say(': ')}{missing}"

    def _held_up(self, name: str, told: Mapping[str, Json]) -> str:
        reason = NAMES["stay"].get(str(told.get("reason")))
        facts: dict[str, Json] = {
            "n": told.get("n", told.get("revision")),
            "why": None if reason is None else self._say(reason),
            "at": None,
        }
        if "deadline" in told:
            facts["at"] = beijing.moment(parse_seconds(str(told["deadline"])), self.words.lang)
        elif "until" in told:
            facts["at"] = beijing.clock(parse_seconds(str(told["until"])))
        return self._say(_HELD_UP[name]) % facts

    def _evaluated(self, name: str, told: Mapping[str, Json]) -> str:
        what = self._say(NAMES["limit"].get(str(told.get("name")), ""))
        match name:
            case "list-revised":
                kept = int(str(told.get("kept", 0)))
                sentence = self.words.translations.ngettext(
                    "The list after the evaluation; %(n)s envelope stays shut",
                    "The list after the evaluation; %(n)s envelopes stay shut",
                    kept,
                )
                return sentence % {"n": kept}
            case "limit-opened" if told.get("fen") is None:
                return self._say("%(what)s was not opened in time and is none") % {"what": what}
            case "limit-opened":
                amount = figures.money(int(str(told["fen"])))
                return f"{what}{self._say(': ')}{amount}"
            case "bid-rejected":
                return self._say("The bid of %(who)s is rejected") % {"who": told.get("bidder")}
            case _:
                sentence = self._say("The rejection of %(who)s is set aside")
                return sentence % {"who": told.get("bidder")}

    def _spoken(self, name: str, told: Mapping[str, Json]) -> str:
        if name == "opening-confirmed":
            return self._say("%(who)s confirms") % {"who": told.get("bidder")}
        raised = name == "objection-raised"
        sentence = self._say(
            "%(who)s objects, no. %(n)s" if raised else "%(who)s answers objection no. %(n)s"
        )
        said = sentence % {"who": told.get("who"), "n": told.get("n")}
        return f"{said}{self._say(': ')}{told.get('text')}"

    def _bid(self, name: str, told: Mapping[str, Json]) -> str:
        envelope, number = str(told.get("envelope")), told.get("place")
        if "bidder" in told:
            self._bidders[envelope] = str(told["bidder"])
        who = self._bidders.get(envelope, figures.hash_head(envelope))
        comma = self._say(", ")
        if told.get("verdict") != "opened":
            sentence = self._say("Bid %(n)s, %(who)s, could not be opened")
            return f"{sentence % {'n': number, 'who': who}}{comma}{told.get('code')}"
        if name == "bid-checked":
            return self._say("Bid %(n)s: files checked") % {"n": number}
        sentence = self._say("Bid %(n)s, %(who)s") % {"n": number, "who": who}
        price = told.get("price_fen")
        return sentence if price is None else f"{sentence}{comma}{figures.money(int(str(price)))}"


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
