"""Any query by mail: at once or in the morning, paused, left by one press; its private feed."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from notary import sessions, subscriptions
from notary.canonical import Json
from notary.followers import NowhereToTell
from notary.subscriptions import Change, Rhythm, SubscriptionUnknown, TooManySubscriptions
from notary.vault import DirectoryVault
from sql.database import Database
from tests.assurance.ground import a_ground
from tests.bidding.drafts import TENDER, a_draft
from tests.bidding.town import Town, a_town, announce, once
from tests.web.postbox import KEY, Post, a_post, reach
from tests.web.served import FACTOR_KEY, serving
from web.client import Refused

NAME = "firm-1"
MORNING = datetime(2026, 11, 3, 0, tzinfo=UTC)  # 08:00 in Beijing, the day after
LATER: dict[str, Json] = {"tender": "GC-2026-0920", "title": {"zh": "桥梁加固", "en": "A bridge"}}


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> Town:
    return await a_town(database, tmp_path, firms=2)


@pytest.fixture
async def post(town: Town) -> AsyncIterator[Post]:
    async with a_post(town) as made:
        await reach(town, NAME)
        yield made


async def subscribe(town: Town, query: str, rhythm: Rhythm, name: str = NAME) -> str:
    answer = await subscriptions.subscribe(
        town.database, town.hall, town.people[name].actor, once(name), query, rhythm
    )
    return str(answer["subscription"])


async def change(town: Town, subscription: str, to: Change, name: str = NAME) -> None:
    actor = town.people[name].actor
    await subscriptions.change(town.database, town.hall, actor, once(name), subscription, to)


async def test_a_publication_is_told_at_once_to_whom_it_fits_and_once(
    town: Town, post: Post
) -> None:
    await subscribe(town, "?q=%E6%94%B9%E9%80%A0&kind=works", Rhythm.AT_ONCE)
    await subscribe(town, "?kind=land", Rhythm.AT_ONCE)
    await announce(town)
    await post.carry()
    await post.carry()

    (mail,) = post.mail.taken
    assert mail["to"] == "firm-1@example.cn"
    assert mail["subject"] == "第八集贸市场维修改造工程（施工）"
    assert TENDER in mail["text"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://hall.example/leave/")
    assert link in mail["text"]


async def test_the_mail_of_the_morning_has_all_that_was_found_before_it(
    town: Town, post: Post
) -> None:
    await subscribe(town, "", Rhythm.DAILY)
    await announce(town)
    await announce(town, a_draft(**LATER))
    await post.carry()
    town.clock.move_to(MORNING - timedelta(microseconds=1))
    await post.carry()
    assert post.mail.taken == []

    town.clock.move_to(MORNING)
    await post.carry()
    (mail,) = post.mail.taken
    assert mail["subject"] == "您订阅的查询有 2 条新公告"
    assert "桥梁加固" in mail["text"]
    assert TENDER in mail["text"]

    town.clock.move_to(MORNING + timedelta(days=1))
    await post.carry()
    assert len(post.mail.taken) == 1


async def test_what_is_paused_or_left_writes_nothing(town: Town, post: Post) -> None:
    paused = await subscribe(town, "", Rhythm.AT_ONCE)
    await change(town, paused, Change.PAUSE)
    left = await subscribe(town, "", Rhythm.AT_ONCE)
    await change(town, left, Change.END)
    await announce(town)
    await post.carry()
    assert post.mail.taken == []

    await change(town, paused, Change.RESUME)
    await announce(town, a_draft(**LATER))
    await post.carry()
    assert [one["subject"] for one in post.mail.taken] == ["桥梁加固"]
    with pytest.raises(SubscriptionUnknown):
        await change(town, left, Change.RESUME)


async def test_nobody_changes_what_another_subscribed_to(town: Town, post: Post) -> None:
    own = await subscribe(town, "", Rhythm.DAILY)

    with pytest.raises(SubscriptionUnknown):
        await change(town, own, Change.END, "firm-2")
    with pytest.raises(NowhereToTell):
        await subscribe(town, "", Rhythm.DAILY, "firm-2")
    assert post.mail.taken == []


async def test_a_person_has_as_many_as_the_hall_looks_after(
    town: Town, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST", 2)
    for query in ("?q=a", "?q=b"):
        await subscribe(town, query, Rhythm.DAILY)

    with pytest.raises(TooManySubscriptions):
        await subscribe(town, "?q=c", Rhythm.DAILY)
    assert post.sms.taken == []


async def test_a_mail_that_could_not_go_out_is_worth_no_call(town: Town, post: Post) -> None:
    await subscribe(town, "", Rhythm.AT_ONCE)
    post.mail.takes = False
    await announce(town)
    for _ in range(4):
        await post.carry()
        town.clock.move_to(town.clock.now + timedelta(minutes=2))

    assert NAME not in await post.calls()


async def test_one_press_in_a_mail_leaves_and_the_private_feed_ends(
    town: Town, post: Post, tmp_path: Path
) -> None:
    own = await subscribe(town, "?q=%E6%94%B9%E9%80%A0", Rhythm.AT_ONCE)
    await announce(town)
    token = subscriptions.token(FACTOR_KEY, own)
    wrong = subscriptions.token(KEY, own)
    page = f"/leave/{own}/{token}"
    async with (
        serving(town.database, town.hall, DirectoryVault(tmp_path)) as (origin, browser),
        aiohttp.ClientSession() as program,
    ):
        async with browser.get(f"/feeds/{own}/{token}.atom") as feed:
            assert TENDER in await feed.text()
        async with browser.get(f"/feeds/{own}/{wrong}.atom") as guessed:
            assert guessed.status == 404
        async with browser.get(page) as looked:
            assert "退订这个查询" in await looked.text()
        # RFC 8058, 3.1: a mail program, without cookie or origin, and no redirect in the answer.
        body = {"List-Unsubscribe": "One-Click"}
        async with program.post(origin + page, data=body, allow_redirects=False) as left:
            assert left.status == 200
        async with browser.get(page) as looked:
            assert "已经退订" in await looked.text()
        async with browser.get(f"/feeds/{own}/{token}.atom") as feed:
            assert feed.status == 404
    assert post.mail.taken == []


async def test_a_reader_subscribes_from_the_list_and_changes_it_by_buttons(
    town: Town, post: Post, tmp_path: Path
) -> None:
    async with serving(town.database, town.hall, DirectoryVault(tmp_path)) as (_, browser):
        async with browser.get("/subscriptions/new?q=x&stage=result") as shown:
            assert "登录后订阅" in await shown.text()
        async with town.database.transaction() as tx:
            token = await sessions.begin(tx, town.hall, NAME)
        ours = {"Cookie": f"hall={token}"}
        async with browser.get("/subscriptions/new?q=x&stage=result", headers=ours) as shown:
            html = await shown.text()
        key, query = (re.search(rf'name="{one}" value="([^"]*)"', html) for one in ("key", "query"))
        assert key is not None
        assert query is not None
        assert query[1] == "?q=x"
        form = {"key": key[1], "query": query[1], "rhythm": "at_once"}
        async with browser.post("/subscriptions", data=form, headers=ours) as done:
            html = await done.text()
        assert "随时" in html
        action = re.search(r'action="(/subscriptions/[0-9a-f]{32})"', html)
        fresh = re.search(r'name="key" value="([^"]*)"', html)
        assert action is not None
        assert fresh is not None
        change_ = {"key": fresh[1], "change": "pause"}
        async with browser.post(action[1], data=change_, headers=ours) as done:
            assert "恢复发送" in await done.text()
        async with browser.post(
            action[1], data={"key": "0" * 16, "change": "x"}, headers=ours
        ) as no:
            assert no.status == 422
    assert post.mail.taken == []


async def test_a_program_subscribes_and_changes_it_over_the_wire(
    database: Database, tmp_path: Path
) -> None:
    async with a_ground(database, tmp_path, firms=1) as ground:
        wish: dict[str, Json] = {"query": "?q=road&sort=newest", "rhythm": "daily"}
        contact: dict[str, Json] = {"mail": "firm@example.cn", "mobile": None, "lang": "en"}
        with pytest.raises(Refused) as nowhere:
            await ground.send(NAME, "POST", "/subscriptions", wish)
        await ground.send(NAME, "POST", "/contact", contact)
        made = await ground.send(NAME, "POST", "/subscriptions", wish)
        path = f"/subscriptions/{made['subscription']}"
        assert await ground.send(NAME, "POST", path, {"change": "end"}) == made
        with pytest.raises(Refused) as over:
            await ground.send(NAME, "POST", path, {"change": "resume"})

    assert (nowhere.value.status, nowhere.value.code) == (422, "contact.missing")
    assert (over.value.status, over.value.code) == (404, "subscription.unknown")
