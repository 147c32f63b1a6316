"""What a page may weigh, as it goes over the wire: gzip, which every browser takes."""

import gzip
import re
from dataclasses import replace
from importlib import resources
from itertools import chain
from pathlib import Path

from tests.web import samples
from web import assets
from web.app import AREAS
from web.letterhead import Lang, Text
from web.pages import Pages
from web.search import ROWS, Search

KIB = 1024
HEADS = 4 * 1024  # of four answers, seen: 660 bytes each
STATIC = Path(str(resources.files("web") / "static"))


def weight(html: str) -> int:
    """Return the bytes of a page and of every built file that it, or its scripts, name."""
    total, waiting, seen = len(gzip.compress(html.encode())), [html], set[str]()
    while waiting:
        for name in re.findall(r"[\w-]+-[A-Z0-9]{8}\.(?:css|js)", waiting.pop()):
            if name not in seen:
                seen.add(name)
                file = STATIC / "assets" / name
                total += file.with_name(f"{name}.gz").stat().st_size
                waiting.append(file.read_text("utf-8"))
    assert len(seen) >= 2
    return total


def title(n: int) -> Text:
    """Return a title of 24 characters that has nothing of the others: what repeats is light."""
    letters = (chr(0x4E00 + (n * 977 + place * 331) % 20_000) for place in range(24))
    return Text("".join(letters), "")


def test_a_full_list_weighs_at_most_40_kib_in_all() -> None:
    pages = Pages(assets.read(STATIC), chain.from_iterable(AREAS))
    rows = tuple(samples.row(f"GC-2026-{n:04}", title=title(n), moment=None) for n in range(ROWS))
    view = replace(samples.listing(Search()), rows=rows)

    assert weight(pages.render(view, samples.sheet(Lang.ZH, "/announcements"))) + HEADS <= 40 * KIB


def test_the_script_of_every_page_weighs_at_most_16_kib() -> None:
    name = assets.read(STATIC).names["hall.js"]

    assert (STATIC / "assets" / f"{name}.gz").stat().st_size <= 16 * KIB
