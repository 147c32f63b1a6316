"""Whatever an agency prepares, the notices it leads to are one chain, and no time moves earlier."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from notary.canonical import sha256_hex
from notary.refusal import Refusal
from tests.bidding.asked import DEADLINE, a_notice
from trading import notice as notices
from trading.amendments import BoxChange, Change, LotChange
from trading.rules.amendments import amended, cancelled, voided
from trading.rules.revisions import require_lawful_amendment
from trading.rules.sets import rule_set
from trading.types import Notice, Published, Words

RULES = rule_set("demo/2026-11")
WHY = Words(zh="变更", en="a change")
TIMES = ("deadline", "parts_by", "open_at", "release_by", "owner_by")

offsets = st.integers(-600, 7200).map(lambda seconds: timedelta(seconds=seconds))
maybe = st.one_of(st.none(), offsets)


@st.composite
def steps(draw: st.DrawFn) -> tuple[timedelta, dict[str, timedelta | None], int | None, bool]:
    """Draw when the next change is published, which times it moves, and what else."""
    passed = draw(st.integers(0, 1800).map(lambda seconds: timedelta(seconds=seconds)))
    moved = {name: draw(maybe) for name in ("deadline", "release_by", "owner_by")}
    size = draw(st.one_of(st.none(), st.integers(1_000_000, 9_000_000)))
    return passed, moved, size, draw(st.booleans())


def published(notice: Notice, before: Published | None, at: datetime) -> Published:
    text = notices.dump(notice)
    return Published(
        notice=notice,
        notice_sha256=sha256_hex(text),
        json=text,
        p7s=b"",
        kind="trading.amended" if before else "trading.published",
        entry_id=before.entry_id + 1 if before else 0,
        at=at,
    )


@given(st.lists(steps(), max_size=8))
def test_any_row_of_changes_is_one_chain_whose_times_move_later(
    row: list[tuple[timedelta, dict[str, timedelta | None], int | None, bool]],
) -> None:
    # Near enough to the deadline that some rows go on after it.
    first = replace(a_notice(), published=DEADLINE - timedelta(hours=2))
    chain = [published(first, None, first.published)]
    now = first.published

    for passed, moved, size, reseal in row:
        now += passed
        last = chain[-1]
        box = last.notice.lots[0].boxes[0]
        wanted = {
            name: None if by is None else getattr(box, name) + by for name, by in moved.items()
        }
        change = BoxChange(
            policy_sha256=None,
            stage=box.stage,
            open_at=None,
            max_bytes=size,
            form=None,
            reseal=reseal,
            **wanted,
        )
        lots = (
            LotChange(lot=last.notice.lots[0].lot, title=None, ceiling_fen=None, boxes=(change,)),
        )
        try:
            notice = amended(
                last,
                Change(reason=WHY, title=None, deposit_fen=None, documents=None, lots=lots),
                RULES,
                now,
            )
            require_lawful_amendment(last, notices.parse(notices.dump(notice)))
        except (Refusal, notices.BadNotice):
            continue
        chain.append(published(notice, last, now))
    chain.append(published(cancelled(chain[-1], WHY, now), chain[-1], now))

    known = notices.parse_chain(one.json for one in chain)
    boxes = [one.lots[0].boxes[0] for one in known]
    for before, after in pairwise(boxes):
        assert all(getattr(before, name) <= getattr(after, name) for name in TIMES)
        assert [getattr(after, name) for name in TIMES] == sorted(
            getattr(after, name) for name in TIMES
        )
    for old, new in pairwise(known):
        closed = old.lots[0].boxes[0].parts_by <= new.published
        assert not (closed and voided(new))
        assert not closed or old.lots[0].boxes[0].deadline == new.lots[0].boxes[0].deadline
    assert voided(known[-1]) == ()
