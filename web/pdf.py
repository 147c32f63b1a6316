"""Papers: PDF/A-3b by typst, with the machine record inside, the same bytes from the same facts.

What a paper says is made in `web.papers`; how it is set is in `web/typst`. Data goes in as JSON and
never becomes markup. The document's date is the record's own time, so the bytes repeat and their
hash means something.

Source: `web.md` 10.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import as_file, files
from io import BytesIO
from typing import Final

import segno
import typst
from aiohttp import hdrs, web
from markupsafe import Markup

from notary import canonical
from notary.canonical import Json
from web.letterhead import Lang

TYPE = "application/pdf"
STANDARD: Final = "a-3b"
"""The PDF/A that may carry files of any kind; a-2b refuses them."""

_INK, _PAPER = "#14202b", "#ffffff"
_LOCALES = {Lang.ZH: ("zh", "cn"), Lang.EN: ("en", "gb")}


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside a paper. `says`: what it is, for readers of the file list."""

    name: str
    data: bytes
    type: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document to be set. `template`: a file of `web/typst` without its ending.

    `at`: the instant of the record that it is about. `data`: members of its own, as the template
    names them.
    """

    template: str
    lang: Lang
    title: str
    at: datetime
    attached: tuple[Attached, ...]
    data: Mapping[str, Json] = field(repr=False)


def write(paper: Paper) -> bytes:
    """Set a paper. It takes a tenth of a second of computing: see `answer`."""
    language, region = _LOCALES[paper.lang]
    at = paper.at.astimezone(UTC)
    given: dict[str, Json] = {
        **paper.data,
        "title": paper.title,
        "lang": language,
        "region": region,
        "at": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "attached": [
            {
                "name": one.name,
                "data": list(one.data),
                "sha256": hashlib.sha256(one.data).hexdigest(),
                "type": one.type,
                "says": one.says,
            }
            for one in paper.attached
        ],
    }
    with as_file(files("web") / "typst") as folder, as_file(files("web") / "static") as static:
        return typst.compile(
            str(folder / f"{paper.template}.typ"),
            root=str(folder),
            font_paths=[str(static / "fonts")],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=STANDARD,
            sys_inputs={"paper": canonical.dumps(given).decode()},
        )


async def answer(paper: Paper, name: str) -> web.Response:
    """Answer with a paper, set in a thread; `name`: of the file, without its ending."""
    return web.Response(
        body=await asyncio.to_thread(write, paper),
        content_type=TYPE,
        headers={hdrs.CONTENT_DISPOSITION: f'inline; filename="{name}.pdf"'},
    )


def qr_code(address: str) -> Markup:
    """Return an address as a QR code: SVG without a size of its own, ink on white."""
    drawn = BytesIO()
    segno.make(address, error="m").save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgns=True,
        omitsize=True,
        border=4,
        svgclass="qr-code",
        lineclass=None,
        light=_PAPER,
        dark=_INK,
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn here, of an address of ours
