from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary import instant
from notary.instant import BadInstant

CLOSING = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))


def test_the_two_forms() -> None:
    assert instant.seconds(CLOSING) == "2026-12-01T01:30:00Z"
    assert instant.micros(CLOSING) == "2026-12-01T01:30:00.000000Z"


def test_beijing_time_is_written_in_utc() -> None:
    assert instant.seconds(CLOSING.astimezone(BEIJING)) == "2026-12-01T01:30:00Z"


def test_a_fraction_is_cut_never_rounded_up() -> None:
    assert instant.seconds(CLOSING - timedelta(microseconds=1)) == "2026-12-01T01:29:59Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_again(at: datetime) -> None:
    assert instant.parse_micros(instant.micros(at)) == at
    assert instant.parse_seconds(instant.seconds(at)) == at.replace(microsecond=0)
    assert instant.parse_micros(instant.micros(at)).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-12-01T01:30:00",
        "2026-12-01T01:30:00+00:00",
        "2026-12-01 01:30:00Z",
        "2026-12-01T01:30:00z",
        "2026-12-01T01:30:00Z\n",
        "2026-12-01T01:30Z",
        "2026-13-01T01:30:00Z",
        "2026-02-29T01:30:00Z",
        "2026-12-01T01:30:60Z",
        "2026-12-01T24:00:00Z",
        "0000-12-01T01:30:00Z",
        "２026-12-01T01:30:00Z",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(BadInstant):
        instant.parse_seconds(text)
    with pytest.raises(BadInstant):
        instant.parse_micros(text.replace("Z", ".000000Z"))


def test_one_form_is_not_read_as_the_other() -> None:
    with pytest.raises(BadInstant):
        instant.parse_seconds("2026-12-01T01:30:00.000000Z")
    with pytest.raises(BadInstant):
        instant.parse_micros("2026-12-01T01:30:00Z")


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(BadInstant):
        instant.seconds(CLOSING.replace(tzinfo=None))
