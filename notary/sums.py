"""The list of all files of an export, `SHA256SUMS`, and its signature.

Any `sha256sum -c SHA256SUMS` and `openssl cms -verify` read it. It names a damaged file at once; it
proves nothing that the log does not prove (`ledger.md` 9.1: a re-made sum file must not help).
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from pathlib import Path

from cryptography import x509

from notary import cms

NAME = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.p7s"

# No backslash and no control character: sha256sum would write those lines in another form.
_LINE = re.compile(r"([0-9a-f]{64})  ([^\x00-\x1f\x7f\\]+)")


class NotVerified(Exception):  # noqa: N818 - the answer of a verifier, not an error of it
    """The first thing that is wrong with an export.

    `file`: the path in it; `position`: the entry's index or the line, where there is one.
    """

    def __init__(self, file: str, sentence: str, position: int | None = None) -> None:
        place = file if position is None else f"{file}, {position}"
        super().__init__(f"{place}: {sentence}")
        self.file = file
        self.position = position
        self.sentence = sentence


def write(digests: Mapping[str, str]) -> bytes:
    """Return the lines for files by path, in hex, in the order of the paths."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()


def check(folder: Path) -> tuple[frozenset[str], x509.Certificate]:
    """Return the paths of all files of an export and who signed their sums, or raise NotVerified.

    Whether an authority vouches for the signer is for the caller to ask, who knows the time.
    """
    present = frozenset(_files(folder))
    for required in (NAME, SIGNATURE):
        if required not in present:
            raise NotVerified(required, "the file is missing")
    data = (folder / NAME).read_bytes()
    try:
        signer = cms.verify(data, (folder / SIGNATURE).read_bytes())
    except cms.BadSignature as error:
        raise NotVerified(NAME, f"{SIGNATURE} does not sign it: {error}") from error
    listed = _parse(data)
    for path in sorted(listed.keys() ^ (present - {NAME, SIGNATURE})):
        sentence = "the file is missing" if path in listed else f"a file that {NAME} does not list"
        raise NotVerified(path, sentence)
    for path, digest in listed.items():
        with (folder / path).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != digest:
                raise NotVerified(path, f"not the sum that {NAME} states")
    return present, signer


def _parse(data: bytes) -> dict[str, str]:
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError as error:
        raise NotVerified(NAME, "not UTF-8") from error
    if lines.pop():
        raise NotVerified(NAME, "the last line does not end in a newline")
    listed: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise NotVerified(NAME, "not a line of sha256sum", number)
        listed[match[2]] = match[1]
    if list(listed) != sorted(listed) or len(listed) != len(lines):
        raise NotVerified(NAME, "paths are not in ascending order, each once")
    return listed


def _files(folder: Path) -> Iterator[str]:
    """Give every file below `folder` by its path in it; refuse what is neither file nor folder."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise NotVerified(name, "neither a file nor a folder")
        if path.is_file():
            yield name
