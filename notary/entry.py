"""What one entry of the ledger says, and how it is committed, recorded and disclosed.

The normative text is `ledger.md` 1 and 4; the kinds, their fields and marks are the JSON Schemas in
`notary/schemas`. Pure: salts come in as arguments. What holds between the entries of a whole log is
`notary.records`; how a proof is written is `notary.proof`.
"""

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from itertools import pairwise
from typing import Literal, cast

from notary import canonical, merkle, values
from notary.canonical import Json

Fields = dict[str, Json]

COMMITTED = b"\x01"
PLAIN = b"\x02"
COMMITTED_BYTES = 1 + merkle.HASH_BYTES
MAX_PLAIN_BYTES = 1024
SALT_BYTES = 32
DISCLOSURE = "hall-disclosure/v1"

_KIND = re.compile(r"([a-z]+\.[a-z]+(?:-[a-z]+)*)\.v[1-9][0-9]*")
_NAME = re.compile(r"[a-z0-9_]{1,64}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_HASH = re.compile(r"[0-9a-f]{64}")
_SCHEMAS = resources.files("notary") / "schemas"

Reason = Literal[
    "json", "salt", "order", "closed", "origin", "form", "names", "record", "repeat", "key", "at"
]


class BadEntry(ValueError):  # noqa: N818 - named after what is wrong
    """An entry, a disclosure or a log breaks a rule; `reason` names it as the vectors do."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """One kind of entry: its fields and its marks (`ledger.md` 8)."""

    name: str
    names: tuple[str, ...]  # ascending
    plain: tuple[str, ...] | None  # names of the key, None for a committed kind
    held: bool
    public: bool
    tests: Mapping[str, values.Test]  # what each field may say

    @property
    def family(self) -> str:
        """Return the name without its version: a key holds over all versions of a kind."""
        return self.name.rpartition(".v")[0]

    def require(self, names: Collection[str], open_fields: Mapping[str, Json]) -> None:
        """Raise BadEntry unless these are all names, and the open values are allowed."""
        if set(names) != set(self.names):
            odd = sorted(set(names) ^ set(self.names))
            raise BadEntry("names", f"{self.name}: names missing or unknown: {', '.join(odd)}")
        for name, value in open_fields.items():
            if not self.tests[name](value):
                raise BadEntry("names", f"{self.name}: no such {name} is allowed")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a disclosure shows: the record it leads to, all names, the open fields."""

    record: bytes
    names: tuple[str, ...]
    fields: Fields


@cache
def kind(name: str) -> Kind:
    """Return the kind of this name and version; raise BadEntry if there is no schema for it."""
    if not _KIND.fullmatch(name) or name not in kinds():
        raise BadEntry("form", f"unknown kind {name[:80]!r}")
    marked = schema(name)
    plain = cast("list[str] | None", marked["x-plain"])
    return Kind(
        name=name,
        names=tuple(sorted(cast("list[str]", marked["required"]))),
        plain=None if plain is None else tuple(plain),
        held=cast("bool", marked["x-held"]),
        public=cast("bool", marked["x-public"]),
        tests={
            field: values.compiled(value)
            for field, value in cast("dict[str, Fields]", marked["properties"]).items()
        },
    )


@cache
def kinds() -> frozenset[str]:
    """Return the names of all kinds that can be appended."""
    return frozenset(file.name.removesuffix(".json") for file in _SCHEMAS.iterdir())


def schema(name: str) -> Fields:
    """Return the JSON Schema of a kind that there is."""
    return cast("Fields", canonical.loads((_SCHEMAS / f"{name}.json").read_bytes()))


def kind_of(fields: Mapping[str, Json]) -> Kind:
    """Return the kind that these fields state."""
    stated = fields.get("kind")
    if not isinstance(stated, str):
        raise BadEntry("form", "an entry states its kind")
    return kind(stated)


def record(fields: Mapping[str, Json], salt: bytes | None) -> bytes:
    """Return the record of an entry: 33 bytes, or of a plain kind, which has no salt, its JCS.

    Raises BadEntry where the fields are not those of their kind.
    """
    stated = kind_of(fields)
    stated.require(fields.keys(), fields)
    if stated.plain is not None:
        if salt is not None:
            raise BadEntry("record", f"{stated.name} is plain and has no salt")
        return _plain_record(fields)
    if salt is None or len(salt) != SALT_BYTES:
        raise BadEntry("salt", f"a salt has {SALT_BYTES} bytes")
    return _committed_record(
        {name: _value_hash(field_salt(salt, name), value) for name, value in fields.items()}
    )


def key(fields: Mapping[str, Json]) -> str | None:
    """Return what no second entry may have, over all versions of the kind; None if not plain."""
    parts = key_parts(fields)
    return None if parts is None else canonical.dumps(parts).decode()


def key_parts(fields: Mapping[str, Json]) -> tuple[Json, ...] | None:
    """Return the key as its family and values: what counts is before the last, how many the last.

    `revision` is one count over all kinds that end in it (`ledger.md` 1).
    """
    stated = kind_of(fields)
    if stated.plain is None:
        return None
    family = "revision" if stated.plain[-1:] == ("revision",) else stated.family
    return (family, *(fields[name] for name in stated.plain))


def field_salt(salt: bytes, name: str) -> bytes:
    """Return the salt that opens one field and says nothing of the others."""
    return hmac.digest(salt, b"hall-field/v1\x00" + name.encode(), "sha256")


def disclosure(
    fields: Mapping[str, Json], salt: bytes | None, open_names: Collection[str] | None = None
) -> Fields:
    """Return the `hall-disclosure/v1` of an entry that opens these fields, or all.

    `kind` and `origin` must be among them. A plain entry is always open as a whole.
    """
    record(fields, salt)
    if salt is None:
        return {"v": DISCLOSURE, "plain": dict(fields)}
    names = set(fields if open_names is None else open_names)
    if not {"kind", "origin"} <= names <= fields.keys():
        raise BadEntry("closed", "a disclosure opens kind, origin and fields of the entry")
    shown: list[Json] = []
    for name in sorted(fields):
        salt_f = field_salt(salt, name)
        if name in names:
            shown.append({"name": name, "value": fields[name], "salt": salt_f.hex()})
        else:
            shown.append({"name": name, "hash": _value_hash(salt_f, fields[name]).hex()})
    return {"v": DISCLOSURE, "fields": shown}


def open_disclosure(data: bytes, origin: str) -> Opened:
    """Read a `hall-disclosure/v1` of the log `origin`; raise BadEntry with the first reason.

    The caller proves that the record is in that log: the last check, `record`.
    """
    match _load(data):
        case {"v": str(v), "fields": list(items), **rest} if v == DISCLOSURE and items and not rest:
            return _open_fields(items, origin)
        case {"v": str(v), "plain": dict(fields), **rest} if v == DISCLOSURE and not rest:
            _require_plain(fields, origin)
            return Opened(_plain_record(fields), tuple(sorted(fields)), fields)
        case _:
            raise BadEntry("json", f"not a {DISCLOSURE}")


def open_plain(data: bytes, origin: str) -> Fields:
    """Read a plain record of the log `origin`, or raise BadEntry with the first reason."""
    if data[:1] != PLAIN or len(data) > MAX_PLAIN_BYTES:
        raise BadEntry("form", f"not a plain record of at most {MAX_PLAIN_BYTES} bytes")
    fields = _load(data[1:])
    _require_plain(fields, origin)
    return fields


def _open_fields(items: list[Json], origin: str) -> Opened:
    names: list[str] = []
    salts: dict[str, bytes] = {}
    hashes: dict[str, bytes] = {}
    fields: Fields = {}
    for item in items:
        match item:
            case {"name": str(name), "value": value, "salt": str(salt), **rest} if not rest:
                fields[name], salts[name] = value, _unhex(salt)
            case {"name": str(name), "hash": str(digest), **rest} if not rest and _HASH.fullmatch(
                digest
            ):
                hashes[name] = bytes.fromhex(digest)
            case _:
                raise BadEntry("json", "a field is {name, value, salt} or {name, hash}")
        if not _NAME.fullmatch(name):
            raise BadEntry("json", f"not the name of a field: {name[:80]!r}")
        names.append(name)
    if any(len(salt) != SALT_BYTES for salt in salts.values()):
        raise BadEntry("salt", f"a field's salt has {SALT_BYTES} bytes")  # else bytes could move
    if any(name >= after for name, after in pairwise(names)):
        raise BadEntry("order", "the names are not strictly ascending")
    _require_origin(fields, origin)
    stated = kind_of(fields)
    if stated.plain is not None:
        raise BadEntry("form", f"{stated.name} is plain, but this entry is committed")
    stated.require(names, fields)
    hashes |= {name: _value_hash(salts[name], value) for name, value in fields.items()}
    return Opened(_committed_record(hashes), tuple(names), fields)


def _require_plain(fields: Fields, origin: str) -> None:
    _require_origin(fields, origin)
    stated = kind_of(fields)
    if stated.plain is None:
        raise BadEntry("form", f"{stated.name} is committed, but this entry is plain")
    stated.require(fields.keys(), fields)


def _require_origin(fields: Fields, origin: str) -> None:
    if not {"kind", "origin"} <= fields.keys():
        raise BadEntry("closed", "kind and origin must be open")
    if fields["origin"] != origin:
        raise BadEntry("origin", f"an entry of another log, not of {origin}")


def _plain_record(fields: Mapping[str, Json]) -> bytes:
    data = PLAIN + canonical.dumps(fields)
    if len(data) > MAX_PLAIN_BYTES:
        raise BadEntry("form", f"a plain record has at most {MAX_PLAIN_BYTES} bytes")
    return data


def _committed_record(value_hashes: Mapping[str, bytes]) -> bytes:
    """Commit to all fields: the Merkle root over their leaves in byte order of the names."""
    leaves = [
        sha256(b"\x00" + name.encode() + b"\x00" + value_hashes[name]).digest()
        for name in sorted(value_hashes)
    ]
    return COMMITTED + merkle.root(leaves)


def _value_hash(salt_f: bytes, value: Json) -> bytes:
    return sha256(b"\x02" + salt_f + canonical.dumps(value)).digest()


def _load(data: bytes) -> Fields:
    try:
        return canonical.load_signed(data)
    except canonical.BadJson as error:
        raise BadEntry("json", str(error)) from error


def _unhex(text: str) -> bytes:
    if not _HEX.fullmatch(text):
        raise BadEntry("json", "hex is of lower case and even length")
    return bytes.fromhex(text)
