"""Open data: what is public of a tender as OCDS 1.1.5 releases, and as a record.

Pure functions of what everybody may read. A release is one public act: a revision of the notice,
the end of an opening, a publication of candidates, an award, what becomes of its contract. Nothing
of a bid, not even that there is one, is in any release before the box is finished, and then all of
it at once.

Amounts are whole fen inside and decimal text outside: no float, no exponent.

Source: opendata.md 1; standard.open-contracting.org, 1.1.5.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from bidding import ranking
from bidding.contract import Agreed
from bidding.facts import Awarded
from bidding.sealed.statements import AWARD_LIMIT, Award
from bidding.standing import Scene
from notary import instant
from notary.shape import Fen, load
from trading.types import Kind, Method, Notice, Published
from web import ocds_contracts
from web.showing import bidder, lot_of, name

EXAMPLE_PREFIX = "ocds-213czf"
"""The standard's own example: for demonstrations, which publish nothing that counts."""

_EXTENSIONS = (
    "ocds_bid_extension/v1.1.5",
    "ocds_lots_extension/v1.1.5",
    "ocds_location_extension/v1.1.5",
    "ocds_bidOpening_extension/master",
)
_AT = "https://raw.githubusercontent.com/open-contracting-extensions"
_TAGS = {"trading.published": "tender", "trading.cancelled": "tenderCancellation"}
_CATEGORIES = {
    Kind.CONSTRUCTION: "works",
    Kind.PROCUREMENT: "goods",
    Kind.MEDICINE: "goods",
}
_METHODS = {Method.OPEN: "open", Method.INVITED: "selective"}

Value: TypeAlias = "str | Decimal | int | list[Value] | dict[str, Value]"
Members: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who publishes: the hall's name and web origin, and its registered prefix of ocids."""

    name: str
    origin: str
    prefix: str


def release_package(
    publisher: Publisher,
    uri: str,
    at: datetime,
    releases: Sequence[Members],
    links: Mapping[str, str],
) -> bytes:
    """Return a release package; `links`: addresses of the next and the previous one."""
    package = _package(publisher, uri, at) | {"releases": list(releases)}
    return _text(package | ({"links": dict(links)} if links else {}))


def record_package(
    publisher: Publisher, uri: str, at: datetime, tenders: Iterable[Sequence[Members]]
) -> bytes:
    """Return a record package: of each tender all releases, and what they come to."""
    records: list[Value] = [
        {"ocid": one[0]["ocid"], "releases": list(one), "compiledRelease": compiled(one)}
        for one in tenders
    ]
    return _text(_package(publisher, uri, at) | {"records": records})


def releases(
    publisher: Publisher, scenes: Sequence[Scene], contracts: Mapping[str, Agreed]
) -> list[Members]:
    """Return the releases of one tender, oldest first.

    `scenes`: of all its boxes; `contracts`: those on record, by lot.
    """
    ocid = f"{publisher.prefix}-{scenes[0].standing.box.key.tender}"
    acts = [_notice(publisher, scenes, revision) for revision in scenes[0].notices]
    for scene in scenes:
        acts += _opening(scene)
        acts += _awards(scene)
        acts += _contract(scene, contracts)
    acts.sort(key=lambda act: act[0])
    _count_tenderers(members for _, _, members in acts)
    return [
        {
            "ocid": ocid,
            "id": f"{ocid}-{n}",
            "date": instant.seconds(at),
            "tag": [tag],
            "initiationType": "tender",
            "language": "zh",
            **members,
        }
        for n, (at, tag, members) in enumerate(acts, start=1)
    ]


def compiled(own: Sequence[Members]) -> Members:
    """Return what the releases of a tender come to: the later of two values stands.

    Source: OCDS 1.1.5, merging: objects member by member, lists of objects by their ids.
    """
    left: Members = {}
    for release in own:
        _merge(left, {key: one for key, one in release.items() if key not in {"id", "date", "tag"}})
    last = own[-1]["date"]
    return {"tag": ["compiled"], "id": f"{own[-1]['ocid']}-{last}", "date": last, **left}


def _package(publisher: Publisher, uri: str, at: datetime) -> Members:
    return {
        "uri": uri,
        "version": "1.1",
        "publishedDate": instant.seconds(at),
        "publisher": {"name": publisher.name, "uri": publisher.origin},
        "extensions": [f"{_AT}/{one}/extension.json" for one in _EXTENSIONS],
    }


def _notice(
    publisher: Publisher, scenes: Sequence[Scene], revision: Published
) -> tuple[datetime, str, Members]:
    notice, first = revision.notice, scenes[0].notices[0]
    cancelled = revision.kind == "trading.cancelled"
    bodies = scenes[0].bodies
    purchaser = _party(notice.purchaser, name(bodies, notice.purchaser), "buyer")
    agency = _party(notice.agency, name(bodies, notice.agency), "procuringEntity")
    parties = [purchaser, agency]
    if notice.purchaser == notice.agency:
        parties = [purchaser | {"roles": ["buyer", "procuringEntity"]}]
    tender: Members = {
        "id": notice.tender,
        "title": notice.title.zh,
        "title_en": notice.title.en,
        "status": "cancelled" if cancelled else "active",
        "procuringEntity": _reference(agency),
        "procurementMethod": _METHODS[notice.method],
        "awardCriteria": "priceOnly",
        "submissionMethod": ["electronicSubmission"],
        "tenderPeriod": {
            "startDate": instant.seconds(first.at),
            "endDate": instant.seconds(_deadline(notice)),
        },
        "bidOpening": {"date": instant.seconds(_opens(notice))},
        "lots": [
            {
                "id": lot.lot,
                "title": lot.title.zh,
                "title_en": lot.title.en,
                "status": "cancelled" if cancelled else "active",
                **_amount("value", lot.ceiling_fen, notice.currency),
            }
            for lot in notice.lots
        ],
    }
    if notice.documents:  # a list without anything in it is no fact, and a merge drops it
        tender["documents"] = [
            {
                "id": one.sha256,
                "documentType": "biddingDocuments",
                "title": one.path,
                "url": f"{publisher.origin}/api/v1/documents/{one.sha256}",
                "datePublished": instant.seconds(revision.at),
            }
            for one in notice.documents
        ]
    if notice.kind in _CATEGORIES:
        tender["mainProcurementCategory"] = _CATEGORIES[Kind(notice.kind)]
    ceilings = [lot.ceiling_fen for lot in notice.lots if lot.ceiling_fen is not None]
    if len(ceilings) == len(notice.lots):
        tender |= _amount("value", Fen(sum(ceilings)), notice.currency)
    members: Members = {"parties": [*parties], "buyer": _reference(purchaser), "tender": tender}
    return revision.at, _TAGS.get(revision.kind, "tenderAmendment"), members


def _opening(scene: Scene) -> list[tuple[datetime, str, Members]]:
    """Return the end of the opening of a lot's prices; what is opened before says no count."""
    box, lot = scene.standing.box, lot_of(scene)
    if ranking.priced(lot) != box.key.stage:
        return []
    if box.not_opened_at is not None:
        failed: Members = {
            "id": box.key.tender,
            "lots": [{"id": lot.lot, "title": lot.title.zh, "status": "unsuccessful"}],
        }
        return [(box.not_opened_at, "tenderUpdate", {"tender": failed})]
    if box.finished_at is None:
        return []
    tenderers = [
        _party(org, name(scene.bodies, org), "tenderer") for org in sorted(_bidders(scene))
    ]
    members: Members = {
        "parties": [*tenderers],
        "tender": {
            "id": box.key.tender,
            "tenderers": [_reference(one) for one in tenderers],
        },
        "bids": {"details": [*_bids(scene, None)]},
    }
    return [(box.finished_at, "tenderUpdate", members)]


def _count_tenderers(acts: Iterable[Members]) -> None:
    """Write how many have bid on any lot that is opened by then; a stale count would be wrong."""
    known: set[str] = set()
    for members in acts:
        tender = members["tender"]
        assert isinstance(tender, dict)  # noqa: S101 - every release has one
        tenderers = tender.get("tenderers")
        if isinstance(tenderers, list):
            known |= {str(one["id"]) for one in tenderers if isinstance(one, dict)}
            tender["numberOfTenderers"] = len(known)


def _bidders(scene: Scene) -> set[str]:
    return {scene.bidders[one.envelope_id] for one in scene.standing.results}


def _bids(scene: Scene, award: Award | None) -> list[Members]:
    """Return the bids of a lot as they stand at the opening or, with `award`, after it."""
    currency = scene.notices[-1].notice.currency
    rejected = set() if award is None else {one.envelope for one in award.rejected}
    made: list[Members] = []
    for one in scene.standing.results:
        opened = one.verdict == "opened" and one.envelope_id not in rejected
        org = scene.bidders[one.envelope_id]
        made.append(
            {
                "id": one.envelope_id,
                "status": ("pending" if award is None else "valid") if opened else "disqualified",
                "tenderers": [{"id": org, "name": name(scene.bodies, org)}],
                "relatedLots": [scene.standing.box.key.lot],
                **_amount("value", one.price_fen, currency),
            }
        )
    return made


def _awards(scene: Scene) -> list[tuple[datetime, str, Members]]:
    if ranking.priced(lot_of(scene)) != scene.standing.box.key.stage:
        return []
    return [_award(scene, one) for one in scene.standing.awards]


def _award(scene: Scene, signed: Awarded) -> tuple[datetime, str, Members]:
    """Return the publicity of a lot's candidates, or its award, or that nobody has won."""
    award = load(Award, signed.json, limit=AWARD_LIMIT)
    box, lot = scene.standing.box, lot_of(scene)
    currency = scene.notices[-1].notice.currency
    is_final, has_winner = signed.step == "awarded", signed.winner is not None
    best = [one for one in award.ranking if one.rank == 1 and (has_winner or not is_final)]
    made: list[Members] = [
        {
            "id": f"{box.key.tender}-{box.key.lot}-{scene.bidders[one.envelope]}",
            "title": lot.title.zh,
            "status": "active" if is_final else "pending",
            "date": instant.seconds(signed.at),
            "suppliers": [{"id": scene.bidders[one.envelope], "name": bidder(scene, one.envelope)}],
            "relatedLots": [box.key.lot],
            "relatedBid": one.envelope,
            **_amount("value", one.price_fen, currency),
        }
        for one in best
    ]
    if not best:
        failed: Members = {"id": f"{box.key.tender}-{box.key.lot}", "relatedLots": [box.key.lot]}
        made = [failed | {"status": "unsuccessful", "date": instant.seconds(signed.at)}]
    roles: list[Value] = ["tenderer", "supplier"]
    winners = {scene.bidders[one.envelope] for one in best}
    parties: list[Value] = [
        _party(org, name(scene.bodies, org), "tenderer")
        | ({"roles": roles} if org in winners else {})
        for org in sorted(_bidders(scene))
    ]
    status = ("complete" if has_winner else "unsuccessful") if is_final else "active"
    members: Members = {
        "parties": parties,
        "tender": {
            "id": box.key.tender,
            "lots": [{"id": lot.lot, "title": lot.title.zh, "status": status}],
        },
        "bids": {"details": [*_bids(scene, award)]},
        "awards": [*made],
    }
    return signed.at, "awardUpdate" if is_final else "award", members


def _contract(
    scene: Scene, contracts: Mapping[str, Agreed]
) -> Iterable[tuple[datetime, str, Members]]:
    key, lot = scene.standing.box.key, lot_of(scene)
    if ranking.priced(lot) != key.stage or key.lot not in contracts:
        return ()
    currency = scene.notices[-1].notice.currency
    return ocds_contracts.acts(contracts[key.lot], lot.title.zh, currency)


def _party(org: str, called: str, role: str) -> Members:
    return {"id": org, "name": called, "roles": [role]}


def _reference(party: Members) -> Members:
    return {"id": party["id"], "name": party["name"]}


def _amount(member: str, fen: Fen | None, currency: str) -> Members:
    if fen is None:
        return {}
    return {member: {"amount": Decimal(fen).scaleb(-2), "currency": currency}}


def _deadline(notice: Notice) -> datetime:
    return max(box.deadline for lot in notice.lots for box in lot.boxes)


def _opens(notice: Notice) -> datetime:
    return min(box.open_at for lot in notice.lots for box in lot.boxes)


def _merge(left: Members, later: Members) -> None:
    for key, value in later.items():
        known = left.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            _merge(known, value)
        elif isinstance(value, list) and isinstance(known, list) and _have_ids([*known, *value]):
            _merge_by_id(known, value)
        else:
            left[key] = _copied(value)


def _merge_by_id(known: list[Value], later: list[Value]) -> None:
    places = {one["id"]: one for one in known if isinstance(one, dict)}
    for one in later:
        assert isinstance(one, dict)  # noqa: S101 - _have_ids has said so
        if one["id"] in places:
            _merge(places[one["id"]], one)
        else:
            known.append(_copied(one))


def _have_ids(items: list[Value]) -> bool:
    return all(isinstance(one, dict) and "id" in one for one in items)


def _copied(value: Value) -> Value:
    """Return the same value in containers of its own: what merges must not change what it is of."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _text(value: Value) -> bytes:
    return "".join(_pieces(value)).encode()


def _pieces(value: Value) -> Iterable[str]:
    """Write JSON, amounts as they stand: `json` would make floats of them."""
    if isinstance(value, dict):
        yield "{"
        for n, (key, one) in enumerate(value.items()):
            yield f"{',' if n else ''}{json.dumps(key)}:"
            yield from _pieces(one)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for n, one in enumerate(value):
            yield "," if n else ""
            yield from _pieces(one)
        yield "]"
    elif isinstance(value, Decimal):
        yield f"{value:f}"
    else:
        yield json.dumps(value, ensure_ascii=False)
