"""Cosigned notes and policies for the browser's tests: what `notary/policy.py` says of each.

`python -m tests.notary.cosigned web/browser/test/cosigned-golden.json` writes them anew.
"""

import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from notary import note, policy
from notary.note import Algorithm, BadNote, Checkpoint, Line, VerifierKey
from notary.policy import BadPolicy, QuorumNotMet

PLACE = Path(__file__).parents[2] / "web/browser/test/cosigned-golden.json"
TEXT = Checkpoint("hall.example/log/7d0b2376", 7, bytes(range(32))).text
OTHER = Checkpoint("hall.example/log/7d0b2376", 8, bytes(range(32))).text
TIME = 1_795_000_000


@dataclass(frozen=True)
class Signer:
    """A key that is the same at every run."""

    name: str
    seed: int
    algorithm: Algorithm = Algorithm.COSIGNATURE

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key that signs."""
        return Ed25519PrivateKey.from_private_bytes(bytes([self.seed]) * 32)

    @property
    def key(self) -> VerifierKey:
        """The key as others know it."""
        return VerifierKey(self.name, self.algorithm, self.private.public_key().public_bytes_raw())

    def line(self, text: str = TEXT, time: int = TIME) -> Line:
        """Sign a text as what the signer is: a log, or a cosigner at a time."""
        if self.algorithm is Algorithm.ED25519:
            return note.sign_note(text, self.key, self.private.sign)
        return note.cosign(text, self.key, self.private.sign, time)


LOG = Signer("hall.example/log/7d0b2376", 1, Algorithm.ED25519)
FOREIGN = Signer("other.example/log/7d0b2376", 2, Algorithm.ED25519)
PROVINCE, MIRROR = Signer("witness.province.example", 3), Signer("mirror.province.example", 4)
COURT, BANK = Signer("witness.court.example", 5), Signer("witness.bank.example", 6)
STRANGER = Signer("witness.stranger.example", 7)

_KEYS = (
    f"log {LOG.key.vkey}\n"
    f"witness p {PROVINCE.key.vkey}\nwitness m {MIRROR.key.vkey}\n"
    f"witness c {COURT.key.vkey} https://court.example/\nwitness b {BANK.key.vkey}\n"
)
PROVINCE_ONCE = "group province any p m\n"
POLICIES = {
    "alone": f"log {LOG.key.vkey}\nquorum none\n",
    "one": f"{_KEYS}quorum c\n",
    "both": f"# two keys, one operator\n\n{_KEYS}{PROVINCE_ONCE}group g all province c\nquorum g\n",
    "two of three": f"{_KEYS}{PROVINCE_ONCE}group two\t2 province c b\nquorum two \n",
}


def _stated(line: Line, time: int) -> Line:
    """Return a line that claims to be of another time than it was signed at."""
    return Line(line.name, line.key_id, time.to_bytes(8) + line.signature[8:])


def _signed_by(signer: Signer, other: Signer) -> Line:
    """Return a line under the name and id of one key, made with another's."""
    return Line(signer.name, signer.key.key_id, other.line().signature)


NOTES: dict[str, tuple[str, tuple[Line, ...]]] = {
    "nobody": (TEXT, (LOG.line(),)),
    "two operators": (TEXT, (LOG.line(), PROVINCE.line(), COURT.line())),
    "lines before the log's": (TEXT, (COURT.line(), MIRROR.line(), LOG.line())),
    "one operator twice": (TEXT, (LOG.line(), PROVINCE.line(), MIRROR.line())),
    "one key twice": (TEXT, (LOG.line(), COURT.line(), COURT.line(time=TIME + 1))),
    "court and bank": (TEXT, (LOG.line(), COURT.line(), BANK.line())),
    "court alone": (TEXT, (LOG.line(), COURT.line())),
    "a stranger": (TEXT, (LOG.line(), STRANGER.line(), COURT.line())),
    "a time beyond 2^53": (TEXT, (LOG.line(), COURT.line(time=(1 << 63) + 1), MIRROR.line())),
    "a wrong key": (TEXT, (LOG.line(), _signed_by(COURT, STRANGER), PROVINCE.line())),
    "a wrong time": (TEXT, (LOG.line(), _stated(COURT.line(), TIME + 1), PROVINCE.line())),
    "a cosignature of another text": (TEXT, (LOG.line(), COURT.line(OTHER), PROVINCE.line())),
    "a cosignature cut short": (
        TEXT,
        (LOG.line(), Line(COURT.name, COURT.key.key_id, b"\0\0\0"), PROVINCE.line()),
    ),
    "a signature without the time": (
        TEXT,
        (LOG.line(), Line(COURT.name, COURT.key.key_id, COURT.private.sign(TEXT.encode()))),
    ),
    "not of the log": (TEXT, (PROVINCE.line(), COURT.line())),
    "of another log": (TEXT, (FOREIGN.line(), PROVINCE.line(), COURT.line())),
    "the log's line of another text": (TEXT, (LOG.line(OTHER), PROVINCE.line(), COURT.line())),
}

_UNREAD = VerifierKey("witness.dilithium.example", Algorithm.COSIGNATURE, bytes(32)).vkey
TEXTS = {
    **POLICIES,
    "empty": "",
    "without an end": POLICIES["alone"][:-1],
    "without a quorum": _KEYS,
    "two quorums": f"{_KEYS}quorum c\nquorum b\n",
    "a quorum of two": f"{_KEYS}quorum c b\n",
    "a quorum that nothing defines": f"{_KEYS}quorum d\n",
    "defined too late": f"log {LOG.key.vkey}\nquorum c\nwitness c {COURT.key.vkey}\n",
    "a control character": f"{_KEYS}quorum c\r\n",
    "a name that is taken": f"{_KEYS}witness c {STRANGER.key.vkey}\nquorum c\n",
    "a witness called none": f"{_KEYS}witness none {STRANGER.key.vkey}\nquorum none\n",
    "one key twice": f"{_KEYS}witness d {COURT.key.vkey}\nquorum c\n",
    "one log twice": f"log {LOG.key.vkey}\n{POLICIES['alone']}",
    "two logs": f"log {FOREIGN.key.vkey} https://other.example/\n{POLICIES['alone']}",
    "a member twice": f"{_KEYS}group g 1 c c\nquorum g\n",
    "a member of two groups": f"{_KEYS}group g any c b\ngroup h any c p\nquorum g\n",
    "a member that nothing defines": f"{_KEYS}group g any c d\nquorum g\n",
    "none of two": f"{_KEYS}group g 0 c b\nquorum g\n",
    "three of two": f"{_KEYS}group g 3 c b\nquorum g\n",
    "two of two": f"{_KEYS}group g 2 c b\nquorum g\n",
    "a threshold in words": f"{_KEYS}group g most c b\nquorum g\n",
    "a group of nobody": f"{_KEYS}group g any\nquorum g\n",
    "a log as witness": f"{_KEYS}witness l {FOREIGN.key.vkey}\nquorum c\n",
    "a witness as log": f"log {COURT.key.vkey}\nquorum none\n",
    "a key id of another key": f"log {LOG.key.vkey.replace('+', '+00', 1)}\nquorum none\n",
    "a key of an unread type": POLICIES["one"].replace(COURT.key.vkey, _UNREAD.replace("+B", "+C")),
    "too many words": f"{_KEYS}witness d {STRANGER.key.vkey} https://d.example/ more\nquorum c\n",
    "an unknown word": f"{_KEYS}mirror c\nquorum c\n",
    "words of any language": f"# 法院\n{_KEYS}witness 行 {STRANGER.key.vkey}\nquorum 行\n",
}


def golden() -> dict[str, object]:
    """Return every note under every policy with its verdict, and every text with its own."""
    return {
        "checkpoint": {"size": 7, "root": base64.b64encode(bytes(range(32))).decode()},
        "log": LOG.key.vkey,
        "policies": [
            {"name": name, "text": text, "good": _reads(text)} for name, text in TEXTS.items()
        ],
        "notes": list(_notes()),
    }


def _notes() -> Iterator[dict[str, object]]:
    for name, (text, lines) in NOTES.items():
        signed = note.Note(text, lines)
        yield {
            "name": name,
            "note": signed.encode().decode(),
            "verdicts": {one: _verdict(signed, trusted) for one, trusted in POLICIES.items()},
        }


def _reads(text: str) -> bool:
    try:
        policy.parse(text.encode())
    except BadPolicy:
        return False
    return True


def _verdict(signed: note.Note, trusted: str) -> str:
    try:
        policy.parse(trusted.encode()).check(signed)
    except QuorumNotMet:
        return "unmet"
    except BadNote:
        return "refused"
    return "met"


def written() -> str:
    """Return the file as it is kept."""
    return json.dumps(golden(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(written())
