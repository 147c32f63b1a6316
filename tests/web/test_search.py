from datetime import date
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from web.search import Kind, Search, Sort, Stage, in_wan


def parse(address: str) -> Search:
    return Search.parse(parse_qsl(urlsplit(address).query, keep_blank_values=True))


searches = st.builds(
    Search,
    q=st.text(st.characters(exclude_characters="\x00"), max_size=80).map(str.strip),
    kinds=st.sets(st.sampled_from(Kind)).map(lambda kinds: tuple(k for k in Kind if k in kinds)),
    stages=st.sets(st.sampled_from(Stage)).map(lambda some: tuple(s for s in Stage if s in some)),
    branches=st.sets(st.from_regex(r"-|[a-z][a-z0-9-]{0,31}", fullmatch=True))
    .map(sorted)
    .map(tuple),
    agencies=st.sets(st.from_regex(r"[A-Z0-9]{1,18}", fullmatch=True)).map(sorted).map(tuple),
    least=st.none() | st.integers(0, 10**15 - 1),
    most=st.none() | st.integers(0, 10**15 - 1),
    since=st.none() | st.dates(date(1000, 1, 1), date(9999, 12, 30)),
    until=st.none() | st.dates(date(1000, 1, 1), date(9999, 12, 30)),
    sort=st.sampled_from(Sort),
    page=st.integers(1, 99_999),
)


@given(searches)
def test_a_query_is_wholly_in_its_address(search: Search) -> None:
    assert parse(search.address) == search


def test_what_is_unknown_is_left_out() -> None:
    search = parse("/announcements?kind=works&kind=boats&stage=x&sort=luck&page=-1&utm=1")

    assert search == Search(kinds=(Kind.WORKS,))


def test_a_date_that_is_none_is_named_and_no_condition() -> None:
    search = parse("/announcements?from=2026-02-30&to=2026-11-01")

    assert search.misread == (("from", "2026-02-30"),)
    assert search.since is None
    assert search.until == date(2026, 11, 1)


def test_what_no_text_can_hold_is_left_out() -> None:
    assert parse("/announcements?q=a%00b").q == "ab"


def test_conditions_are_taken_off_one_by_one() -> None:
    search = Search(q="桥", kinds=(Kind.WORKS, Kind.LAND), stages=(Stage.OPEN,), page=3)

    assert search.chosen == 3
    assert search.without("kind", Kind.LAND).kinds == (Kind.WORKS,)
    assert search.without("stage", Stage.OPEN).stages == ()
    assert search.without("kind", Kind.LAND).page == 1
    assert search.bare == Search(q="桥")


def test_amounts_are_read_in_ten_thousands_of_yuan() -> None:
    search = parse("/announcements?min=120.5&max=1e9")

    assert (search.least, search.most) == (120_500_000, None)
    assert search.misread == (("max", "1e9"),)
    assert in_wan(1) == "0.000001"
    assert in_wan(100_000_000) == "100"


def test_a_query_is_widened_by_one_condition_first_and_by_all_last() -> None:
    search = Search(q="桥", kinds=(Kind.LAND,), least=1, page=3)

    assert search.wider[0] == Search(q="桥", least=1)
    assert search.wider[-1] == Search()
    assert search not in search.wider
    assert Search().wider == ()


def test_the_first_and_the_last_day_of_the_calendar_are_misread() -> None:
    kept = parse("?from=0001-01-02&to=9999-12-30")
    assert (kept.since, kept.until) == (date(1, 1, 2), date(9999, 12, 30))

    outside = parse("?from=0001-01-01&to=9999-12-31")  # in UTC, or a day later, they are no days
    assert (outside.since, outside.until) == (None, None)
    assert outside.misread == (("from", "0001-01-01"), ("to", "9999-12-31"))
