"""What the papers of the hall say: receipt, opening record, award notice. Pure, and no typesetting.

Their words are those of the pages; their facts are of the record alone, so that the same record
gives the same paper whenever it is asked for. How they are set: `web.pdf`.

Source: `web.md` 9.9, 9.12, 9.17 and 10.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notary.assurance import ANSWER_WORDS, Assurance
from notary.canonical import Json
from web import beijing, figures
from web.capital import capital
from web.letterhead import Lang, Letterhead, Text
from web.names import GROUNDS, NAMES, RULE_SETS
from web.opening_room import Bid, Lock, Objection, RoomView
from web.pdf import Attached, Paper, qr_code
from web.views.bids import ReceiptShown, ReceiptsView
from web.views.public import RankedBid, RejectedBid, ResultView, RuleSet, UnopenedBid
from web.words import Words

_JSON = "application/json"
_CMS = "application/pkcs7-signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A machine record and its detached signature; `name`: of the files, without ending."""

    name: str
    json: bytes
    p7s: bytes


def receipt(
    view: ReceiptsView,
    one: ReceiptShown,
    rules: RuleSet,
    card: Sequence[Assurance],
    signed: Signed,
    speaker: "Speaker",
) -> Paper:
    """Return the receipt of an envelope. It says nothing of what became of it later."""
    _ = speaker.words.gettext
    parts = speaker.words.translations.ngettext(
        "%(n)s sealed part", "%(n)s sealed parts", one.parts
    ) % {"n": one.parts}
    where = (
        _("lot %(n)s") % {"n": one.lot},
        speaker.named(one.stage, "box"),
        speaker.said(one.lot_title),
    )
    onward = (
        _(
            "Losing this receipt does the bid no harm. "
            "From %(at)s on the key holders open it; you do nothing."
        )
        if one.k
        else _(
            "Only you can open this bid: from %(at)s on this browser gives its key. "
            "Keep the receipt file below."
        )
    )
    return speaker.paper(
        "receipt",
        _("Receipt of a sealed bid"),
        view.title,
        view.tender,
        one.received_at,
        rules,
        card,
        signed,
        one.address,
        {
            "facts": [
                [_("Tender"), f"{speaker.said(view.title)} {view.tender}", "text"],
                [_("Lot"), _(", ").join(where), "text"],
                [_("Bidder"), f"{view.bidder_name} {view.bidder}", "text"],
                [_("Received by the hall"), speaker.at(one.received_at), "strong"],
                [_("Envelope"), figures.hash_groups(one.envelope), "hash"],
                [_("Size"), _(", ").join((figures.size(one.bytes), parts)), "text"],
                [_("Deadline"), speaker.at(one.deadline), "text"],
                [_("Rules that apply"), speaker.rules(rules), "text"],
            ],
            "next": {
                "title": _("What happens next"),
                "sentences": [
                    onward % {"at": speaker.at(one.open_at)},
                    _("Until the deadline it can be replaced or taken back; both stay on record."),
                ],
            },
        },
    )


def record(
    view: RoomView,
    rules: RuleSet,
    card: Sequence[Assurance],
    signed: Signed,
    finished_at: datetime,
    speaker: "Speaker",
) -> Paper:
    """Return the record of an opening, from its room as it stood when the record was signed."""
    _ = speaker.words.gettext
    facts = view.facts
    where = (_("lot %(n)s") % {"n": facts.lot}, speaker.named(facts.stage, "box"))
    confirmed = [bid.bidder for bid in view.bids if bid.confirmed_at is not None]
    objected = {one.who for one in view.objections}
    silent = [
        bid.bidder for bid in view.bids if bid.confirmed_at is None and bid.bidder not in objected
    ]
    ceiling = (
        "–" if facts.ceiling_fen is None else speaker.amount(facts.ceiling_fen, facts.currency)
    )
    return speaker.paper(
        "record",
        _("Record of the opening"),
        facts.title,
        facts.tender,
        finished_at,
        rules,
        card,
        signed,
        f"{speaker.sheet.origin}/rooms/{facts.room}",
        {
            "facts": [
                [_("Tender"), f"{speaker.said(facts.title)} {facts.tender}", "text"],
                [_("Lot"), _(", ").join(where), "text"],
                [_("Deadline"), speaker.at(facts.deadline), "text"],
                [_("Closed; the record is signed"), speaker.at(finished_at), "strong"],
                [_("Ceiling price"), ceiling, "text"],
                [_("Bids"), str(len(view.bids)), "text"],
                [_("Confirmed"), _(", ").join(confirmed) or "–", "text"],
                [_("Said nothing, and so agreed"), _(", ").join(silent) or "–", "text"],
                [_("Rules that apply"), speaker.rules(rules), "text"],
            ],
            "bids": {
                "title": _("Bids"),
                "heads": [_("No."), _("Bidder"), speaker.price_head(facts.currency), _("Check")],
                "rows": [_bid(one, facts.currency, speaker) for one in view.bids],
            },
            "keys": {
                "title": _("Key shares"),
                "heads": [_("Key holder"), _("State")],
                "rows": [_lock(one, speaker) for one in view.locks],
            },
            "said": {
                "title": _("Objections and confirmations"),
                "heads": [_("Time"), _("Objection"), _("Answer")],
                "rows": [_objection(one, speaker) for one in view.objections],
                "none": _("Nobody has objected."),
            },
        },
    )


def award(
    view: ResultView, five: Sequence[str], signed: Signed, at: datetime, speaker: "Speaker"
) -> Paper:
    """Return the notice of a result. `five`: its five sentences, as the page says them."""
    _ = speaker.words.gettext
    title = _("Candidates and prices") if view.awarded_at is None else _("Award notice")
    more: list[Json] = [
        [_("Lot"), _("lot %(n)s") % {"n": view.lot}, "text"],
        [_("Signed by the agency"), speaker.at(at), "strong"],
    ]
    if view.ceiling_fen is not None:
        more.append([_("Ceiling price"), speaker.amount(view.ceiling_fen, view.currency), "text"])
    more += [
        [speaker.named(one.name, "limit"), _("not opened in time: it is none"), "text"]
        if one.fen is None
        else [speaker.named(one.name, "limit"), speaker.amount(one.fen, view.currency), "text"]
        for one in view.limits
    ]
    if view.contract_by is not None:
        more.append([_("Contract"), _("by %(at)s") % {"at": speaker.at(view.contract_by)}, "text"])
    more.append([_("Record of the award"), figures.hash_groups(view.award_sha256), "hash"])
    more.append([_("Rules that apply"), speaker.rules(view.rules), "text"])
    return speaker.paper(
        "award",
        title,
        view.title,
        view.tender,
        at,
        view.rules,
        view.assurances,
        signed,
        f"{speaker.sheet.origin}/tenders/{view.tender}/result?lot={view.lot}",
        {
            "five": list(five),
            "bids": {
                "title": _("Candidates and prices"),
                "heads": [
                    _("Rank"),
                    _("Bidder"),
                    speaker.price_head(view.currency),
                    _("Conclusion"),
                ],
                "rows": [
                    *(_ranked(one, view, speaker) for one in view.ranking),
                    *(_rejected(one, view.currency, speaker) for one in view.rejected),
                    *(_unopened(one, speaker) for one in view.unopened),
                ],
            },
            "more": _("Check it at home"),
            "facts": more,
        },
    )


def _bid(one: Bid, currency: str, speaker: "Speaker") -> Json:
    _ = speaker.words.gettext
    hash_head = figures.hash_head(one.envelope)
    if one.verdict != "opened" or one.price_fen is None:
        fault = _("at fault: %(fault)s") % {"fault": speaker.named(one.fault or "nobody", "fault")}
        said: Json = [_(", ").join((one.code or "–", fault)), hash_head]
        return [[str(one.number)], [one.bidder], [_("not opened")], said]
    beside: list[Json] = [
        speaker.said(field.label)
        + _(": ")
        + (figures.money(int(value)) if field.type == "fen" else value)
        for field, value in one.facts
    ]
    return [
        [str(one.number)],
        [one.bidder, *beside],
        speaker.price(one.price_fen, currency),
        [_("as sealed"), hash_head],
    ]


def _lock(one: Lock, speaker: "Speaker") -> Json:
    _ = speaker.words.gettext
    said = (
        _("not needed")
        if one.opened_at is None
        else _("released %(at)s") % {"at": speaker.at(one.opened_at)}
    )
    return [[one.holder.name, speaker.named(one.holder.line, "line")], [said]]


def _objection(one: Objection, speaker: "Speaker") -> Json:
    _ = speaker.words.gettext
    if one.answered_at is None:
        answer: list[Json] = [_("Awaiting its answer")]
    else:
        answer = [one.answer, f"{one.host} {beijing.clock(one.answered_at)}"]
    return [[beijing.clock(one.at)], [one.text, one.who], answer]


def _ranked(one: RankedBid, view: ResultView, speaker: "Speaker") -> Json:
    _ = speaker.words.gettext
    if one.winner:
        said = _("Winner")
    elif one.rank == 1:
        said = _("Equal lowest price") if view.tied else _("First candidate")
    else:
        said = _("Accepted")
    return [[str(one.rank)], [one.bidder], speaker.price(one.price_fen, view.currency), [said]]


def _rejected(one: RejectedBid, currency: str, speaker: "Speaker") -> Json:
    _ = speaker.words.gettext
    price: list[Json] = ["–"] if one.price_fen is None else speaker.price(one.price_fen, currency)
    ground = [_(GROUNDS[one.ground])] if one.ground in GROUNDS else []
    law = f"{one.article or _('rule of this hall')} · {one.ground}"
    return [["–"], [one.bidder], price, [_("Rejected"), *ground, one.reason, law]]


def _unopened(one: UnopenedBid, speaker: "Speaker") -> Json:
    _ = speaker.words.gettext
    fault = _("at fault: %(fault)s") % {"fault": speaker.named(one.fault, "fault")}
    return [["–"], [one.bidder], [_("not opened")], [one.code, fault]]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says facts in the language of a letterhead, and puts around them what every paper has."""

    sheet: Letterhead
    words: Words

    def said(self, text: Text | Assurance) -> str:
        """Pick the language of a text."""
        return text.zh if self.sheet.lang is Lang.ZH else text.en

    def named(self, value: str, group: str) -> str:
        """Name a value of a closed list."""
        return self.words.gettext(NAMES[group][value])

    def at(self, instant: datetime) -> str:
        """Write an instant in full: a paper outlives its year."""
        day = beijing.local(instant).date().isoformat()
        return f"{day} {beijing.clock(instant)} {self.words.gettext('Beijing time')}"

    def amount(self, fen: int, currency: str) -> str:
        """Write an amount with its unit: after the figure in Chinese, before it in English."""
        unit = figures.unit(currency, self.sheet.lang)
        after = self.words.gettext("amount: unit after") == "after"
        return f"{figures.money(fen)} {unit}" if after else f"{unit} {figures.money(fen)}"

    def price(self, fen: int, currency: str) -> list[Json]:
        """Write an amount of a table whose head names the unit, in words beneath."""
        return [figures.money(fen), *([capital(fen)] if currency == "CNY" else [])]

    def price_head(self, currency: str) -> str:
        """Name the column of prices."""
        unit = figures.unit(currency, self.sheet.lang)
        return self.words.gettext("Price (%(unit)s)") % {"unit": unit}

    def rules(self, rules: RuleSet) -> str:
        """Name a rule set: what it is for, its name, its hash."""
        kind = rules.name.partition("/")[0].partition("-")[0]
        title = self.words.gettext(RULE_SETS[kind]) if kind in RULE_SETS else ""
        return " ".join(filter(None, (title, rules.name, figures.hash_head(rules.sha256))))

    def paper(
        self,
        template: str,
        title: str,
        subject: Text,
        number: str,
        at: datetime,
        rules: RuleSet,
        card: Sequence[Assurance],
        signed: Signed,
        address: str,
        data: dict[str, Json],
    ) -> Paper:
        """Put together a paper: its own `data`, and what every one has."""
        _ = self.words.gettext
        here = 0 if self.sheet.lang is Lang.ZH else 1
        return Paper(
            template=template,
            lang=self.sheet.lang,
            title=title,
            at=at,
            attached=(
                Attached(f"{signed.name}.json", signed.json, _JSON, _("The machine record")),
                Attached(f"{signed.name}.p7s", signed.p7s, _CMS, _("Its signature")),
            ),
            data={
                **data,
                "hall": self.said(self.sheet.hall),
                "subject": self.said(subject),
                "number": number,
                "marks": self._marks(rules),
                "address": address,
                "page": _("Page {n} of {m}"),
                "code": {
                    "svg": str(qr_code(address)),
                    "alt": address,
                    "says": _("Its page in the hall"),
                },
                "card": {
                    "title": f"{_('What this record can prove,')} {_('and what not')}",
                    "lines": [[ANSWER_WORDS[one.answer][here], self.said(one)] for one in card],
                },
                "inside": _(
                    "This file holds the machine record and its signature, as they were signed. "
                    "Drop it on the verify page, or take them out and run hall verify:"
                ),
            },
        )

    def _marks(self, rules: RuleSet) -> list[Json]:
        """Say what makes a paper no document of the law."""
        _ = self.words.gettext
        marks: list[Json] = []
        if self.sheet.practice:
            marks.append(_("Practice"))
        if not rules.law:
            marks.append(_("Demonstration rules"))
        if self.sheet.demo:
            marks.append(
                _(
                    "This hall is a demonstration: its rules are not law, all keys lie on one "
                    "machine, and nothing done here counts."
                )
            )
        return marks
