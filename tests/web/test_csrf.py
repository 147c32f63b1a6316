from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import pytest

from notary.canonical import Json
from sql.database import Database
from tests.people import enrolment, newcomer, signed
from tests.web.served import Served, served

FIRM = "91210300MA00000001"
KEY = {"Idempotency-Key": UUID(int=1).hex}
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "OURS"},
]


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        await made.take_in_with_password(newcomer())
        yield made


async def post(
    house: Served,
    path: str,
    headers: dict[str, str],
    body: Json = None,
    *,
    cookie: str | None = None,
) -> tuple[int, str]:
    """Send what a browser would, with just these headers; return status and type of problem."""
    ours = {name: value.replace("OURS", house.origin) for name, value in headers.items()}
    cookies = {} if cookie is None else {"hall": cookie}
    async with (
        aiohttp.ClientSession(cookies=cookies) as plain,
        plain.post(
            house.origin + path, json=body, headers=ours | KEY, allow_redirects=False
        ) as answer,
    ):
        problem = await answer.json(content_type=None) if answer.status >= 400 else {}
    return answer.status, problem.get("type", "").rpartition(":")[2]


async def cookie_of(house: Served) -> str:
    await house.log_in("li-na")
    (token,) = (cookie.value for cookie in house.browser.session.cookie_jar)
    return token


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_form_of_another_site_is_refused(house: Served, headers: dict[str, str]) -> None:
    cookie = await cookie_of(house)

    assert await post(house, "/logout", headers) == (403, "request.foreign_origin")
    assert await post(house, "/logout", headers, cookie=cookie) == (403, "request.foreign_origin")
    assert await house.count("web.session") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "OURS"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "OURS"},
    ],
)
async def test_form_of_our_own_page_is_taken(house: Served, headers: dict[str, str]) -> None:
    cookie = await cookie_of(house)

    assert await post(house, "/logout", headers, cookie=cookie) == (303, "")
    assert await house.count("web.session") == 0


async def test_cookie_without_a_word_from_a_browser_is_refused(house: Served) -> None:
    cookie = await cookie_of(house)

    assert await post(house, "/logout", {}, cookie=cookie) == (403, "request.foreign_origin")
    assert await post(house, "/logout", {}) == (303, "")


async def test_act_of_the_api_is_refused_with_a_cookie_from_elsewhere(house: Served) -> None:
    cookie, pair = await cookie_of(house), house.pair(FIRM)
    body = signed(enrolment(FIRM, pair), pair)

    for headers in ({}, *ELSEWHERE):
        refused = await post(house, "/api/v1/enrolments", headers, body, cookie=cookie)
        assert refused == (403, "request.foreign_origin")
    assert await house.count("notary.certificate") == 0


async def test_offline_page_may_send_what_is_signed_in_itself(house: Served) -> None:
    pair = house.pair(FIRM)
    body = signed(enrolment(FIRM, pair), pair)

    status, _ = await post(
        house,
        "/api/v1/enrolments",
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        body,
    )

    assert status == 201


async def test_any_page_may_read_the_api_and_none_with_credentials(house: Served) -> None:
    async with house.browser.get("/api/v1/time", headers={"Origin": "null"}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    async with house.browser.get("/login", headers={"Origin": "null"}) as page:
        assert "Access-Control-Allow-Origin" not in page.headers


async def test_browser_that_asks_first_is_told_what_it_may_send(house: Served) -> None:
    async with house.browser.options(
        "/api/v1/enrolments",
        headers={"Origin": "null", "Access-Control-Request-Method": "POST"},
    ) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Signature-Input" in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
