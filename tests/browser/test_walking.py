"""What looks for trouble finds it: each fault of a page made for this is told, and no other."""

import pytest
from playwright.async_api import Browser, Page

from tests.browser import walking

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOUND = """<!doctype html><html lang="en"><style>
:focus-visible {{ outline: 3px solid; }} .btn {{ border: 1px solid; padding: 4px; }}
.skip {{ position: absolute; top: -4em; }} .skip:focus {{ top: 0; }}
{style}</style>
<body><a class="skip" href="#main">Skip</a>
<header><a href="#1">Home</a> <button class="btn">Menu</button></header>
<main id="main" tabindex="-1"><p>One line of text.</p><a href="#2">On</a>
<label>Day <input type="date"></label>
<label><input type="radio" name="r"> a</label> <label><input type="radio" name="r"> b</label>
{body}</main></body></html>"""

WALKED = {
    "no ring": ("#bad:focus { outline: none }", "<a id=bad href='#'>x</a>"),
    "out of sight or covered": (
        "#over { position: fixed; inset: 0; background: white }",
        "<a href='#'>x</a><div id=over></div>",
    ),
    "out of order": ("", "<a href='#' tabindex=2>x</a><a href='#' tabindex=1>y</a>"),
    "a trap": ("", "<a href='#' id=trap>x</a><a href='#'>y</a>"),
    "something opens over the page": ("", "<dialog>x</dialog>"),
    "the first stop is not the skip link": (".skip { display: none }", ""),
}
READ = {
    "cut off": ("#bad { width: 3em; overflow: hidden; white-space: nowrap }", "too long for it"),
    "scrolls unnamed": ("#bad { width: 3em; overflow: auto; white-space: nowrap }", "too long for"),
    "beside the screen": ("#bad { margin-left: -3em }", "left of it"),
    "on top of each other": ("#bad { margin-top: -3.4em }", "over the line above"),
}


async def shown(page: Page, style: str = "", body: str = "") -> None:
    await page.set_content(SOUND.format(style=style, body=body))
    await page.evaluate(
        """() => document.getElementById('trap')?.addEventListener('keydown', event => {
          if (event.key === 'Tab') event.preventDefault();
        })"""
    )


async def test_each_fault_of_a_page_is_told_and_a_sound_page_has_none(chromium: Browser) -> None:
    page = await chromium.new_page()
    try:
        await shown(page)
        assert await walking.walk(page) == []
        assert await walking.letters(page) == []
        assert await walking.moving(page) == []
        assert await walking.unmarked(page) == []

        for fault, (style, body) in WALKED.items():
            await shown(page, style, body)
            assert any(one.startswith(fault) for one in await walking.walk(page)), fault
        for fault, (style, text) in READ.items():
            await shown(page, style, f"<p id=bad>{text}</p>")
            assert any(one.startswith(fault) for one in await walking.letters(page)), fault
        await shown(page, "#bad { height: 1.6em; overflow: hidden }", "<p id=bad>one line</p>")
        assert await walking.letters(page) == []
        await walking.space(page)
        await page.evaluate("document.getElementById('bad').style.width = '2em'")
        assert await walking.letters(page) != []
        await shown(page, "#bad { transition: opacity 2s }", "<p id=bad>x</p>")
        assert len(await walking.moving(page)) == 1
        await shown(page, "#bad { border: 0; background: navy }", "<button id=bad>x</button>")
        assert len(await walking.unmarked(page)) == 1
    finally:
        await page.close()
