"""The rules over the wire and on their pages: sets, files, confirmations, the limits of a draft."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest

from notary import home
from notary.canonical import sha256_hex
from notary.entropy import system_entropy
from notary.identity import Line, Role
from notary.instant import seconds
from sql.database import Database
from tests.bidding.town import NOW, Town, a_draft, a_town, enrol
from tests.trading.shelves import ARTICLE, COUNTY, a_record, as_supplement, put
from tests.web.served import Browser, serving
from trading import lawbook
from trading.rules.confirming import UnconfirmedRuleSet
from trading.rules.sets import rule_set
from trading.store import confirmations
from web import client, rulebook
from web.client import Refused, SigningPair
from web.lights import Ground, Light, look
from web.views.house import Matter

LAW = rule_set("construction/2026-11")
ISSUE = "tender.min_days_issue_to_deadline"
UNREAD = "etender.refuse_unencrypted"
TEXT = "电子招标投标办法（国家发展改革委等令第 20 号）第二十六条，公报原文"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A served hall with two officers and a county's supplement on its shelf."""

    town: Town
    origin: str
    browser: Browser

    async def send(
        self,
        name: str | None,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 - JSON
    ) -> dict[str, Any]:
        """Send a request signed by `name`, or by nobody."""
        person = None if name is None else self.town.people[name]
        pair = (
            None if person is None else SigningPair(key=person.key, certificate=person.certificate)
        )
        async with client.connect(self.origin, system_entropy, pair) as sender:
            return cast("dict[str, Any]", await sender.send(method, path, body))

    def signed(self, name: str, text: str) -> dict[str, Any]:
        """Sign a text as `name`."""
        p7s = self.town.people[name].sign(text.encode())
        return {"object": json.loads(text), "p7s": base64.b64encode(p7s).decode()}

    async def text(self, rule: str = UNREAD, name: str = LAW.name) -> str:
        """Ask for the text that confirms a rule."""
        query = urlencode({"rule": rule, "text": TEXT})
        answer = await self.send("officer", "GET", f"/rules/{name}/confirmation?{query}")
        return str(answer["json"])

    async def standing(self, rule: str = UNREAD, name: str = LAW.name) -> str:
        """Tell what a rule may be called now."""
        found = await self.send(None, "GET", f"/rules/{name}")
        return str(next(one["standing"] for one in found["rules"] if one["id"] == rule))

    async def page(self, path: str, lang: str = "en") -> str:
        """Read a page that everybody may."""
        async with self.browser.get(f"{path}?lang={lang}") as answer:
            assert answer.status == 200, path
            return await answer.text()


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    town = await a_town(database, tmp_path, firms=0)
    own = home.demo_authority(tmp_path)
    town.people["deputy"] = await enrol(
        database, town.hall, own, "deputy", "ORG-OFFICER", Line.DECISION, (Role.OFFICER,)
    )
    put(tmp_path / "rules", COUNTY, as_supplement(LAW, a_record(LAW, ISSUE, value=25)))
    put(tmp_path / "rules", "land/2031-01", b"no = 'set'")
    async with serving(database, town.hall, town.vault) as (origin, browser):
        yield Office(town=town, origin=origin, browser=browser)


async def refused(office: Office, name: str, method: str, path: str, body: object = None) -> str:
    """Send what the hall says no to; return the code."""
    with pytest.raises(Refused) as error:
        await office.send(name, method, path, body)
    return error.value.code


async def test_everybody_reads_the_sets_and_their_files(office: Office) -> None:
    found = await office.send(None, "GET", "/rules")

    rows = {one["set"]: one for one in found["sets"]}
    assert rows[LAW.name]["sha256"] == LAW.sha256
    assert rows[COUNTY]["base"] == LAW.name
    assert rows["land/2031-01"]["why"] == "land/2031-01: a set is a list of [[rule]]"
    county = await office.send(None, "GET", f"/rules/{COUNTY}")
    [own] = [one for one in county["rules"] if one["own"]]
    assert (own["id"], own["value"], own["article"]) == (ISSUE, 25, f"{ARTICLE} 7")
    async with office.browser.get(f"/rules/{LAW.sha256}.toml") as answer:
        assert sha256_hex(await answer.read()) == LAW.sha256
    async with office.browser.get(f"/rules/{'0' * 64}.toml") as answer:
        assert answer.status == 404
    async with office.browser.get("/rules/land/2031-02") as answer:
        assert answer.status == 404
    async with office.browser.get("/rules/land/2031-01") as answer:
        assert answer.status == 409


async def test_pages_show_each_rule_with_its_article_and_how_sure_it_is(office: Office) -> None:
    listed = await office.page("/rules")
    assert f'href="/rules/{COUNTY}"' in listed
    assert "Cannot be used" in listed

    county = await office.page(f"/rules/{COUNTY}")
    assert county.count('<tr role="row" id="') == len(LAW.rules)
    assert f"{ARTICLE} 7" in county
    assert "tightened; the base has 20" in county
    assert "Unverified" in county
    law = await office.page(f"/rules/{LAW.name}", "zh-CN")
    assert "不少于" in law
    assert "未核实" in law
    assert 'action="/rules/' not in law  # only officers confirm
    demo = await office.page("/rules/demo/2026-11")
    assert "rule of the demonstration, not law" in demo


async def test_two_officers_make_a_rule_law_by_naming_its_text(office: Office) -> None:
    text = await office.text()
    body = office.signed("officer", text)
    assert await office.standing() == "hall"

    proposed = await office.send("officer", "POST", "/rules/confirmations", body)
    waits = f"/rules/confirmations/{proposed['confirmation']}"
    assert await office.standing() == "hall"
    own = await refused(office, "officer", "POST", f"{waits}/approval", body)
    assert own == "proposal.own"
    async with office.town.database.transaction() as tx:
        found = await confirmations.waiting(tx)
    rows = {
        name: list(rulebook.desk_rows(found, office.town.people[name].actor))
        for name in ("officer", "deputy")
    }
    assert rows["officer"] == []
    assert [(row.matter, row.title.en) for row in rows["deputy"]] == [(Matter.RULES, LAW.name)]
    asked = await office.send("deputy", "GET", waits)
    assert asked["json"] == text
    approval = office.signed("deputy", asked["json"])
    approved = await office.send("deputy", "POST", f"{waits}/approval", approval)

    assert approved["set"] == LAW.name
    assert await office.standing() == "law"
    assert await office.standing(UNREAD, COUNTY) == "law"  # what stands on the file has it too
    receipt = json.loads(approved["receipt"])["fields"]
    assert receipt["kind"] == "trading.rules-confirmed.v1"
    assert (receipt["rules"], receipt["texts"]) == ([UNREAD], [TEXT])
    again = await refused(office, "deputy", "POST", f"{waits}/approval", approval)
    assert again == "proposal.unknown"
    async with office.town.database.transaction() as tx:
        cited = (await lawbook.named(tx, office.town.hall, LAW.name)).cite(UNREAD)
    assert cited["standing"] == "law"
    assert TEXT in str(cited["article"])
    assert TEXT in await office.page(f"/rules/{LAW.name}", "zh-CN")


async def test_a_set_of_the_halls_own_is_used_once_two_officers_have_confirmed_it(
    office: Office,
) -> None:
    hall = replace(office.town.hall, demo=False)
    county = rule_set(COUNTY, hall.rules)
    async with office.town.database.transaction() as tx:
        with pytest.raises(UnconfirmedRuleSet):
            await lawbook.require_usable(tx, hall, county)
        await lawbook.require_usable(tx, hall, LAW)
    assert "Not confirmed yet" in await office.page(f"/rules/{COUNTY}")

    text = str((await office.send("officer", "GET", f"/rules/{COUNTY}/confirmation"))["json"])
    body = office.signed("officer", text)
    proposed = await office.send("officer", "POST", "/rules/confirmations", body)
    waits = f"/rules/confirmations/{proposed['confirmation']}/approval"
    await office.send("deputy", "POST", waits, office.signed("deputy", text))

    async with office.town.database.transaction() as tx:
        await lawbook.require_usable(tx, hall, county)
    assert "Not confirmed yet" not in await office.page(f"/rules/{COUNTY}")


async def test_only_what_was_read_nowhere_is_confirmed_and_only_by_its_file(
    office: Office,
) -> None:
    for rule in (ISSUE, "tender.of_my_own"):
        query = urlencode({"rule": rule, "text": TEXT})
        path = f"/rules/{LAW.name}/confirmation?{query}"
        assert await refused(office, "officer", "GET", path) == "rules.not_confirmable"
    query = urlencode({"rule": UNREAD, "text": TEXT})
    below = f"/rules/{COUNTY}/confirmation?{query}"
    assert await refused(office, "officer", "GET", below) == "rules.not_confirmable"

    for query in ("", "?rule=" + UNREAD):
        path = f"/rules/{LAW.name}/confirmation{query}"
        assert await refused(office, "officer", "GET", path) == "rules.not_confirmable"

    other = (await office.text()).replace(LAW.sha256, "0" * 64)
    code = await refused(
        office, "officer", "POST", "/rules/confirmations", office.signed("officer", other)
    )
    assert code == "rules.differs"


async def test_an_officer_signs_what_he_proposes_himself(office: Office) -> None:
    text = await office.text()

    for name in ("deputy", "approver"):
        body = office.signed(name, text)
        code = await refused(office, "officer", "POST", "/rules/confirmations", body)
        assert code == "certificate.unknown"
    body = office.signed("approver", text)
    code = await refused(office, "approver", "POST", "/rules/confirmations", body)
    assert code == "access.not_yours"


async def test_the_limits_of_a_draft_are_counted_for_its_two_bodies(office: Office) -> None:
    wish = a_draft(rules=COUNTY, deposit_fen="0")
    wish["lots"][0]["boxes"][0]["deadline"] = seconds(NOW.replace(day=26))
    await office.send("drafter", "POST", "/tenders", wish)
    path = f"/tenders/{wish['tender']}/limits"

    for name in ("drafter", "approver"):
        found = await office.send(name, "GET", path)
        assert found["rules"]["set"] == COUNTY
        assert not found["lawful"]
        [broken] = [one for one in found["limits"] if not one["kept"]]
        assert (broken["rule"], broken["needs"], broken["has"]) == (ISSUE, 25, 24)
        assert (broken["first"], broken["earliest"]) == ("2026-11-02", "2026-11-27")
        assert (broken["article"], broken["code"]) == (f"{ARTICLE} 7", ISSUE)
    assert await refused(office, "officer", "GET", path) == "access.not_yours"
    unknown = "/tenders/GC-0000-0000/limits"
    assert await refused(office, "drafter", "GET", unknown) == "tender.unknown"


async def test_readiness_tells_of_files_that_nobody_can_use(office: Office, tmp_path: Path) -> None:
    ground = Ground(
        home=tmp_path,
        database=office.town.database,
        hall=replace(office.town.hall, demo=False),
        vault=office.town.vault,
        origin=office.origin,
        ways={},
        clock=lambda: NOW,
    )

    found = {one.says.en: one.good for one in await look(ground) if one.what is Light.RULES}
    assert found == {
        "land/2031-01 cannot be used: land/2031-01: a set is a list of [[rule]]": False,
        f"{COUNTY} is not confirmed yet": True,
    }
    [days] = [one for one in await look(ground) if one.what is Light.CALENDAR]
    assert not days.good  # the table ends with the year, in less than sixty days
