"""What a person without a mouse, with large letters or with colours of their own finds on a page.

Each function returns what is wrong with the page as it is; nothing wrong is an empty list.
"""

from itertools import pairwise
from typing import Any

from playwright.async_api import Page

_STOPS = """() => {
  for (const one of document.querySelectorAll('details')) one.open = true;
  const able = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]';
  const group = one => one.type === 'radio' && one.name
    ? [...document.querySelectorAll(`input[type=radio][name="${CSS.escape(one.name)}"]`)]
        .filter(other => other.form === one.form && !other.disabled)
    : [one];
  const entered = one => group(one).find(other => other.checked) ?? group(one)[0];
  const looks = one => {
    const {outline, boxShadow, borderColor, backgroundColor} = getComputedStyle(one);
    return [outline, boxShadow, borderColor, backgroundColor].join();
  };
  window.stops = [...document.querySelectorAll(able)].filter(one =>
    one.tabIndex >= 0 && !one.matches(':disabled') && one.type !== 'hidden'
    && one.checkVisibility({visibilityProperty: true})
    && !(one.matches('summary') && one.parentElement.querySelector('summary') !== one)
    && (one.type !== 'radio' || one.checked || entered(one) === one));
  window.quiet = window.stops.map(looks);
  window.looks = looks;
  return window.stops.length;
}"""

_STOP = """() => {
  const one = document.activeElement, at = window.stops.indexOf(one);
  if (one === document.body) return {at: -1, text: '', wrong: []};
  const wrong = [], box = [...one.getClientRects()].find(each => each.width > 0);
  const style = getComputedStyle(one);
  const inside = one.type === 'date' && !one.matches(':focus-visible'); // its calendar
  const ring = inside || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0);
  if (!ring && (at < 0 || window.looks(one) === window.quiet[at])) wrong.push('no ring');
  if (!box) wrong.push('nothing to see');
  else {
    const points = [.5, .1, .9].flatMap(x => [.5, .15, .85].map(y =>
      [box.left + x * box.width, box.top + y * box.height]));
    const hits = points.map(([x, y]) => document.elementFromPoint(x, y));
    const seen = hits.some(hit => hit && (one.contains(hit) || hit.contains(one)));
    if (!seen) wrong.push('out of sight or covered');
  }
  if (at < 0) wrong.push('not in the list');
  return {at, text: one.outerHTML.slice(0, 120), wrong};
}"""

_LETTERS = """() => {
  const wide = document.documentElement.clientWidth, wrong = [], lines = [];
  const name = one => one.outerHTML.slice(0, 110).replace(/\\s+/g, ' ');
  const hidden = one => {
    for (let each = one; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.clip !== 'auto' || style.clipPath !== 'none' || style.opacity === '0') return true;
      if (style.position === 'sticky' || style.position === 'fixed') return true;
      if (each.matches('.vh, .skip, svg, select, [aria-hidden=true]')) return true;
    }
    return false;
  };
  const scrolled = one => {
    for (let each = one.parentElement; each; each = each.parentElement)
      if (['auto', 'scroll'].includes(getComputedStyle(each).overflowX)) return true;
    return false;
  };
  for (const one of document.querySelectorAll('body *')) {
    if (!one.checkVisibility({visibilityProperty: true}) || !one.textContent.trim()) continue;
    const style = getComputedStyle(one);
    const over = one.scrollWidth > one.clientWidth + 1;
    const below = one.scrollHeight > one.clientHeight + 1;
    const cuts = way => ['hidden', 'clip'].includes(way);
    if (((cuts(style.overflowX) && over) || (cuts(style.overflowY) && below)) && !hidden(one))
      wrong.push(`cut off: ${name(one)}`);
    if (['auto', 'scroll'].includes(style.overflowX) && over && !one.matches('textarea, select')) {
      const named = one.ariaLabel || one.getAttribute('aria-labelledby');
      if (one.tabIndex < 0 || !named) wrong.push(`scrolls unnamed: ${name(one)}`);
    }
    if (one.matches('button, .btn, .tag') && one.clientWidth && over && !hidden(one))
      wrong.push(`too long: ${name(one)}`);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const one = text.parentElement;
    if (!text.nodeValue.trim() || one.closest('script, style, option') || hidden(one)) continue;
    if (!one.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.width < 2 || box.height < 2) continue;
      if ((box.right > wide + 1 || box.left < -1) && !scrolled(one))
        wrong.push(`beside the screen: ${name(one)}`);
      const high = box.height / 4;
      lines.push({text, one, left: box.left, right: box.right, top: box.top + high,
        bottom: box.bottom - high});
    }
  }
  lines.sort((a, b) => a.top - b.top);
  for (let n = 0; n < lines.length; n += 1) {
    for (let m = n + 1; m < lines.length && lines[m].top < lines[n].bottom - 1; m += 1) {
      const [a, b] = [lines[n], lines[m]];
      if (a.text === b.text) continue;
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3)
        wrong.push(`on top of each other: ${name(a.one)} / ${name(b.one)}`);
    }
  }
  return [...new Set(wrong)];
}"""

# WCAG 2.2, 1.4.12; a constructed sheet, which the pages' policy has no word about.
_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {
    line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important;
  }
  p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""

_MOVING = """() => [...document.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  const longest = list => Math.max(...list.split(',').map(parseFloat));
  return (style.animationName !== 'none' && longest(style.animationDuration) > .01)
    || longest(style.transitionDuration) > .01;
}).map(one => one.outerHTML.slice(0, 120))"""

_UNMARKED = """() => [...document.querySelectorAll('button, .btn, input, select, textarea, a')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.type !== 'hidden')
  .filter(one => {
    if (one.closest('.vh, .skip')) return false;
    const style = getComputedStyle(one);
    if (style.forcedColorAdjust === 'none') return true;
    const native = one.matches('[type=checkbox], [type=radio], [type=file], [type=range]');
    const edged = style.borderStyle.split(' ').some(each => each !== 'none')
      && parseFloat(style.borderTopWidth) + parseFloat(style.borderBottomWidth) > 0;
    const marked = native || edged || one.matches('a[href], .btn-link');
    one.focus({focusVisible: true});
    const ring = getComputedStyle(one);
    const ringed = document.activeElement !== one
      || (ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) > 0);
    return !marked || !ringed;
  }).map(one => one.outerHTML.slice(0, 120))"""


# Scripts show buttons once they know what the browser can: the same stops for half a second.
_SETTLED = """() => {
  const able = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const shown = [...document.querySelectorAll(able)]
    .filter(one => !one.matches(':disabled') && one.checkVisibility()).length;
  if (shown !== window.shown) [window.shown, window.since] = [shown, performance.now()];
  return document.readyState === 'complete' && performance.now() - window.since > 500;
}"""

_DATE = 5  # stops inside a date: year, month, day, its calendar; and the way round the page


async def walk(page: Page, *, skips: bool = True) -> list[str]:
    """Go through a page by Tab alone, over the skip link where it `skips`, until it comes round.

    Each stop is to be seen when it has the focus, none is left out, and they come in their order.
    """
    await page.wait_for_function(_SETTLED, polling=100, timeout=30_000)
    over = await page.locator("dialog, [popover], [role=menu], [aria-haspopup]").count()
    wrong = ["something opens over the page: Escape has to close it"] * over
    count = int(await page.evaluate(_STOPS))
    if skips:
        wrong += await _skip(page)
    went: list[int] = []
    for _ in range(count * _DATE):
        await page.keyboard.press("Tab")
        stop: dict[str, Any] = await page.evaluate(_STOP)
        wrong += [f"{one}: {stop['text']}" for one in stop["wrong"]]
        if stop["at"] < 0 or stop["at"] in went[-1:]:
            continue
        if stop["at"] in went[:1]:
            break
        went.append(stop["at"])
    else:
        wrong.append(f"a trap, after {went[-5:]}")
    missed = sorted(set(range(count)) - set(went))
    names = await page.evaluate(
        "all => all.map(n => window.stops[n].outerHTML.slice(0, 120))", missed
    )
    wrong += [f"not reached: {name}" for name in names]
    turns = sum(before > after for before, after in pairwise(went))
    if turns > 1 or len(went) > len(set(went)):
        wrong.append(f"out of order: {went}")
    return wrong


async def _skip(page: Page) -> list[str]:
    """Skip to the content; the next stop is no longer in the head of the page."""
    await page.keyboard.press("Tab")
    if not await page.evaluate("document.activeElement.matches('.skip')"):
        return ["the first stop is not the skip link"]
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    inside = await page.evaluate("!document.activeElement.closest('header, .skip')")
    return [] if inside else ["the skip link skips nothing"]


async def letters(page: Page) -> list[str]:
    """Return letters that are cut off, beside the screen, or on top of each other."""
    found: list[str] = await page.evaluate(_LETTERS)
    return found


async def space(page: Page) -> None:
    """Space lines, words and letters as far as anybody may ask."""
    await page.evaluate(_SPACED)


async def moving(page: Page) -> list[str]:
    """Return what moves although the reader has asked for rest."""
    await page.emulate_media(reduced_motion="reduce")
    found: list[str] = await page.evaluate(_MOVING)
    await page.emulate_media(reduced_motion="no-preference")
    return found


async def unmarked(page: Page) -> list[str]:
    """Return controls without an edge or a ring where the reader's own colours are forced."""
    await page.emulate_media(forced_colors="active")
    found: list[str] = await page.evaluate(_UNMARKED)
    await page.emulate_media(forced_colors="none")
    return found
