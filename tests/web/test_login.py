from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from notary import credentials, sessions
from sql.database import Database
from tests.people import newcomer
from tests.web.served import PASSWORD, SECRET, Served, served

NAME = {"name": "li-na", "password": PASSWORD, "onward": "/desk"}


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        await made.take_in_with_password(newcomer())
        yield made


def code_at(house: Served) -> str:
    return credentials.current_code(SECRET, house.clock.now)[0]


async def test_password_then_code_opens_a_session(house: Served) -> None:
    async with house.browser.post("/login", data=NAME) as asked:
        halfway = asked.cookies["hall"].value
    async with house.browser.post(
        "/login/code", data={"code": code_at(house), "onward": "/desk?x=1"}, allow_redirects=False
    ) as answer:
        cookie = answer.cookies["hall"]

    assert (answer.status, answer.headers["Location"]) == (303, "/desk?x=1")
    assert cookie.value != halfway
    assert cookie["httponly"] is True
    assert (cookie["samesite"], cookie["path"], cookie["secure"]) == ("Lax", "/", "")
    async with house.browser.get("/api/v1/me") as me:
        assert await me.json() == {
            "person": "li-na",
            "org": "CENTRE",
            "roles": ["administrator"],
            "branch": None,
        }
        assert me.headers["Cache-Control"] == "no-store"


async def test_password_alone_stands_for_nobody(house: Served) -> None:
    await house.browser.post("/login", data=NAME)

    async with house.browser.get("/api/v1/me") as me:
        assert me.status == 401


async def test_half_a_log_in_lasts_five_minutes(house: Served) -> None:
    await house.browser.post("/login", data=NAME)
    house.clock.move_to(house.clock.now + sessions.HALFWAY)

    async with house.browser.post(
        "/login/code", data={"code": code_at(house), "onward": "/"}, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"] == "/login"


@pytest.mark.parametrize(
    "wrong",
    [{"password": "guess"}, {"name": "nobody"}, {"name": 65 * "x"}, {"name": ""}, {"password": ""}],
)
async def test_whatever_is_wrong_the_answer_is_the_same(
    house: Served, wrong: dict[str, str]
) -> None:
    async with house.browser.post("/login", data=NAME | wrong) as answer:
        page = await answer.text()

    assert answer.status == 401
    assert "hall" not in answer.cookies
    assert "对不上" in page


async def test_a_code_works_once(house: Served) -> None:
    await house.log_in("li-na")
    await house.browser.post("/login", data=NAME)

    async with house.browser.post(
        "/login/code", data={"code": code_at(house), "onward": "/"}
    ) as again:
        assert again.status == 401


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (30, 303), (-60, 401), (60, 401)])
async def test_a_code_of_the_neighbouring_step_is_taken(
    house: Served, seconds: int, status: int
) -> None:
    await house.browser.post("/login", data=NAME)
    code, _ = credentials.current_code(SECRET, house.clock.now + timedelta(seconds=seconds))

    async with house.browser.post(
        "/login/code", data={"code": code, "onward": "/"}, allow_redirects=False
    ) as answer:
        assert answer.status == status


async def test_wrong_passwords_bar_the_form_for_that_name_and_nothing_else(house: Served) -> None:
    await house.take_in_with_password(newcomer("zhao-lei"))
    pair = await house.enrol("91210300MA00000001")
    for _ in range(5):
        await house.browser.post("/login", data=NAME | {"password": "guess"})

    async with house.browser.post("/login", data=NAME) as barred:
        assert (barred.status, "15" in await barred.text()) == (429, True)
    await house.log_in("zhao-lei")
    async with house.client(pair) as firm:
        assert await firm.send("GET", "/me") is not None
    house.clock.move_to(house.clock.now + timedelta(seconds=15))
    async with house.browser.post("/login", data=NAME) as waited:
        assert waited.status == 200


async def test_a_name_that_nobody_has_is_barred_too(house: Served) -> None:
    for _ in range(5):
        await house.browser.post("/login", data=NAME | {"name": "nobody"})

    async with house.browser.post("/login", data=NAME | {"name": "nobody"}) as barred:
        assert barred.status == 429


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil", "x", ""])
async def test_log_in_leads_nowhere_else(house: Served, onward: str) -> None:
    await house.browser.post("/login", data=NAME)

    async with house.browser.post(
        "/login/code", data={"code": code_at(house), "onward": onward}, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"] == "/desk"


async def test_log_out_ends_the_session_itself(house: Served) -> None:
    await house.log_in("li-na")
    (token,) = (cookie.value for cookie in house.browser.session.cookie_jar)
    async with house.browser.post("/logout", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")

    async with house.browser.get("/api/v1/me", cookies={"hall": token}) as me:
        assert me.status == 401


async def test_a_demo_hall_shows_the_code(house: Served) -> None:
    async with house.browser.get("/login/code/li-na") as page:
        assert code_at(house) in await page.text()
    async with house.browser.get("/login/code/nobody") as page:
        assert page.status == 404


async def test_no_row_holds_password_or_secret(house: Served) -> None:
    async with house.database.transaction() as tx:
        row = await tx.fetchrow("SELECT password_phc, totp_sealed FROM notary.credential")

    assert row is not None
    assert row["password_phc"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert SECRET not in row["totp_sealed"]
