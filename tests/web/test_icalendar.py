from datetime import UTC, datetime

from web.icalendar import Event, calendar

AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


def an_event(**changed: object) -> Event:
    usual: dict[str, object] = {
        "uid": "o-1@hall.example",
        "at": AT,
        "summary": "开标",
        "description": "",
        "url": "https://hall.example/rooms/o-1",
        "sequence": 0,
        "changed": AT,
        "cancelled": False,
    }
    return Event(**usual | changed)  # type: ignore[arg-type] # by name


def unfolded(made: bytes) -> list[str]:
    assert made.endswith(b"\r\n")
    assert b"\n" not in made.replace(b"\r\n", b"")
    return made.replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_line_has_at_most_75_octets_and_no_character_is_cut() -> None:
    title = "第八集贸市场维修改造工程（施工）" * 9 + "x" * 90
    made = calendar("开标", [an_event(summary=title)])

    lines = made.split(b"\r\n")
    assert max(len(line) for line in lines) == 75
    for line in lines:
        line.decode()
    assert f"SUMMARY:{title}" in unfolded(made)


def test_a_line_of_exactly_75_octets_is_not_folded() -> None:
    whole = calendar("", [an_event(summary="x" * (75 - len("SUMMARY:")))])
    folded = calendar("", [an_event(summary="x" * (76 - len("SUMMARY:")))])

    assert b"\r\n " not in whole
    assert b"x\r\n x\r\n" in folded


def test_what_has_a_meaning_in_a_calendar_is_escaped() -> None:
    lines = unfolded(calendar("a", [an_event(summary="a,b;c\\d\r\ne\x07", sequence=3)]))

    assert "SUMMARY:a\\,b\\;c\\\\d\\ne" in lines
    assert "SEQUENCE:3" in lines
    assert "DTSTART:20261120T013000Z" in lines


def test_a_cancelled_opening_stays_and_says_so() -> None:
    assert "STATUS:CANCELLED" in unfolded(calendar("", [an_event(cancelled=True)]))
