"""Each check of the gate is seen to stop it: a hall that lies in one point, and nothing else."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bidding.clients import gate
from bidding.clients.gate import Dossier
from bidding.clients.offer import Check, Withheld
from bidding.sealed.statements import BidList, Listed, Promise
from bidding.types import EnvelopeId, Finding
from notary.canonical import sha256_hex
from notary.note import Checkpoint
from notary.shape import dump, read
from tests.bidding.asked import (
    BOX,
    DEADLINE,
    NOW,
    ORIGIN,
    PUBLISHED,
    Asked,
    Fields,
    Log,
    a_pair,
    a_seal,
    asked,
    signed,
    trustee_key,
)
from tests.bidding.lies import Facts, clear, require_pending, require_stopped, saying, tampered
from trading.types import Notice, Stage


def test_an_honest_box_is_cleared() -> None:
    made = asked()
    cleared = clear(made)
    newest = cleared.checkpoint.size
    gate.require_consistent(cleared, None, {2: made.log.consistency(2, newest)})

    assert cleared.list_sha256 == made.list_sha256
    bidders = {gate.require_sound(cleared, one).core.bidder.id for one in cleared.received}
    assert bidders == {"FIRM-1", "FIRM-2", "FIRM-3"}


@pytest.mark.parametrize("early", [timedelta(microseconds=1), timedelta(days=1)])
def test_own_clock_before_the_opening_stops(early: timedelta) -> None:
    require_pending(Check.CLOCK, asked(), now=DEADLINE - early)

    clear(asked(), now=DEADLINE)


# The list and the asking


def _without_one(bids: BidList) -> BidList:
    return replace(bids, envelopes=bids.envelopes[1:])


LIST_LIES: dict[str, Callable[[Facts], object]] = {
    "no proof": lambda dossier: dossier["list"].update(proof=None),
    "another proof": lambda dossier: dossier["list"].update(proof=dossier["asked"]["proof"]),
    "no list": lambda dossier: dossier["list"].update(json="{}"),
    "another lot": lambda dossier: dossier["list"].update(
        json=dossier["list"]["json"].replace('"lot":"1"', '"lot":"2"')
    ),
}


@pytest.mark.parametrize("lie", LIST_LIES.values(), ids=LIST_LIES)
def test_a_list_that_is_not_the_closing_list_stops(lie: Callable[[Facts], object]) -> None:
    require_stopped(Check.LIST, tampered(asked(), lie))


def test_a_list_shown_otherwise_than_it_was_logged_stops() -> None:
    made, other = asked(), asked(list_as=_without_one)

    require_stopped(
        Check.LIST,
        tampered(made, lambda dossier: dossier["list"].update(json=other.dossier["list"]["json"])),
    )


LISTS: dict[str, Callable[[BidList], BidList]] = {
    "another notice": lambda bids: replace(bids, notice_sha256="1" * 64),
    "another deadline": lambda bids: replace(bids, deadline=DEADLINE + timedelta(seconds=1)),
    "a revised list": lambda bids: replace(bids, from_="1" * 64),
    "out of order": lambda bids: replace(bids, envelopes=bids.envelopes[::-1]),
    "another tender": lambda bids: replace(bids, tender="T-2"),
}


@pytest.mark.parametrize("lie", LISTS.values(), ids=LISTS)
def test_a_logged_list_that_is_not_this_boxes_stops(lie: Callable[[BidList], BidList]) -> None:
    require_stopped(Check.LIST, asked(list_as=lie))


@pytest.mark.parametrize(
    "fields",
    [
        {"list_sha256": "1" * 64},
        {"lot": "2"},
        {"at": "2026-12-01T01:59:59.999999Z"},
    ],
)
def test_a_closing_of_another_list_or_time_stops(fields: Fields) -> None:
    require_stopped(Check.LIST, asked(say=saying("bidding.box-closed.v1", **fields)))


@pytest.mark.parametrize("fields", [{"list_sha256": "1" * 64}, {"lot": "2"}, {"stage": "price"}])
def test_shares_asked_for_another_list_stop(fields: Fields) -> None:
    require_stopped(Check.ASKED, asked(say=saying("bidding.shares-asked.v1", **fields)))


def test_an_entry_that_the_log_does_not_have_yet_is_waited_for() -> None:
    require_pending(
        Check.LIST, tampered(asked(), lambda dossier: dossier["list"].update(proof=None))
    )


def test_another_entry_instead_of_the_asking_stops() -> None:
    require_stopped(
        Check.ASKED,
        tampered(
            asked(), lambda dossier: dossier.update(asked={"proof": dossier["list"]["proof"]})
        ),
    )


# The listed envelopes


ENVELOPE_LIES: dict[str, Callable[[Facts], object]] = {
    "one less": lambda dossier: dossier["envelopes"].pop(),
    "no proof": lambda dossier: dossier["envelopes"][0].update(proof=None),
    "another proof": lambda dossier: dossier["envelopes"][0].update(
        proof=dossier["envelopes"][1]["proof"]
    ),
    "another seal": lambda dossier: dossier["envelopes"][0].update(
        seal=dossier["envelopes"][1]["seal"]
    ),
    "another signature": lambda dossier: dossier["envelopes"][0].update(
        p7s=dossier["envelopes"][1]["p7s"]
    ),
}


@pytest.mark.parametrize("lie", ENVELOPE_LIES.values(), ids=ENVELOPE_LIES)
def test_an_envelope_without_its_entry_stops(lie: Callable[[Facts], object]) -> None:
    require_stopped(Check.ENVELOPE, tampered(asked(), lie))


def _elsewhere(bids: BidList) -> BidList:
    first, *others = bids.envelopes
    moved = Listed(envelope=first.envelope, index=first.index + 1, complete=first.complete + 1)
    return replace(bids, envelopes=(moved, *others))


def _added(bids: BidList) -> BidList:
    last = Listed(envelope=EnvelopeId("f" * 64), index=1, complete=1)
    return replace(bids, envelopes=(*bids.envelopes, last))


@pytest.mark.parametrize("lie", [_elsewhere, _added])
def test_a_list_that_names_what_was_never_received_stops(
    lie: Callable[[BidList], BidList],
) -> None:
    require_stopped(Check.ENVELOPE, asked(list_as=lie))


@pytest.mark.parametrize(
    ("at", "stops"),
    [("2026-12-01T02:00:00.000000Z", True), ("2026-12-01T01:59:59.999999Z", False)],
)
def test_an_envelope_received_at_the_deadline_stops(at: str, *, stops: bool) -> None:
    made = asked(say=saying("bidding.bid-received.v1", at=at))

    if stops:
        require_stopped(Check.ENVELOPE, made)
    else:
        clear(made)


@pytest.mark.parametrize("fields", [{"complete": False}, {"lot": "2"}, {"p7s_sha256": "1" * 64}])
def test_an_entry_of_another_envelope_stops(fields: Fields) -> None:
    require_stopped(Check.ENVELOPE, asked(say=saying("bidding.bid-received.v1", **fields)))


@pytest.mark.parametrize("late", [False, True])
def test_a_bid_whose_last_part_came_at_parts_by_stops(*, late: bool) -> None:
    parts_by = DEADLINE + timedelta(seconds=1)
    at = parts_by if late else parts_by - timedelta(microseconds=1)
    made = asked(last_part_at=at, parts_by=parts_by, open_at=parts_by)

    if late:
        require_stopped(Check.ENVELOPE, made)
    else:
        clear(made)


@pytest.mark.parametrize("shown", ["nothing", "proof"])
def test_a_bid_whose_last_part_never_came_stops(shown: str) -> None:
    made = asked(last_part_at=PUBLISHED + timedelta(minutes=9))

    def change(dossier: Facts) -> None:
        for one in dossier["envelopes"]:
            one["completed"] = one.get(shown)

    require_stopped(Check.ENVELOPE, tampered(made, change))


def test_one_bid_too_few_stops() -> None:
    require_stopped(Check.COUNT, asked(bidders=["FIRM-1"]))

    clear(asked(bidders=["FIRM-1", "FIRM-2"]))


# One log


def test_a_log_that_is_not_one_stops() -> None:
    made = asked()
    cleared = clear(made)
    newest = cleared.checkpoint.size
    good = made.log.consistency(2, newest)
    forked = Checkpoint(ORIGIN, 3, b"\1" * 32)

    for proofs in ({}, {2: good[1:]}, {2: [b"\0" * 32, *good[1:]]}):
        with pytest.raises(Withheld, match="consistency"):
            gate.require_consistent(cleared, None, proofs)
    for seen in (
        forked,
        replace(forked, size=newest),
        replace(forked, size=newest + 1),
        replace(made.log.checkpoint(3), origin="another.example/log/01234567"),
    ):
        with pytest.raises(Withheld, match="consistency"):
            gate.require_consistent(cleared, seen, {2: good, 3: made.log.consistency(3, newest)})
    gate.require_consistent(
        cleared, made.log.checkpoint(3), {2: good, 3: made.log.consistency(3, newest)}
    )
    gate.require_consistent(cleared, cleared.checkpoint, {2: good})


def test_a_proof_on_a_checkpoint_beyond_the_newest_stops() -> None:
    require_stopped(
        Check.CONSISTENCY,
        _with_checkpoint(asked(), 6),
    )


def test_two_roots_of_one_size_stop() -> None:
    log = Log()
    made = asked(log=log)
    twin = Log(key=log.key)
    other = asked(log=twin)

    def split(dossier: Facts) -> None:
        dossier["checkpoint"] = other.dossier["checkpoint"]

    require_stopped(Check.CONSISTENCY, tampered(made, split))


def _with_checkpoint(made: Asked, size: int) -> Asked:
    note = made.log.note(size).decode()
    return tampered(made, lambda dossier: dossier.update(checkpoint=note))


# Complaints


def _of_another_notice(bidder: str, notice: Notice) -> bytes:
    return (
        a_seal(bidder, replace(notice, agency="ORG-OTHER"))
        if bidder == "FIRM-2"
        else a_seal(bidder, notice)
    )


@pytest.mark.parametrize(
    "lie",
    [
        {"seal_as": _of_another_notice},
        {"sign_as": lambda org: "FIRM-1" if org == "FIRM-2" else org},
    ],
)
def test_a_bid_that_fails_v1_to_v3_is_complained_of_and_the_others_go_on(lie: Facts) -> None:
    cleared = clear(asked(**lie))
    failed = []
    for one in cleared.received:
        try:
            gate.require_sound(cleared, one)
        except Finding:
            failed.append(one)

    assert len(failed) == 1


# Promises


def a_promise(name: str, list_sha256: str, **changed: str) -> Facts:
    promise = Promise(
        origin=ORIGIN,
        tender=BOX.tender,
        lot=BOX.lot,
        stage=Stage.SINGLE,
        group=changed.get("group", name),
        key_sha256=sha256_hex(dump(trustee_key(name))),
        list_sha256=list_sha256,
        release_sha256="2" * 64,
        at=NOW,
    )
    return signed(dump(promise), a_pair(f"ORG-{changed.get('signer', name).upper()}"))


def test_only_good_promises_of_pinned_holders_for_this_list_count() -> None:
    made = asked()
    cleared = clear(made)
    good = a_promise("officer", made.list_sha256)
    bad = [
        a_promise("operator", "3" * 64),
        a_promise("operator", made.list_sha256, signer="officer"),
        a_promise("operator", made.list_sha256, group="supervisor"),
        {"json": "{}", "p7s": base64.b64encode(b"none").decode()},
    ]
    shown = read(Dossier, {**made.dossier, "promises": [good, good, *bad]})

    assert gate.promising(cleared, shown.promises, NOW) == {"officer"}
