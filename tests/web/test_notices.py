"""Who is told what, on which way, once: before an opening nothing depends on having bid."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notary import entry, followers, messages
from notary.followers import AddressBad, NothingToFollow, NowhereToTell
from notary.instant import seconds
from notary.messages import Channel, MessageUnknown
from sql.database import Database
from tests.bidding.town import (
    TENDER,
    TRUSTEES,
    Town,
    a_draft,
    a_town,
    announce,
    award_lot,
    bid,
    once,
    release_as,
)
from tests.web.gateways import smtp
from tests.web.postbox import DAY, DEADLINE, Post, a_post, follow, reach
from web import notices, telling
from web.letterhead import Text
from web.lights import Finding, Light
from web.settings import BadSetting
from web.telling import READ_WITHIN


@pytest.fixture
async def post(database: Database, tmp_path: Path) -> AsyncIterator[Post]:
    town = await a_town(database, tmp_path, firms=4)
    wish = a_draft()
    wish["lots"][0]["boxes"][0]["deadline"] = seconds(DEADLINE)
    await announce(town, wish)
    async with a_post(town) as made:
        await made.carry()
        yield made


async def test_who_has_bid_is_told_no_more_and_no_less_than_who_has_not(post: Post) -> None:
    town = post.town
    for name in ("firm-1", "firm-2"):
        await follow(town, name)
    await reach(town, "firm-3")
    await bid(town, "firm-1", 1000)
    await bid(town, "firm-3", 2000)

    await post.added()
    await post.carry()
    town.clock.move_to(DEADLINE - DAY - timedelta(microseconds=1))
    await post.carry()
    assert len(post.mail.taken) == 2
    town.clock.move_to(DEADLINE - DAY)
    await post.carry()

    links = "https://hall.example/m/"
    texts = {
        to: [
            (one["subject"], one["text"].split(links)[0])
            for one in post.mail.taken
            if one["to"] == to
        ]
        for to in ("firm-1@example.cn", "firm-2@example.cn", "firm-3@example.cn")
    }
    assert len(texts["firm-1@example.cn"]) == 2
    assert texts["firm-1@example.cn"] == texts["firm-2@example.cn"]
    assert texts["firm-3@example.cn"] == []  # bids, and follows nothing
    async with town.database.transaction() as tx:
        made = await tx.fetch("SELECT count(DISTINCT made_at) FROM web.message GROUP BY cause")
    assert {row[0] for row in made} == {1}


async def test_a_held_entry_tells_nobody_anything_before_its_closing(post: Post) -> None:
    await follow(post.town, "firm-2")
    before = await counted(post.town)

    await bid(post.town, "firm-1", 1000)
    await post.carry()

    assert await counted(post.town) == before
    assert not any(kind in telling.ENTRIES for kind in held_kinds())


async def test_nobody_who_bid_is_known_before_the_list_and_all_are_after_it(post: Post) -> None:
    town = post.town
    for price, name in enumerate(("firm-1", "firm-2", "firm-3"), start=1000):
        await reach(town, name)
        await bid(town, name, price)
    await follow(town, "firm-4")

    town.clock.move_to(DEADLINE)
    await town.carry()
    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()
    await post.carry()
    await award_lot(town)
    await post.carry()

    subjects = {one["to"] for one in post.mail.taken if "开标" in one["text"]}
    assert {"firm-1@example.cn", "firm-2@example.cn", "firm-3@example.cn"} <= subjects
    awarded = [one["to"] for one in post.mail.taken if "已定标" in one["text"]]
    assert sorted(awarded) == [f"firm-{n}@example.cn" for n in (1, 2, 3)]


async def test_each_is_told_once_in_the_own_language_whoever_tells(post: Post) -> None:
    await follow(post.town, "firm-1")
    await follow(post.town, "firm-2", lang="en")
    await post.added()
    await post.town.settle()

    await asyncio.gather(post.postman.read_ledger(), post.postman.read_ledger())
    await asyncio.gather(post.postman.carry(), post.postman.carry())
    await post.carry()

    texts = {one["to"]: one["text"] for one in post.mail.taken}
    assert len(post.mail.taken) == len(texts) == 2
    assert "增加了文件" in texts["firm-1@example.cn"]
    assert "A document was added" in texts["firm-2@example.cn"]
    assert post.sms.taken == []


async def test_what_was_written_and_not_sent_goes_out_later_under_one_number(post: Post) -> None:
    town = post.town
    await follow(town, "firm-1")
    await post.added()
    await town.settle()
    await post.postman.read_ledger()
    async with town.database.transaction() as tx:  # the process dies between attempt and answer
        (due,) = await messages.take_due(tx, town.clock.now, 10)

    await post.carry()
    assert post.mail.taken == []
    town.clock.move_to(town.clock.now + messages.AGAIN)
    await post.carry()

    assert [one["id"] for one in post.mail.taken] == [f"<m{due.message}-mail@example.cn>"]


async def test_the_next_way_is_taken_when_the_first_fails_and_then_somebody_calls(
    post: Post,
) -> None:
    town = post.town
    await follow(town, "firm-1", mobile="13800000001")
    await follow(town, "firm-2", mobile="13800000002")
    post.mail.takes = False

    await post.added()
    for _ in range(messages.MOST_ATTEMPTS - 1):
        await post.carry()
        assert post.sms.taken == []
        town.clock.move_to(town.clock.now + messages.AGAIN)
    await post.carry()
    assert sorted(one["to"] for one in post.sms.taken) == ["13800000001", "13800000002"]
    assert await post.calls() == []

    post.sms.takes = False
    await post.added()
    for _ in range(2 * messages.MOST_ATTEMPTS):
        await post.carry()
        town.clock.move_to(town.clock.now + messages.AGAIN)
    # Followers may have taken documents: who they are is nobody's to know before the deadline.
    assert await post.calls() == []
    town.clock.move_to(DEADLINE - timedelta(microseconds=1))
    assert await post.calls() == []
    town.clock.move_to(DEADLINE)
    assert sorted(await post.calls()) == ["firm-1", "firm-2"]


async def test_an_alarm_that_nobody_reads_is_called_through_and_a_read_one_is_not(
    post: Post,
) -> None:
    town = post.town
    await reach(town, "supervisor", mobile="13900000000")
    await reach(town, "officer")
    opens = DEADLINE - timedelta(minutes=30)
    town.clock.move_to(opens - timedelta(microseconds=1))
    await post.carry()
    assert not [one for one in post.mail.taken if "值守程序" in one["text"]]

    town.clock.move_to(opens)
    await post.carry()

    alarms = [one["to"] for one in post.mail.taken if "值守程序" in one["text"]]
    assert sorted(alarms) == ["officer@example.cn", "supervisor@example.cn"]
    assert [one["to"] for one in post.sms.taken] == ["13900000000"]
    assert await post.calls() == ["operator"]  # has named no address at all
    await confirm(town, "officer")
    town.clock.move_to(opens + READ_WITHIN - timedelta(microseconds=1))
    assert "supervisor" not in await post.calls()
    town.clock.move_to(opens + READ_WITHIN)
    assert sorted(await post.calls()) == ["operator", "supervisor"]


RED = Finding(what=Light.DISK, good=False, says=Text("没有空间", "no space"))


@pytest.mark.parametrize(
    ("lights", "told"), [([], ["operator"]), ([RED], ["operator", "supervisor"])]
)
async def test_readiness_is_told_at_eight_to_the_operator_and_red_to_the_supervisor(
    post: Post, lights: list[Finding], told: list[str]
) -> None:
    town = post.town
    post.lights[:] = lights
    await reach(town, "operator")
    await reach(town, "supervisor")
    eight = datetime(2026, 11, 3, 0, 0, tzinfo=UTC)  # in Beijing
    town.clock.move_to(eight - timedelta(microseconds=1))
    await post.carry()
    assert post.mail.taken == []

    town.clock.move_to(eight)
    await post.carry()
    await post.carry()

    assert sorted(one["to"].partition("@")[0] for one in post.mail.taken) == told


async def test_a_body_whose_share_is_missing_hears_of_it_at_once_and_after_five_minutes(
    post: Post,
) -> None:
    town = post.town
    await reach(town, "supervisor")
    for price, name in enumerate(("firm-1", "firm-2", "firm-3"), start=1000):
        await bid(town, name, price)
    town.clock.move_to(DEADLINE)
    await town.carry()  # shares are asked for
    asked = town.clock.now

    def heard() -> int:
        return len([one for one in post.mail.taken if "钥匙份额" in one["text"]])

    await post.carry()
    assert heard() == 1
    town.clock.move_to(asked + timedelta(minutes=5, microseconds=-1))
    await post.carry()
    assert heard() == 1
    town.clock.move_to(asked + timedelta(minutes=5))
    await post.carry()
    assert heard() == 2

    for name in TRUSTEES[:2]:
        await release_as(town, name)
    await town.carry()
    town.clock.move_to(asked + timedelta(hours=1))
    await post.carry()
    assert heard() == 2


async def test_a_call_is_noted_once_and_by_whom(post: Post) -> None:
    town = post.town
    town.clock.move_to(DEADLINE - timedelta(minutes=30))
    await post.carry()
    async with town.database.transaction() as tx:
        waiting = await messages.to_call(tx, town.clock.now, 10)
    actor = town.people["operator"].actor

    await messages.note_call(town.database, town.hall, actor, once("operator"), waiting[0].message)

    assert len(await post.calls()) == len(waiting) - 1
    with pytest.raises(MessageUnknown):
        await messages.note_call(
            town.database, town.hall, actor, once("operator"), waiting[0].message
        )


async def test_nobody_follows_without_an_address_or_what_is_not_published(post: Post) -> None:
    town = post.town
    actor = town.people["firm-1"].actor
    with pytest.raises(NowhereToTell):
        await followers.follow(town.database, town.hall, actor, once(), TENDER)
    await reach(town, "firm-1", mail=None, mobile="13800000001")
    with pytest.raises(NothingToFollow):
        await followers.follow(town.database, town.hall, actor, once(), "GC-2026-9999")
    with pytest.raises(NothingToFollow):
        await followers.unfollow(town.database, town.hall, actor, once(), TENDER)

    await followers.follow(town.database, town.hall, actor, once(), TENDER)
    await followers.unfollow(town.database, town.hall, actor, once(), TENDER)
    await post.added()
    await post.carry()

    assert post.sms.taken == []


@pytest.mark.parametrize(
    ("mail", "mobile", "good"),
    [
        ("a@b.cn", None, True),
        (None, "+8613800000000", True),
        ("a b@c.cn", None, False),
        ("a@b@c.cn", None, False),
        ("a@b.cn\r\nBcc: x@y.cn", None, False),
        (None, "1380000", True),
        (None, "1380", False),
        (None, "138-0000-0000", False),
    ],
)
async def test_an_address_has_its_form(
    post: Post, mail: str | None, mobile: str | None, *, good: bool
) -> None:
    if good:
        await reach(post.town, "firm-1", mail=mail, mobile=mobile)
    else:
        with pytest.raises(AddressBad):
            await reach(post.town, "firm-1", mail=mail, mobile=mobile)


async def test_a_mail_address_is_one_mailbox_and_nothing_else(post: Post) -> None:
    for mail in (
        "a,b@c.cn",
        "Wang <a@b.cn>",
        "<a@b.cn>",
        '"a"@b.cn',
        "a(b)@c.cn",
        "a;b@c.cn",
        "王@b.cn",
        "a@-b.cn",
        "a@b-.cn",
        "a@b..cn",
        "a@.cn",
        "a@b.cn.",
        "a@b_c.cn",
        f"{65 * 'a'}@b.cn",
        f"a@{64 * 'b'}.cn",
        f"a@{'.'.join(4 * [63 * 'b'])}",
    ):
        with pytest.raises(AddressBad):
            await reach(post.town, "firm-1", mail=mail, mobile=None)
    for mail in ("o'neil+bids@b-c.example.cn", f"{64 * 'a'}@{63 * 'b'}.cn", "a@intranet"):
        await reach(post.town, "firm-1", mail=mail, mobile=None)


@pytest.mark.parametrize(
    ("channel", "given"),
    [
        (Channel.MAIL, "smtp://mail.example"),
        (Channel.MAIL, "http://mail.example?from=a@b.cn"),
        (Channel.SMS, "smtp://sms.example"),
        (Channel.SMS, "ftp://sms.example"),
    ],
)
def test_a_gateway_that_is_none_is_refused(channel: Channel, given: str) -> None:
    with pytest.raises(BadSetting):
        notices.parse(channel, given)


async def test_a_title_of_two_lines_goes_out_and_a_strange_address_is_not_taken() -> None:
    async with smtp() as gateway, notices.opened({Channel.MAIL: gateway.url}) as send:
        await send(Channel.MAIL, "a@b.cn", "路\r面\n内容", number="m1-mail")
        with pytest.raises(notices.NotTaken):
            await send(Channel.MAIL, "=?utf-8?q?=0A?=@b.cn", "x\n内容", number="m2-mail")

    assert [one["subject"] for one in gateway.taken] == ["路 面"]


async def test_a_demonstration_writes_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "log" / "sms.jsonl"
    ways = {Channel.SMS: notices.parse(Channel.SMS, f"file:{path}")}
    async with notices.opened(ways) as send:
        assert await send(Channel.SMS, "13800000000", "标题\n内容", number="m1-sms") == "m1-sms"
        with pytest.raises(notices.NotTaken):
            await send(Channel.MAIL, "a@b.cn", "x", number="m1-mail")

    assert "13800000000" in path.read_text()


def held_kinds() -> set[str]:
    """Return the kinds that are held before a closing, by their schemas."""
    folder = Path(entry.__file__).parent / "schemas"
    return {path.stem for path in folder.glob("*.json") if entry.kind(path.stem).held}


async def counted(town: Town) -> tuple[int, int]:
    async with town.database.transaction() as tx:
        return (
            await tx.fetchval("SELECT count(*) FROM web.occasion"),
            await tx.fetchval("SELECT count(*) FROM web.message"),
        )


async def confirm(town: Town, name: str) -> None:
    actor = town.people[name].actor
    await messages.mark_all_read(town.database, town.hall, actor, once(name))
