"""The index of a bid: what part 0 says once it is open, and whether that can be.

Pure. The bidder's client builds an index by these rules and every verifier judges it by them, and
the pieces that it names (V12).

Source: `sealing.md` 3, index.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bidding.sealed.objects import INDEX_LIMIT, Core, File, Index, Piece
from bidding.types import Code, Finding, Party
from notary import age
from notary.canonical import sha256_hex
from notary.shape import dump, load
from trading.types import Field

PIECE_SIZE = age.MAX_PLAINTEXT
"""Bytes of every piece of a file but its last."""

BLOCK = 4096
"""An index is a multiple of so many bytes long, so that its size tells little."""

_PATH_LONGEST = 200
_AMOUNT = re.compile("0|[1-9][0-9]{0,17}")
_INTEGER = re.compile("0|-?[1-9][0-9]{0,17}")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def padded(index: Index) -> bytes:
    """Return the plaintext of part 0: the canonical bytes, a multiple of BLOCK long."""
    bare = dump(replace(index, pad=""))
    return dump(replace(index, pad="0" * (-len(bare) % BLOCK)))


def require_index(plaintext: bytes, core: Core, fields: Sequence[Field]) -> Index:
    """Read part 0 and refuse what cannot be the index of this bid with E-INDEX (V12)."""
    try:
        index = load(Index, plaintext, limit=INDEX_LIMIT)
    except ValueError as error:
        raise _bad(str(error)) from error
    if padded(index) != plaintext:
        raise _bad("padded to another length")
    if (index.box, index.bidder, index.nonce) != (core.box, core.bidder, core.nonce):
        raise _bad("the index of another bid")
    require_form(index.form, fields)
    require_files(index.files, len(core.parts) - 1)
    return index


def require_form(form: dict[str, str], fields: Sequence[Field]) -> None:
    """Refuse answers that are not exactly those the notice asks for, each of its type."""
    if form.keys() != {field.name for field in fields}:
        wanted = ", ".join(field.name for field in fields)
        raise _bad(f"not exactly the fields of the notice: {wanted}")
    for field in fields:
        if not _answers(form[field.name], field.type):
            raise _bad(f"{field.name} is not of type {field.type}")


def _answers(value: str, kind: str) -> bool:
    match kind:
        case "fen":
            return _AMOUNT.fullmatch(value) is not None
        case "int":
            return _INTEGER.fullmatch(value) is not None
        case "date":
            return _DATE.fullmatch(value) is not None and _is_date(value)
        case _:
            return True


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def require_files(files: Sequence[File], parts: int) -> None:
    """Refuse files that do not take parts 1 to `parts`, in order, or whose names cannot be."""
    for file in files:
        _require_path(file.path)
        _require_pieces(file)
    if len({file.path.casefold() for file in files}) != len(files):
        raise _bad("one path twice, perhaps in another case")
    used = [piece.part for file in files for piece in file.pieces]
    if used != list(range(1, parts + 1)):
        raise _bad("files do not take each part once, in order")


def _require_path(path: str) -> None:
    bad_segment = any(segment in {"", ".", ".."} for segment in path.split("/"))
    bad_character = "\\" in path or any(unicodedata.category(one) == "Cc" for one in path)
    normal = unicodedata.is_normalized("NFC", path)
    if bad_segment or bad_character or not normal or len(path) > _PATH_LONGEST:
        raise _bad("a path that some system would read as another")


def _require_pieces(file: File) -> None:
    *whole, last = [piece.size for piece in file.pieces] or [0]
    full = all(size == PIECE_SIZE for size in whole) and 1 <= last <= PIECE_SIZE
    if not full or sum(whole) + last != file.size:
        raise _bad("pieces that do not make up their file")


def find_piece(index: Index, part: int) -> Piece:
    """Return what the index says of the plaintext of a part; the index has been judged."""
    return next(piece for file in index.files for piece in file.pieces if piece.part == part)


def open_index(core: Core, part: bytes, secret: bytes, fields: Sequence[Field]) -> Index:
    """Open part 0 with S and judge the index (V12); raise E-PAYLOAD or E-INDEX."""
    try:
        plaintext = age.decrypt(part, secret)
    except age.BadAge as error:
        raise Finding(Code.PAYLOAD, Party.BIDDER, "part 0 does not open with S") from error
    return require_index(plaintext, core, fields)


def open_piece(index: Index, n: int, part: bytes) -> bytes:
    """Open part `n` with F and return the piece, or raise E-FILE (V12)."""
    piece = find_piece(index, n)
    try:
        plaintext = age.decrypt(part, index.files_key)
    except age.BadAge as error:
        raise Finding(Code.FILE, Party.BIDDER, f"part {n} does not open with F") from error
    if (len(plaintext), sha256_hex(plaintext)) != (piece.size, piece.sha256):
        raise Finding(Code.FILE, Party.BIDDER, f"part {n} holds another piece")
    return plaintext


def _bad(detail: str) -> Finding:
    return Finding(Code.INDEX, Party.BIDDER, detail)
