"""Addresses as QR codes."""

from io import BytesIO

import segno
from markupsafe import Markup


def code(address: str) -> Markup:
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
        light="#ffffff",
        dark="#14202b",
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn here, of an address
