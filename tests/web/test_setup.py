"""The first days of a hall: two links, two administrators, nine things."""

import re
import tomllib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from notary import credentials, identity, invitations, settling
from notary.identity import Line, Role
from notary.invitations import Acceptance
from notary.settling import NothingToAgree, SettledAlone, Thing
from sql.database import Database
from tests.authorities import an_authority
from tests.people import a_once, newcomer
from tests.web.served import FACTOR_KEY, Served, served
from web import setup
from web.settings import FILE
from web.setup import AnswerBad, GatewayInside


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(database, HALL_HOME=str(tmp_path)) as made:
        for person in ("li-na", "wang"):
            await made.take_in_with_password(newcomer(person))
        office = {"org": "OFFICE", "line": Line.DECISION, "roles": (Role.OFFICER,)}
        await made.take_in_with_password(newcomer("zhao", **office))
        yield made


async def say(house: Served, thing: str, **fields: str) -> tuple[int, str]:
    async with house.browser.get("/setup") as shown:
        html = await shown.text()
    key = re.search(rf'action="/setup/{thing}".*?name="key" value="([0-9a-f]+)"', html, re.DOTALL)
    assert key is not None, html
    given = {"key": key[1], **fields}
    async with house.browser.post(f"/setup/{thing}", data=given) as answer:
        return answer.status, await answer.text()


async def test_nine_things_are_asked_and_each_may_be_skipped(house: Served) -> None:
    await house.log_in("li-na")
    async with house.browser.get("/setup") as shown:
        html = await shown.text()
    assert html.count('<li id="') == 9
    assert "九项中 9 项未设置" in html

    await say(house, "level", words="鞍山市")
    status, html = await say(house, "days", skip="1", words="")

    assert status == 200
    assert "九项中 8 项未设置" in html
    assert "已跳过" in html
    async with house.browser.get("/status") as shown:
        assert "<li>鞍山市</li>" in await shown.text()
    await say(house, "days", words="10月11日上班")
    await say(house, "above", words="https://hall.province.example")
    async with house.browser.get("/status") as shown:
        status_page = await shown.text()
    assert "<li>10月11日上班</li>" in status_page
    assert 'href="https://hall.province.example"' in status_page


async def test_what_needs_no_second_person_is_in_force_at_once(
    house: Served, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text('vault = "kept"\nsms = "http://old/send"\n')
    await house.log_in("li-na")

    await say(house, "sms", words="https://a:b@gateway.example/send")
    await say(house, "tls", words="https://hall.example.cn")

    assert tomllib.loads((tmp_path / FILE).read_text()) == {
        "vault": "kept",
        "sms": "https://a:b@gateway.example/send",
        "origin": "https://hall.example.cn",
    }


async def test_the_password_of_a_gateway_is_in_the_home_alone(
    house: Served, tmp_path: Path
) -> None:
    await house.log_in("li-na")

    await say(house, "mail", words="smtp+starttls://hall:hidden-word@mail.example?from=a@b.cn")

    assert "hidden-word" in (tmp_path / FILE).read_text()
    async with house.database.transaction() as tx:
        said = (await settling.newest(tx))[Thing.MAIL]
    assert said.words == "smtp+starttls://hall@mail.example/?from=a@b.cn"
    async with house.browser.get("/setup") as shown:
        assert "hidden-word" not in await shown.text()


async def test_a_root_of_trust_waits_for_the_second_person(house: Served, tmp_path: Path) -> None:
    root = an_authority().certificate.public_bytes(Encoding.PEM).decode()
    file = tmp_path / "authorities" / setup.AUTHORITIES_FILE
    await house.log_in("li-na")
    status, html = await say(house, "authorities", words=root)
    assert (status, file.exists()) == (200, False)
    assert "等待第二个人同意" in html
    async with house.database.transaction() as tx:
        waiting = (await settling.newest(tx))[Thing.AUTHORITIES]
    own = {"key": "k" * 32}
    async with house.browser.post(f"/setup/{waiting.settled}/agreement", data=own) as answer:
        assert answer.status == 403

    await house.log_in("zhao")
    async with house.browser.post(f"/setup/{waiting.settled}/agreement", data=own) as answer:
        assert answer.status == 200

    assert file.read_text().strip() == root.strip()


async def test_only_the_newest_word_is_agreed_to_and_once(house: Served) -> None:
    async with house.database.transaction() as tx:
        li = await identity.actor_of(tx, "li-na", house.clock.now)
        wang = await identity.actor_of(tx, "wang", house.clock.now)
    assert li is not None
    assert wang is not None
    given = (house.database, house.hall)
    for words in ("construction/2026-11", "construction/2026-11"):
        await settling.settle(*given, li, a_once(), Thing.RULES, words)
    async with house.database.transaction() as tx:
        last = (await settling.newest(tx))[Thing.RULES].settled

    with pytest.raises(NothingToAgree):
        await settling.agree(*given, wang, a_once(), last - 1)
    with pytest.raises(SettledAlone):
        await settling.agree(*given, li, a_once(), last)
    await settling.agree(*given, wang, a_once(), last)
    with pytest.raises(NothingToAgree):
        await settling.agree(*given, wang, a_once(), last)


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (Thing.LEVEL, "x" * (setup.LONGEST + 1)),
        (Thing.BODIES, "one\ntwo"),
        (Thing.AUTHORITIES, "no certificate"),
        (Thing.TLS, "http://hall.example"),
        (Thing.TLS, "https://hall.example/path"),
        (Thing.MAIL, "smtp://host"),
        (Thing.SMS, "gateway"),
        (Thing.SMS, "https:///send"),
        (Thing.RULES, "demo/2026-11"),
    ],
)
def test_an_answer_that_the_hall_could_not_use_is_refused(thing: Thing, words: str) -> None:
    with pytest.raises(AnswerBad):
        setup.require_good(thing, words)


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (Thing.MAIL, "file:/var/lib/hall/settings.toml"),
        (Thing.SMS, "file:/x"),
        *(
            (Thing.SMS, f"http://{host}/send")
            for host in (
                "localhost:5432",
                "127.0.0.1",
                "127.1",
                "2130706433",
                "0x7f000001",
                "[::1]",
                "[::ffff:10.0.0.1]",
                "10.0.0.7",
                "169.254.169.254",
                "gateway",
                "db.internal",
                "DB.Local.",
            )
        ),
        (Thing.MAIL, "smtp://192.168.1.1?from=a@b.cn"),
    ],
)
def test_one_person_points_the_hall_at_no_file_and_no_inner_address(
    thing: Thing, words: str
) -> None:
    with pytest.raises(GatewayInside):
        setup.require_good(thing, words)
    setup.require_good(thing, words, demo=True)


@pytest.mark.parametrize(
    "words", ["https://a:b@gateway.example.cn/send", "http://8.8.8.8/", "https://[2400:3200::1]/"]
)
def test_a_public_gateway_is_good(words: str) -> None:
    setup.require_good(Thing.SMS, words)


async def test_the_two_first_links_make_two_administrators(database: Database) -> None:
    async with served(database) as house:
        async with house.database.transaction() as tx:
            made = [
                await invitations.invite(
                    tx, house.hall, newcomer(person), prepares=False, by=None, at=house.clock.now
                )
                for person in ("administrator-1", "administrator-2")
            ]
            assert not await invitations.has_people(tx)
        for invitation in made:
            factor = invitations.new_factor(FACTOR_KEY, house.hall.entropy, invitation)
            code, _ = credentials.current_code(factor.secret, house.clock.now)
            given = Acceptance(
                name="Zhou",
                password="a long enough one",  # noqa: S106
                code=code,
                factor=factor.sealed,
            )
            path = invitations.link(FACTOR_KEY, invitation)
            house.clock.move_to(house.clock.now + timedelta(microseconds=1))
            await invitations.accept(house.database, house.hall, FACTOR_KEY, a_once(), path, given)

        async with house.database.transaction() as tx:
            assert await invitations.has_people(tx)
        assert (await house.kinds()).count("role-granted") == 2
