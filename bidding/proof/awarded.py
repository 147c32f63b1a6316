"""The award of a recorded lot, verified offline: limits, decisions, ranking, winner (V14).

A fault here is the agency's, E-AWARD; a missing file or a foreign signature is named as such.

Source: `sealing.md` 3, award and limits; 9, V14.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bidding.proof.closing import rejected_by
from bidding.proof.folder import Fact, Folder
from bidding.proof.heard import require_heard
from bidding.proof.record import BoxRecord
from bidding.proof.rulebook import find
from bidding.ranking import PRICE, require_award, require_limits
from bidding.sealed.statements import AWARD_LIMIT, LIST_LIMIT, Award, OpenedLimit, Opening
from bidding.types import Code, EnvelopeId, Finding, Party
from notary.canonical import sha256_hex
from notary.cms import BadSignature
from notary.shape import Fen, load
from notary.sums import NotVerified
from notary.verify import TENDERS
from trading.notice import lot_of
from trading.types import Lot, Notice

_FILES = ("award.json", "award.p7s")
_STEPS = ("bidding.candidates-published", "bidding.awarded")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardRecord:
    """What is proved of an award. `awarded`: its entry; until then there are candidates only."""

    award: Award
    published: Fact
    awarded: bool


def verify_awards(boxes: Sequence[BoxRecord]) -> dict[tuple[str, str], AwardRecord]:
    """Prove the award of every lot that has one, by tender and lot, or raise NotVerified."""
    found: dict[tuple[str, str], AwardRecord] = {}
    for box in boxes:
        lot = (box.box.tender, box.box.lot)
        prefix = f"{TENDERS}{lot[0]}/{lot[1]}/"
        stems = {prefix + name for name in _FILES} & box.folder.export.files
        if stems and _has_prices(box):
            names = frozenset(path.removeprefix(prefix) for path in stems)
            folder = replace(box.folder, prefix=prefix, names=names, known={})
            found[lot] = _verify(folder, box, _senders(boxes, box))
    judged = {f"tender/{tender}/{lot}" for tender, lot in found}
    for path in sorted(path for box in boxes[:1] for path in box.folder.export.files):
        parent, _, name = path.rpartition("/")
        if name in _FILES and path.startswith(TENDERS) and parent not in judged:
            raise NotVerified(path, "the award of a lot without an opened box with prices")
    return found


def _has_prices(box: BoxRecord) -> bool:
    _, terms = box.basis.terms(box.closing.finished.index)
    return any(field.name == PRICE for field in terms.form)


def _senders(boxes: Sequence[BoxRecord], priced: BoxRecord) -> dict[EnvelopeId, str]:
    """Return who sent the envelopes of a lot that a record shows: of each stage, shut ones too."""
    lot = (priced.box.tender, priced.box.lot)
    found = {
        envelope: manifest.core.bidder.id
        for box in boxes
        if (box.box.tender, box.box.lot) == lot
        for envelope, manifest in box.manifests.items()
    }
    for kept in priced.closing.question.bids.kept_shut:
        received = priced.ledger.at(kept.index)
        found[kept.envelope] = "" if received is None else received.text("actor")
    return found


def _verify(folder: Folder, box: BoxRecord, senders: Mapping[EnvelopeId, str]) -> AwardRecord:
    signed = folder.signed("award")
    with folder.judging("award.json"):
        award = load(Award, signed.data, limit=AWARD_LIMIT)
        published = _published(box, sha256_hex(signed.data))
        notice = box.basis.until(published.index)[-1].notice
        lot = lot_of(notice, box.box.lot)
        if lot is None or (award.origin, award.tender, award.lot) != (
            box.box.origin,
            box.box.tender,
            box.box.lot,
        ):
            raise _bad("the award of another lot")
        _require_award(box, award, notice, lot, senders)
        _require_all_rejected(box, award, published)
        awarded = published.kind == _STEPS[1]
        rules = find(folder.export, notice.rules)
        require_heard(box.ledger, award, published, rules, awarded=awarded)
        if awarded and award.tied:
            raise _bad("a tie was awarded")
    with folder.judging("award.p7s"):
        if box.basis.trust.signer(signed, published.at).body != notice.agency:
            raise BadSignature("signed by somebody else than the agency")
    return AwardRecord(award=award, published=published, awarded=awarded)


def _published(box: BoxRecord, sha256: str) -> Fact:
    """Return the last entry that names an award of the lot, which is this one."""
    lot = {"tender": box.box.tender, "lot": box.box.lot}
    steps = [fact for kind in _STEPS for fact in box.ledger.find(kind, **lot)]
    last = max(steps, key=lambda fact: fact.index, default=None)
    if last is None or last.text("award_sha256") != sha256:
        raise _bad("the ledger names another award, or none")
    return last


def _require_award(
    box: BoxRecord,
    award: Award,
    notice: Notice,
    lot: Lot,
    senders: Mapping[EnvelopeId, str],
) -> None:
    if award.rules != notice.rules:
        raise _bad("other rules than the notice's")
    if award.opening_sha256 != box.closing.finished.text("opening_sha256"):
        raise _bad("another opening than the box's")
    require_limits(award.limits, lot.limits, _opened_in_time(box))
    prices = prices_of(box)
    require_award(award, prices, lot, senders.keys() - prices.keys())
    _require_decisions(box, award, senders)


def prices_of(box: BoxRecord) -> dict[EnvelopeId, Fen]:
    """Return the price of every opened envelope of a box that asks for one.

    Opened is what the opening says, which was proved: a bad part 1 … m that is not in this record
    is the hall's word there, and takes its bid out of the ranking here too.
    """
    stated = load(Opening, box.folder.read("opening.json"), limit=LIST_LIMIT)
    judged = {one.envelope: box.judged[one.envelope].index for one in stated.results if one.secret}
    return {
        envelope: Fen(int(index.form[PRICE]))
        for envelope, index in judged.items()
        if index is not None
    }


def _opened_in_time(box: BoxRecord) -> list[OpenedLimit]:
    """Return the limits opened after the closing and before the shares were asked for.

    The first word on a limit counts: an amount, or that it is none for good.
    """
    facts: dict[str, Fact] = {}
    of = {"tender": box.box.tender, "lot": box.box.lot}
    for fact in box.ledger.find("trading.limit-opened", **of):
        facts.setdefault(fact.text("name"), fact)
    return [
        OpenedLimit(
            name=fact.fields["name"],  # type: ignore[arg-type]  # one of three, by its schema
            fen=Fen(int(fact.text("fen"))),
            salt=bytes.fromhex(fact.text("salt")),
        )
        for fact in facts.values()
        if fact.fields["fen"] is not None
        and box.closing.closed.index < fact.index < box.closing.asked.index
    ]


def _require_all_rejected(box: BoxRecord, award: Award, published: Fact) -> None:
    """Refuse an award that ranks a bid which the ledger shows as rejected, or not so."""
    stated = {one.envelope: one.entry for one in award.rejected}
    left = {one.envelope for one in award.ranking}
    for envelope in left | (stated.keys() & box.manifests.keys()):
        bidder = box.manifests[envelope].core.bidder.id
        if rejected_by(box.ledger, box.box, bidder, published.index) != stated.get(envelope):
            raise _bad(f"{envelope} is not where its decision puts it")


def _require_decisions(box: BoxRecord, award: Award, senders: Mapping[EnvelopeId, str]) -> None:
    """Refuse rejections or a voiding that are not those of the ledger."""
    lot: dict[str, str | int] = {"tender": box.box.tender, "lot": box.box.lot}
    for rejected in award.rejected:
        bidder = senders[rejected.envelope]
        stated = {"bidder": bidder, "ground": rejected.ground, "article": rejected.article}
        _require_entry(box, rejected.entry, "bidding.bid-rejected", {**lot, **stated})
    if award.void is not None:
        stated = {"ground": award.void.ground, "article": award.void.article}
        _require_entry(box, award.void.entry, "bidding.award-voided", {**lot, **stated})


def _require_entry(box: BoxRecord, index: int, kind: str, fields: dict[str, str | int]) -> None:
    if not any(fact.index == index for fact in box.ledger.find(kind, **fields)):
        raise _bad(f"entry {index} is not the {kind.partition('.')[2]} that the award names")


def _bad(detail: str) -> Finding:
    return Finding(Code.AWARD, Party.AGENCY, detail)
