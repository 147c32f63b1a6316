"""Second channels: other bodies that take a bid where the hall does not answer, and sign for it.

A notice names each by its address and the certificate that it signs with; what it signs is one
small text about the bytes that it was given, by its own clock. Whoever holds that receipt can show
what the channel had, and when.

Source: `sealing.md` 3, notice, and 7.3.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from notary import cms, shape
from notary.canonical import sha256_hex
from notary.shape import Moment, Sha256

_Name: TypeAlias = Annotated[str, shape.text(r"(?=\s*\S)[\s\S]{1,1000}")]


class BadReceipt(ValueError):  # noqa: N818 - named after what is wrong
    """What a channel answered is no receipt of these bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A second way in, as a notice names it: takes any signed object and signs a receipt."""

    name: _Name
    url: Annotated[str, shape.text(r"https://[^\s]{1,500}")]
    cert_sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodged:
    """What a channel signs. `at`: its own clock. `p7s_sha256` None: it came without a signature."""

    v: Literal["hall-lodged/v1"] = "hall-lodged/v1"
    name: _Name
    at: Moment
    object_sha256: Sha256
    p7s_sha256: Sha256 | None


def lodged(name: str, at: datetime, text: bytes, p7s: bytes | None) -> Lodged:
    """Return what the channel `name` says of an object and its signature."""
    return Lodged(
        name=name,
        at=at.replace(microsecond=0),
        object_sha256=sha256_hex(text),
        p7s_sha256=None if p7s is None else sha256_hex(p7s),
    )


def require_lodged(
    receipt: bytes, receipt_p7s: bytes, text: bytes, p7s: bytes, pinned: str | None
) -> Lodged:
    """Return a channel's receipt of an object and its signature, or raise BadReceipt.

    `pinned`: hash of the certificate that the notice names for it, None where it names none.
    """
    try:
        signer = cms.verify(receipt, receipt_p7s)
        told = shape.load(Lodged, receipt)
    except ValueError as error:
        raise BadReceipt(str(error)) from error
    if pinned is not None and cms.cert_sha256(signer) != pinned:
        raise BadReceipt("signed by another than the notice names")
    if (told.object_sha256, told.p7s_sha256) != (sha256_hex(text), sha256_hex(p7s)):
        raise BadReceipt("a receipt of something else")
    return told
