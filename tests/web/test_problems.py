import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import unused_port
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notary.identity import Line, Role
from notary.refusal import Refusal
from sql.database import Database, is_away
from tests.people import enrolment, newcomer, signed
from tests.web.served import Served, served
from web import body, limits, refusals
from web.access import API, PUBLIC, Does, Route
from web.problems import STATUS

FIRM = "91210300MA00000001"
KEY = {"Idempotency-Key": 32 * "k"}
JSON = {"Content-Type": "application/json"}


async def fails(_request: web.Request) -> web.Response:
    raise ZeroDivisionError("with 4,711 in it")


async def waits(_request: web.Request) -> web.Response:
    await asyncio.sleep(3600)
    return web.Response()


def read(path: str, handler: object) -> Route:
    return Route("GET", path, handler, summary="", roles=PUBLIC, does=Does.READ)  # type: ignore[arg-type] # a handler


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    further = (read(f"{API}/fails", fails), read("/fails", fails), read("/waits", waits))
    async with served(database, *further) as made:
        yield made


async def post(house: Served, content: bytes, **headers: str) -> tuple[int, str]:
    """Post an enrolment; return status and code of the problem."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with house.browser.post(
        "/api/v1/enrolments", data=content, headers=JSON | KEY | given
    ) as answer:
        problem = await answer.json(content_type=None)
    return answer.status, problem.get("type", "").rpartition(":")[2]


# Seen on bare aiohttp as 500, or accepted (assurance.md 4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"object":NaN,"p7s":"AA=="}',
        b'{"object":1e400,"p7s":"AA=="}',
        b'{"object":1.5,"p7s":"AA=="}',
        b'{"object":{},"object":{},"p7s":"AA=="}',
        b'{"object":{"a":"\\u0000"},"p7s":"AA=="}',
        b'{"object":{"a":"\\ud800"},"p7s":"AA=="}',
        b'{"object":{"a":' + b"9" * 5000 + b'},"p7s":"AA=="}',
        b'{"object":' + b"[" * 100_000 + b"]" * 100_000 + b',"p7s":"AA=="}',
        b"\xef\xbb\xbf{}",
        b'{"object":{"a":"\xff"},"p7s":"AA=="}',
    ],
)
async def test_what_is_not_strict_json_is_refused(house: Served, content: bytes) -> None:
    assert await post(house, content) == (400, "request.not_json")


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'"x"',
        b"null",
        b'{"object":{}}',
        b'{"object":1,"p7s":"AA=="}',
        b'{"object":{},"p7s":"?"}',
    ],
)
async def test_what_the_schema_does_not_know_is_refused(house: Served, content: bytes) -> None:
    assert await post(house, content) == (422, "request.bad_body")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "application/json; charset=bogus"},
        {"Content_Type": "application/json; charset=utf-16"},
        {"Content_Type": 'application/json; charset="latin-1"'},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
    ],
)
async def test_body_of_another_type_is_refused(house: Served, headers: dict[str, str]) -> None:
    status, code = await post(house, b"{}", **headers)

    assert status == 415
    assert code in {"request.disguised", "request.wrong_type"}


async def test_compressed_body_is_refused_before_it_is_unpacked(house: Served) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))

    assert await post(house, bomb, Content_Encoding="gzip") == (415, "request.disguised")


async def test_utf_8_is_taken_by_its_name(house: Served) -> None:
    pair = house.pair(FIRM)
    content = json.dumps(signed(enrolment(FIRM, pair), pair)).encode()

    status, _ = await post(house, content, Content_Type='application/json; Charset="UTF-8"')

    assert status == 201


async def test_body_beyond_its_limit_is_refused(house: Served) -> None:
    assert await post(house, b" " * (256 * 1024 + 1)) == (413, "request.too_large")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b" " * 1024

    async with house.browser.post(
        "/api/v1/enrolments", data=pieces(), headers=JSON | KEY
    ) as answer:
        assert answer.status == 413


async def test_connection_that_never_ends_its_headers_is_closed() -> None:
    application = web.Application()
    runner = web.AppRunner(application, keepalive_timeout=0.3)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := unused_port()).start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    async with asyncio.timeout(5):
        assert await reader.read() == b""

    writer.close()
    await runner.cleanup()


async def test_body_that_trickles_is_refused(
    house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "_FIRST_SECONDS", 0.2)

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" "
            await asyncio.sleep(0.1)

    async with house.browser.post(
        "/api/v1/enrolments", data=trickle(), headers=JSON | KEY
    ) as answer:
        assert answer.status == 408


@pytest.mark.parametrize("query", ["x=1", "lang=en", "lang", "%00=1"])
async def test_parameter_that_nobody_knows_is_refused(house: Served, query: str) -> None:
    async with house.browser.get(f"/api/v1/time?{query}") as answer:
        assert answer.status == 400


@pytest.mark.parametrize("path", ["/api/v1/tenders", "/announcements"])
async def test_what_no_text_of_the_database_can_hold_is_refused(house: Served, path: str) -> None:
    async with house.browser.get(f"{path}?q=%E6%A1%A5%00") as answer:
        assert answer.status == 400


@pytest.mark.parametrize("query", ["lang=fr", "lang=en&lang=zh-CN", "onward=//evil.example", "x=1"])
async def test_parameter_of_a_page_is_refused_unless_it_fits(house: Served, query: str) -> None:
    async with house.browser.get(f"/login?{query}") as page:
        assert (page.status, page.content_type) == (400, "text/html")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["object", "p7s", "v", "x"]), inner, max_size=4)
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    kind=st.sampled_from(["application/json", "application/json;charset=x", "", "a/b", "\xff"]),
)
def test_no_body_makes_a_fault(house: Served, content: bytes, kind: str) -> None:
    loop = asyncio.get_event_loop_policy().get_event_loop()
    status, _ = loop.run_until_complete(post(house, content, Content_Type=kind))

    assert 400 <= status < 500


# Refusals and faults


def test_every_status_is_that_of_a_refusal_or_of_a_fault() -> None:
    assert {status for status in STATUS.values() if status >= 500} == {500, 503, 507}


async def test_refusal_is_a_problem_in_the_readers_language(house: Served) -> None:
    said = {}
    for lang in ("zh-CN", "en-GB, de;q=0.5"):
        async with house.browser.get("/api/v1/me", headers={"Accept-Language": lang}) as answer:
            assert answer.content_type == "application/problem+json"
            said[lang[:2]] = await answer.json(content_type=None)

    for problem in said.values():
        assert (problem["type"], problem["title"], problem["status"]) == (
            "urn:hall:problem:access.unknown",
            "Not known",
            401,
        )
    assert said["zh"]["next"].startswith("先登录")
    assert said["en"]["next"].startswith("Log in")


async def test_a_refused_form_shows_what_was_written(house: Served) -> None:
    await house.take_in_with_password(
        newcomer("wang", org=FIRM, line=Line.NONE, roles=(Role.BIDDER,))
    )
    await house.log_in("wang")
    wish = {"key": "0" * 32, "tender": "GC-0", "about": "other", "known_on": "2026-11-01"}
    text = "<b>all of it</b>"
    async with house.browser.post("/complaints", data={**wish, "text": text}) as answer:
        page = await answer.text()

    assert answer.status in {404, 409}
    assert "&lt;b&gt;all of it&lt;/b&gt;</textarea>" in page
    assert text not in page


async def test_fault_shows_its_reference_and_nothing_else(house: Served) -> None:
    with structlog.testing.capture_logs() as lines:
        async with house.browser.get("/api/v1/fails") as answer:
            problem = await answer.json(content_type=None)
        async with house.browser.get("/fails") as page:
            shown = await page.text()

    logged = [line["reference"] for line in lines if line["event"] == "request.failed"]
    assert (answer.status, page.status, len(logged)) == (500, 500, 2)
    assert problem["facts"] == {"reference": logged[0]}
    assert logged[1] in shown
    for text in (json.dumps(problem), shown):
        assert "4,711" not in text
        assert "Traceback" not in text


async def test_hall_whose_database_is_gone_says_when_to_come_back(house: Served) -> None:
    await house.database.close()

    async with house.browser.get("/login") as page:
        assert (page.status, page.headers["Retry-After"]) == (503, "1")
        assert "The hall failed. Reference: " in await page.text()
    async with house.browser.get("/api/v1/time") as answer:
        problem = await answer.json(content_type=None)
    assert (answer.status, problem["type"]) == (503, "urn:hall:problem:hall.unavailable")


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ConnectionDoesNotExistError("gone"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 15"),
        asyncpg.AdminShutdownError("stopping"),
        asyncpg.CannotConnectNowError("starting"),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
def test_server_that_is_away_is_known_by_every_sign(error: Exception) -> None:
    assert is_away(error)
    assert not is_away(asyncpg.UniqueViolationError("twice"))
    assert not is_away(asyncpg.PostgresError("anything"))


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/api/v1/time", "/api/v1/me", "/fails"])
async def test_every_answer_has_the_headers(house: Served, path: str) -> None:
    async with house.browser.get(path) as answer:
        assert answer.headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "font-src 'self' data:; connect-src 'self'; worker-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_gallery_of_another_origin_may_be_connected_to(database: Database) -> None:
    async with (
        served(database, HALL_GALLERY="https://gallery.example") as house,
        house.browser.get("/api/v1/time") as answer,
    ):
        policy = answer.headers["Content-Security-Policy"]

    assert "connect-src 'self' https://gallery.example wss://gallery.example;" in policy


async def test_the_bridge_to_tokens_may_be_connected_to(database: Database) -> None:
    bridge = "http://127.0.0.1:7777"
    async with (
        served(database, HALL_TOKEN_BRIDGE=bridge) as house,
        house.browser.get("/login") as answer,
    ):
        policy, html = answer.headers["Content-Security-Policy"], await answer.text()

    assert f"connect-src 'self' {bridge};" in policy
    assert f'data-bridge="{bridge}"' in html


# Caps


async def test_unknown_address_may_ask_fifty_at_a_time_and_the_known_go_on(
    house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.take_in_with_password(newcomer())
    await house.log_in("li-na")
    jar = house.browser.session.cookie_jar
    (token,) = (cookie.value for cookie in jar)
    jar.clear()
    monkeypatch.setattr(limits, "_is_shared", lambda _request, _address: False)
    waiting = [asyncio.create_task(_get(house, "/waits")) for _ in range(limits.AT_ONCE)]
    await asyncio.sleep(0.5)  # until all of them have come in

    assert await _get(house, "/api/v1/time") == 429
    async with house.browser.get("/api/v1/me", cookies={"hall": token}) as known:
        assert known.status == 200

    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _get(house: Served, path: str) -> int:
    async with house.browser.get(path) as answer:
        return answer.status


def test_kept_refusal_is_said_again_as_it_was() -> None:
    first = limits.TooMany(limit=50)

    again = refusals.again(first.code, dict(first.facts))

    assert isinstance(again, Refusal)
    assert (type(again), again.facts) == (limits.TooMany, {"limit": 50})
    assert refusals.title("request.too_many") == "Too many"
