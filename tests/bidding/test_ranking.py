from dataclasses import replace

import pytest

from bidding import ranking
from bidding.sealed.statements import AWARD_LIMIT, Award, OpenedLimit, Ranked, Rejected, Void
from bidding.types import Code, EnvelopeId, Finding, Party
from notary import shape
from notary.shape import Fen
from tests.bidding.golden import Facts, cases, golden, manifest, revisions
from trading.notice import lot_of
from trading.types import Lot


def a_lot(ceiling_fen: Fen | None = None) -> Lot:
    lot = lot_of(revisions()[-1].notice, "1")
    assert lot is not None
    return replace(lot, ceiling_fen=ceiling_fen)


def golden_award() -> Award:
    return shape.load(Award, golden()["award"]["json"].encode(), limit=AWARD_LIMIT)


def stated(case: Facts) -> Award:
    given = case["award"]
    return replace(
        golden_award(),
        limits=tuple(
            OpenedLimit(name=one["name"], fen=Fen(int(one["fen"])), salt=bytes(32))
            for one in case["limits"]
        ),
        rejected=tuple(shape.read(Rejected, one) for one in given["rejected"]),
        ranking=tuple(shape.read(Ranked, one) for one in given["ranking"]),
        tied=given["tied"],
        void=None if given["void"] is None else shape.read(Void, given["void"]),
        winner=given["winner"],
    )


def test_every_award_is_judged(subtests: pytest.Subtests) -> None:
    for case in cases()["awards"]:
        prices = {EnvelopeId(id_): Fen(int(fen)) for id_, fen in case["prices"].items()}
        ceiling = None if case["ceiling_fen"] is None else Fen(int(case["ceiling_fen"]))
        found = None
        with subtests.test(case["name"]):
            try:
                ranking.require_award(stated(case), prices, a_lot(ceiling))
            except Finding as finding:
                found = (finding.code, finding.fault)

            assert found == (None if case["expect"] == "ok" else (Code.AWARD, Party.AGENCY))


def test_the_golden_award_follows_from_the_golden_prices() -> None:
    second = next(iter(golden_award().ranking)).envelope
    assert golden()["seal"]["envelope_id"] == second
    assert manifest("second").core.seq == 2

    ranking.require_award(golden_award(), {second: Fen(1222222200)}, a_lot(Fen(1500000000)))
    assert shape.dump(golden_award()).decode() == golden()["award"]["json"]


def test_a_rejection_of_an_envelope_that_was_not_opened_is_refused() -> None:
    award = golden_award()
    rejected = Rejected(
        envelope=EnvelopeId("00" * 32), ground="technical.required", article="", reason="", entry=1
    )

    with pytest.raises(Finding, match="E-AWARD"):
        ranking.require_award(
            replace(award, rejected=(rejected,)),
            {award.ranking[0].envelope: award.ranking[0].price_fen},
            a_lot(),
        )


def test_the_golden_limit_is_bound_by_its_commitment() -> None:
    limit = golden()["limit"]
    commit = ranking.limit_commitment(
        limit["name"], bytes.fromhex(limit["salt"]), Fen(int(limit["fen"]))
    )

    assert commit == limit["commit"] == a_lot().limits[0].commit


def test_row_20_a_limit_opened_after_the_prices_is_no_limit() -> None:
    award, lot = golden_award(), a_lot()

    ranking.require_limits(award.limits, lot.limits, award.limits)
    for limits, opened in ((award.limits, ()), ((), award.limits)):
        with pytest.raises(Finding) as raised:
            ranking.require_limits(limits, lot.limits, opened)
        assert (raised.value.code, raised.value.fault) == (Code.AWARD, Party.AGENCY)


def test_row_20_a_limit_chosen_after_the_prices_breaks_its_commitment() -> None:
    award = golden_award()
    chosen = (replace(award.limits[0], fen=Fen(1)),)

    with pytest.raises(Finding, match="not the one of the notice"):
        ranking.require_limits(chosen, a_lot().limits, chosen)
