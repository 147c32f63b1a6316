"""The pages of being told: addresses, following, the link of a message, the telephone list."""

import re
from collections.abc import AsyncIterator

import pytest

from notary import messages
from notary.identity import Line, Role
from notary.messages import Letter
from sql.database import Database
from tests.people import newcomer
from tests.web.served import FACTOR_KEY, Served, served


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        await made.take_in_with_password(newcomer("li-na"))
        bidder = {"org": "FIRM", "line": Line.NONE, "roles": (Role.BIDDER,)}
        await made.take_in_with_password(newcomer("wang", **bidder))
        yield made


async def tell(house: Served, person: str) -> int:
    """Write a message that no way takes, and return its number."""
    letter = Letter(
        person=person, said="标题\n内容", href="/status", ways=(), read_by=house.clock.now
    )
    async with house.database.transaction() as tx:
        await messages.begin(tx, f"test/{person}", "ready", None, house.clock.now)
        await messages.write(tx, f"test/{person}", [letter], house.clock.now)
        (told,) = await messages.of_person(tx, person, 1)
    return told.message


async def post(house: Served, page: str, action: str, **fields: str) -> tuple[int, str]:
    """Press the button of a form on a page; return the status and the page that comes."""
    async with house.browser.get(page) as shown:
        html = await shown.text()
    found = re.search(
        rf'action="{re.escape(action)}".*?name="key" value="([0-9a-f]+)"', html, re.DOTALL
    )
    assert found is not None, html
    given = {"key": found[1], **fields}
    async with house.browser.post(action, data=given) as answer:
        return answer.status, await answer.text()


async def test_a_person_keeps_the_own_addresses(house: Served) -> None:
    await house.log_in("wang")

    status, html = await post(
        house, "/messages", "/messages/contact", mail="w@firm.cn", mobile="138 0000 0000", lang="en"
    )

    assert status == 200
    assert 'value="w@firm.cn"' in html
    assert 'value="13800000000"' in html


async def test_a_wrong_address_is_refused_with_the_next_step(house: Served) -> None:
    await house.log_in("wang")

    status, html = await post(
        house, "/messages", "/messages/contact", mail="w", mobile="", lang="zh-CN"
    )

    assert status == 422
    assert "contact.address_bad" in html
    assert await house.count("web.contact") == 0


async def test_the_link_of_a_message_shows_it_and_the_button_confirms_it(house: Served) -> None:
    message = await tell(house, "wang")
    link = f"/m/{message}/{messages.token(FACTOR_KEY, message)}"
    async with house.browser.get(link) as shown:
        assert shown.status == 200
        assert "内容" in await shown.text()
    async with house.database.transaction() as tx:
        assert (await messages.of_person(tx, "wang", 1))[0].read_at is None

    async with house.browser.post(link, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/status")

    async with house.database.transaction() as tx:
        assert (await messages.of_person(tx, "wang", 1))[0].read_at == house.clock.now


async def test_no_other_link_shows_a_message(house: Served) -> None:
    message = await tell(house, "wang")
    wrong = [
        f"/m/{message}/{'0' * 32}",
        f"/m/{message + 1}/{messages.token(FACTOR_KEY, message)}",
        f"/m/{message + 1}/{messages.token(FACTOR_KEY, message + 1)}",
    ]

    for link in wrong:
        async with house.browser.get(link) as shown:
            assert shown.status == 404
            assert "内容" not in await shown.text()


async def test_the_telephone_list_is_for_whoever_runs_the_hall(house: Served) -> None:
    message = await tell(house, "wang")
    await house.log_in("wang")
    async with house.browser.get("/calls") as shown:
        assert shown.status == 403
    await house.log_in("li-na")

    status, html = await post(house, "/calls", f"/calls/{message}")

    assert status == 200
    assert "没有需要打的电话" in html


async def test_the_own_page_shows_the_own_messages_alone(house: Served) -> None:
    await tell(house, "wang")
    await house.log_in("li-na")
    async with house.browser.get("/messages") as shown:
        assert "内容" not in await shown.text()
    await house.log_in("wang")

    status, html = await post(house, "/messages", "/messages/read")

    assert status == 200
    assert "内容" in html
    assert "0 条未确认" in html


async def test_a_button_pressed_twice_does_its_act_once(house: Served) -> None:
    await house.log_in("wang")
    given = {"key": "k" * 32, "mail": "w@firm.cn", "mobile": "", "lang": "en"}

    for _ in range(2):
        async with house.browser.post("/messages/contact", data=given) as answer:
            assert answer.status == 200
    async with house.browser.post("/messages/contact", data={**given, "mail": "x@y.cn"}) as other:
        assert other.status == 422

    assert await house.count("web.outcome") == 1
