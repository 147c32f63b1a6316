"""Receipts: what whoever acted gets with the answer, signed by the hall.

A receipt is a promise that the record will be in the log, by `merge_by` or, for a held kind, before
the closing that lets it out; without record it says only that an attempt came above the rate limit.
Its `receipt.p7s` is a detached CMS signature by the certificate of the hall (`notary.cms`).

Source: `ledger.md` 6.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, cast, get_args

from notary import canonical, entry, instant
from notary.canonical import Json
from notary.entry import BadEntry, Fields
from notary.times import MERGE_WITHIN

VERSION = "hall-receipt/v1"

Outcome: TypeAlias = Literal["accepted", "refused"]

_HEX = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt whose members agree with one another. `merge_by` is None for a held kind."""

    outcome: Outcome
    fields: Fields
    record: bytes | None
    salt: bytes | None
    merge_by: datetime | None


def write(outcome: Outcome, fields: Mapping[str, Json], salt: bytes | None) -> bytes:
    """Return `receipt.json` of an entry that was appended."""
    record = entry.record(fields, salt)
    return _encode(outcome, fields, record, salt, _merge_by(fields))


def write_unrecorded(fields: Mapping[str, Json]) -> bytes:
    """Return `receipt.json` of an attempt above the rate limit, which has no entry."""
    return _encode("refused", fields, None, None, None)


def parse(data: bytes) -> Receipt:
    """Read `receipt.json`, or raise BadEntry with the first reason; its signature is not here."""
    try:
        read = canonical.load_signed(data)
    except canonical.BadJson as error:
        raise BadEntry("json", str(error)) from error
    members = {"v", "origin", "outcome", "record", "salt", "fields", "merge_by"}
    fields, outcome = read.get("fields"), read.get("outcome")
    if read.keys() != members or read["v"] != VERSION or outcome not in get_args(Outcome):
        raise BadEntry("json", f"not a {VERSION}")
    if not isinstance(fields, dict):
        raise BadEntry("json", "the fields of a receipt are an object")
    record, salt = _unhex(read["record"]), _unhex(read["salt"])
    if fields.get("origin") != read["origin"]:
        raise BadEntry("origin", "the receipt and its entry name different logs")
    stated = entry.kind_of(fields)
    stated.require(fields.keys(), fields)
    if record is None:
        if (outcome, salt, read["merge_by"]) != ("refused", None, None):
            raise BadEntry("form", "only a refusal can be without a record")
    else:
        if read["merge_by"] != _merge_by(fields):
            raise BadEntry("form", "merge_by is at + 60 s, and null for a held kind")
        if record != entry.record(fields, salt):
            raise BadEntry("record", "the record is not that of these fields and salt")
    merge_by = read["merge_by"]
    return Receipt(
        outcome=cast("Outcome", outcome),
        fields=fields,
        record=record,
        salt=salt,
        merge_by=None if merge_by is None else instant.parse_micros(cast("str", merge_by)),
    )


def _merge_by(fields: Mapping[str, Json]) -> str | None:
    if entry.kind_of(fields).held:
        return None
    return instant.micros(instant.parse_micros(cast("str", fields["at"])) + MERGE_WITHIN)


def _encode(
    outcome: Outcome,
    fields: Mapping[str, Json],
    record: bytes | None,
    salt: bytes | None,
    merge_by: str | None,
) -> bytes:
    return canonical.dumps(
        {
            "v": VERSION,
            "origin": fields["origin"],
            "outcome": outcome,
            "record": None if record is None else record.hex(),
            "salt": None if salt is None else salt.hex(),
            "fields": fields,
            "merge_by": merge_by,
        }
    )


def _unhex(member: Json) -> bytes | None:
    if member is None:
        return None
    if not isinstance(member, str) or not _HEX.fullmatch(member):
        raise BadEntry("json", "record and salt are lower-case hex or null")
    return bytes.fromhex(member)
