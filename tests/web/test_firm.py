"""My firm and I, by the buttons of its page and by the API."""

import base64
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from notary import credentials
from notary.identity import Line, Role
from sql.database import Database
from tests.people import newcomer
from tests.web.served import FACTOR_KEY, Served, served
from web.client import Refused

PASSWORD = "a sentence that is easy to keep"  # noqa: S105 - of a hall that lives for one test


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        office = {"org": "OFFICE", "line": Line.SUPERVISION}
        zhao = newcomer("zhao", person_name="Zhao", roles=(Role.SUPERVISOR,), **office)
        await made.take_in_with_password(zhao)
        qian = newcomer("qian", person_name="Qian", roles=(Role.AUDITOR,), **office)
        made.clock.move_to(made.clock.now.replace(microsecond=1))
        await made.take_in_with_password(qian)
        yield made


async def post(house: Served, action: str, **fields: str) -> tuple[int, str]:
    """Press a button of the firm's page; return the status and the page that comes."""
    async with house.browser.get("/firm") as shown:
        html = await shown.text()
    field = rf'action="{re.escape(action)}".*?name="key" value="([0-9a-f]+)"'
    found = re.search(field, html, re.DOTALL)
    assert found is not None, html
    async with house.browser.post(action, data={"key": found[1], **fields}) as answer:
        return answer.status, await answer.text()


def boxes(name: str, year: str, month: str, day: str) -> dict[str, str]:
    """Return a day as its three boxes send it."""
    return {f"{name}_y": year, f"{name}_m": month, f"{name}_d": day}


async def test_a_head_names_a_stand_in_by_the_day_and_the_desk_shows_it(house: Served) -> None:
    await house.log_in("zhao")
    today = f"{house.clock.now:%Y-%m-%d}".split("-")

    status, html = await post(
        house,
        "/firm/stand-ins",
        absent="zhao",
        person="qian",
        role="supervisor",
        reason="leave",
        **boxes("from", *today),
        **boxes("to", *today),
    )

    assert status == 200
    assert "Qian 代理 Zhao" in html
    await house.log_in("qian")
    async with house.browser.get("/desk") as desk:
        assert "Qian 代理 Zhao" in await desk.text()
    async with house.browser.get("/api/v1/me") as me:
        assert (await me.json())["roles"] == ["auditor", "supervisor"]


async def test_a_day_that_is_none_is_named_in_the_form_and_what_was_typed_is_kept(
    house: Served,
) -> None:
    await house.log_in("zhao")

    for days, wrong in (
        ((("2026", "02", "30"), ("2026", "03", "01")), ["from_y"]),
        ((("", "", ""), ("2026", "03", "01")), ["from_y"]),
        ((("0001", "01", "01"), ("2026", "03", "01")), ["from_y"]),
        # Its end lies beyond the calendar.
        ((("2026", "02", "20"), ("9999", "12", "31")), ["to_y"]),
        ((("x", "02", "20"), ("2026", "03", "32")), ["from_y", "to_y"]),
    ):
        status, html = await post(
            house,
            "/firm/stand-ins",
            absent="zhao",
            person="qian",
            role="supervisor",
            reason="leave of absence",
            **boxes("from", *days[0]),
            **boxes("to", *days[1]),
        )
        assert status == 422, days
        assert re.findall(r'<li><a href="#(\w+)">', html) == wrong
        typed = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', html))
        kept = {**boxes("from", *days[0]), **boxes("to", *days[1]), "reason": "leave of absence"}
        assert {name: typed[name] for name in kept} == kept
        assert '<option value="qian" selected>' in html
    assert await house.count("notary.stand_in") == 0


def secret_on(page: str) -> str:
    """Return the second factor that a page of a link shows."""
    found = re.search(r"secret=([A-Z2-7]+)", page)
    assert found is not None, page
    return found[1]


def hidden_in(page: str) -> dict[str, str]:
    """Return what the form of such a page brings back by itself."""
    return dict(re.findall(r'type="hidden" name="(key|factor)" value="([0-9a-f]+)"', page))


async def test_a_firm_brings_a_colleague_in_by_a_link_and_lets_go(house: Served) -> None:
    firm = {"org": "FIRM", "line": Line.NONE, "roles": (Role.BIDDER,)}
    await house.take_in_with_password(newcomer("wang", **firm))
    await house.log_in("wang")
    status, html = await post(
        house, "/firm/colleagues", person="li", name="Zhou Li", right="submit"
    )
    assert status == 200
    link = re.search(rf"{house.origin}(/welcome/[0-9a-f/]+)", html)
    assert link is not None

    house.clock.move_to(house.clock.now.replace(microsecond=2))
    async with house.browser.get(link[1]) as looked:  # as the head may, who made the link
        seen = await looked.text()
    async with house.browser.get(link[1]) as welcome:
        page = await welcome.text()
    shown = secret_on(page)
    assert secret_on(seen) != shown
    given = {**hidden_in(page), "name": "Zhou Li", "password": PASSWORD, "code": "000000"}
    async with house.browser.post(link[1], data=given) as wrong:
        assert wrong.status == 422
        again = await wrong.text()
    assert secret_on(again) == shown  # it stands in the authenticator by now
    code, _ = credentials.current_code(base64.b32decode(shown), house.clock.now)
    good = {**given, **hidden_in(again), "code": code}
    house.browser.session.cookie_jar.clear()  # a colleague has another browser than the head
    async with house.browser.post(link[1], data=good, allow_redirects=False) as done:
        assert (done.status, done.headers["Location"]) == (303, "/desk")
    async with house.browser.get("/desk") as desk:  # neither password nor code is asked for twice
        assert (desk.status, "Zhou Li" in await desk.text()) == (200, True)
    house.browser.session.cookie_jar.clear()
    async with house.browser.post(link[1], data=good, allow_redirects=False) as twice:
        assert (twice.status, "hall" in twice.cookies) == (303, False)
    async with house.browser.get(link[1]) as used:
        assert used.status == 404
    async with house.database.transaction() as tx:
        kept = await credentials.secret_of(tx, FACTOR_KEY, "li")
    assert kept == base64.b32decode(shown)

    house.clock.move_to(house.clock.now + timedelta(minutes=1))  # no code is good twice
    await house.log_in("wang")
    status, html = await post(house, "/firm/colleagues/li/leaving")
    assert status == 200
    assert "Zhou Li" not in html


async def test_the_api_says_no_with_a_code(house: Served) -> None:
    pair = await house.enrol("91210300MA00000001")

    async with house.client(pair) as sender:
        made = await sender.send(
            "POST", "/colleagues", {"person": "li", "name": "Zhou Li", "right": "prepare"}
        )
        with pytest.raises(Refused) as left:
            await sender.send("POST", "/colleagues/zhao/leaving")
        with pytest.raises(Refused) as ended:
            await sender.send("DELETE", f"/stand-ins/{'0' * 32}")

    assert isinstance(made, dict)
    assert made["person"] == "li"
    assert (left.value.status, left.value.code) == (404, "firm.colleague_unknown")
    assert (ended.value.status, ended.value.code) == (404, "stand_in.unknown")


async def test_a_link_that_is_not_the_halls_shows_nothing(house: Served) -> None:
    async with house.browser.get(f"/welcome/{'0' * 32}/{'0' * 32}") as shown:
        assert shown.status == 404
