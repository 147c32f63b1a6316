"""Every page renders in both languages, whole, strict, without a script or style of its own."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import escape
from html.parser import HTMLParser
from itertools import chain, pairwise

import pytest
from typing_extensions import override

from tests.web import samples, samples_house, samples_room
from web import beijing, figures
from web.app import AREAS
from web.assets import Assets
from web.frames import frame
from web.letterhead import Lang, View
from web.opening_events import after, hidden, start
from web.opening_room import RoomView
from web.pages import Pages, marked
from web.search import Search
from web.views.public import State

SCRIPTS = ("hall", "room", "replay", "sign", "ways-in", "editor", "submit", "verify", "alarm-sound")
ASSETS = Assets(
    {
        "app.css": "app-1.css",
        "wall.css": "wall-1.css",
        **{f"{name}.js": f"{name}-1.js" for name in SCRIPTS},
    }
)
PAGES = Pages(ASSETS, chain.from_iterable(AREAS))
VOID = {"br", "img", "input", "link", "meta", "path", "rect"}
REGIONS = ("state", "stages", "board", "said", "bids", "spoken", "locks")


class Outline(HTMLParser):
    """What a reader of the markup relies on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and remember that it is open."""
        found = dict(attrs)
        self.attributes.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.attributes.append((tag, dict(attrs)))

    @override
    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self.open.pop() == tag, f"</{tag}> closes another element"


def page(name: str, lang: Lang) -> str:
    view: View = samples_house.PAGES[name]()
    return PAGES.render(
        view, samples.sheet(lang, samples_house.PATHS.get(name, "/"), reader=samples.READER)
    )


EVERY_PAGE = pytest.mark.parametrize("name", list(samples_house.PAGES))
BOTH_LANGUAGES = pytest.mark.parametrize("lang", list(Lang))


@EVERY_PAGE
@BOTH_LANGUAGES
def test_a_page_is_whole_and_fits_the_content_security_policy(name: str, lang: Lang) -> None:
    html = page(name, lang)
    outline = Outline(html)

    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert html.startswith(f'<!doctype html>\n<html lang="{lang}"')
    assert "<style" not in html
    assert not re.findall(r"<script(?![^>]* src=)", html)
    for tag, attributes in outline.attributes:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag


@EVERY_PAGE
@BOTH_LANGUAGES
def test_labels_descriptions_and_links_lead_somewhere(name: str, lang: Lang) -> None:
    outline = Outline(page(name, lang))

    for _, attributes in outline.attributes:
        for pointer in ("for", "aria-labelledby", "aria-describedby"):
            for target in (attributes.get(pointer) or "").split():
                assert target in outline.ids, target
        address = attributes.get("href") or ""
        if address.startswith("#"):
            assert address[1:] in outline.ids, address


@EVERY_PAGE
def test_an_english_page_speaks_no_chinese_of_its_own(name: str) -> None:
    """Names and titles that people wrote stay; the words of the hall are English."""
    source = page(name, Lang.EN)
    theirs = re.compile(
        r"投标人.|代理机构一|示例市市场服务中心|市公共资源交易\w+|市\w+|王工|招标文件|工程量清单|中文|厅|城北分中心|改造|招标投标法\w*"
    )

    ours = theirs.sub("", re.sub(r'<(\w+)[^>]* ?lang="zh-CN">[^<]*</\1>', "", source))

    assert not re.findall(r"[\u4e00-\u9fff]+", ours)


@pytest.mark.parametrize("path", ["/announcements", "/announcements?q=%E6%94%B9&page=2"])
def test_the_language_switch_keeps_the_page(path: str) -> None:
    html = PAGES.render(samples.listing(), samples.sheet(Lang.ZH, path))
    address = escape(samples.sheet(Lang.ZH, path).address_in(Lang.EN))

    assert f'<a href="{address}" lang="en" hreflang="en">English</a>' in html


def test_what_people_wrote_is_escaped() -> None:
    html = PAGES.render(
        samples.listing(Search(q='"><script>alert(1)</script>'), empty=True),
        samples.sheet(Lang.ZH),
    )

    assert "<script>alert" not in html


def test_a_keyword_is_underlined_and_nothing_else_changes() -> None:
    assert (
        marked("管网<改造>工程改造", "改造") == "管网&lt;<mark>改造</mark>&gt;工程<mark>改造</mark>"
    )
    assert marked("Market Hall", "hall") == "Market <mark>Hall</mark>"
    assert marked("Market Hall", "") == "Market Hall"
    assert marked("Market Hall", "hall MARK") == "<mark>Mark</mark>et <mark>Hall</mark>"


def test_a_long_title_is_never_cut() -> None:
    assert samples.LONG.zh in PAGES.render(samples.home(), samples.sheet(Lang.ZH))


SENTENCES: dict[str, Callable[[], View]] = {
    "最低报价有几份相同，还没有人中标。": lambda: samples.result(tied=True),
    "定标作废：招标投标法 57。": lambda: samples.result(void="招标投标法 57"),
    "没有投标通过，没有人中标。": lambda: samples.result(ranking=()),
    "没有投标被否决。": lambda: samples.result(rejected=()),
    "有 <b>1</b> 份报价更低但被否决：投标人丙，没有响应招标文件的实质性要求：<span": samples.result,
    "</b> 签合同。": lambda: samples.result(contract_by=samples.NOON),
    "截标前收到 <b>4</b> 份投标，4 份当众打开，2 份通过。": samples.result,
    "所用规则没有开标后的异议期。": lambda: samples.result(objections_until=None),
}


@pytest.mark.parametrize("sentence", list(SENTENCES))
def test_a_result_says_it_in_five_sentences(sentence: str) -> None:
    html = PAGES.render(SENTENCES[sentence](), samples.sheet(Lang.ZH))

    assert sentence in html
    assert len(re.findall("<li>", html.split('class="five">')[1].split("</ol>")[0])) == 5


# The opening room: page(N) + frame(N+1) = page(N+1)


def regions(view: RoomView, lang: Lang) -> dict[str, str]:
    """Render each region of a room by itself."""
    whole = {name: str(PAGES.fragment("rooms/frames.html", name, lang, view)) for name in REGIONS}
    rows = {
        f"bid-{bid.envelope}": str(
            PAGES.fragment("rooms/frames.html", "bid", lang, bid, view.facts)
        )
        for bid in view.bids
    }
    return whole | rows


def squeezed(html: str) -> str:
    return re.sub(r"\s+", "", html)


@BOTH_LANGUAGES
def test_a_frame_brings_every_region_that_its_event_changes(lang: Lang) -> None:
    stories = (samples_room.rooms(), samples_room.held_up())
    for before, now in chain.from_iterable(map(pairwise, stories)):
        sent = squeezed(frame(PAGES, before, now, lang))
        old, new = regions(before, lang), regions(now, lang)

        for region, html in new.items():
            if region == "bids" and old[region] != html and old["bids"].count("<tr"):
                continue  # its rows are looked at one by one
            assert old.get(region) == html or squeezed(html) in sent, (now.seq, region)
        assert f'id="event-{now.seq}"' in frame(PAGES, before, now, lang)


def test_before_the_list_is_out_no_page_says_how_many_bids_there_are() -> None:
    for view in samples_room.rooms()[:3]:
        html = PAGES.render(view, samples.sheet(Lang.EN))
        assert view.bids == ()
        assert not re.findall(r"\d+ bids", html)


def test_an_opening_goes_through_its_stages_by_its_events() -> None:
    states = [view.state for view in samples_room.rooms()]

    assert states == [
        State.OPEN,
        *[State.CLOSING] * 2,
        *[State.SHARES] * 4,
        *[State.OPENING] * 9,
        *[State.CONFIRMING] * 4,
        State.OPENED,
    ]


def test_a_room_takes_events_in_order_only() -> None:
    room = start(samples_room.room_facts())

    with pytest.raises(ValueError, match="does not follow"):
        after(room, 2, samples.NOON, "bidding.box-closed.v1", {})


def test_a_hidden_event_keeps_its_number_and_nothing_else() -> None:
    room = hidden(start(samples_room.room_facts()), 1)

    html = PAGES.render(room, samples.sheet(Lang.ZH))

    assert "这一号暂不公开" in html
    assert room.seq == 1


def test_missing_shares_say_who_is_awaited() -> None:
    room = samples_room.rooms()[5]

    late = after(
        room,
        6,
        samples.NOON,
        "bidding.opening-postponed.v1",
        {"missing": ["auditor"], "next": "2026-11-20T02:00:00Z"},
    )
    html = PAGES.render(late, samples.sheet(Lang.ZH))

    assert late.state is State.POSTPONED
    assert "没有应答" in html
    assert "在等：市审计局" in html.replace(" ", "").replace("\n", "")


def test_a_verdict_may_turn_when_the_files_are_checked() -> None:
    room = samples_room.rooms()[12]

    turned = after(
        room,
        13,
        samples.NOON,
        "bidding.bid-checked.v1",
        {
            "envelope": samples_room.ENVELOPES[3],
            "verdict": "improper",
            "code": "E-FILE",
            "fault": "bidder",
        },
    )

    assert room.bids[3].verdict == "opened"
    assert turned.board.bid == turned.bids[3]
    assert turned.bids[3].verdict == "improper"
    assert "E-FILE" in PAGES.render(turned, samples.sheet(Lang.EN))


def test_a_reopened_box_takes_bids_again() -> None:
    room = after(samples_room.rooms()[3], 4, samples.NOON, "bidding.box-reopened.v1", {})

    assert room.state is State.OPEN
    assert room.bids == ()
    assert len(room.log) == 4


# Figures and times


def test_figures_are_written_once_and_for_all() -> None:
    assert figures.money(1_512_500_000) == "15,125,000.00"
    assert figures.money(-105) == "-1.05"
    assert figures.percent(figures.permille(1_076_700_000, 1_512_500_000)) == "71.2%"
    assert figures.size(999) == "999 B"
    assert figures.size(4_404_019) == "4.2 MB"
    assert figures.hash_head(samples.HASH) == "3f9a 61c0 … b82e"
    assert figures.hash_groups("0" * 16) == "00000000 00000000"


def test_times_are_beijing_times() -> None:
    assert beijing.iso(samples.NOON) == "2026-11-20T09:03:27+08:00"
    assert beijing.day(samples.NOON, Lang.ZH) == "2026-11-20 星期五"
    assert beijing.day(samples.NOON, Lang.EN) == "Friday, 20 November 2026"
    assert beijing.moment(samples.NOON, Lang.EN) == "20 Nov 09:03"
    midnight = beijing.midnight(beijing.today(samples.NOON))
    assert beijing.end(midnight, Lang.ZH) == "11-19 24:00"
    assert beijing.end(midnight + timedelta(minutes=1), Lang.EN) == "20 Nov 00:01"
    assert beijing.left(samples.DEADLINE, samples.NOON) == (0, 16, 17, 52)
    assert beijing.left(samples.NOON, samples.DEADLINE) == (0, 0, 0, 0)


def test_a_tender_leads_to_its_contract_once_it_is_awarded() -> None:
    def shown(state: State) -> str:
        return PAGES.render(samples.tender(state), samples.sheet(Lang.EN))

    assert "/contract" in shown(State.AWARDED)
    assert "/contract" not in shown(State.CANDIDATES)
