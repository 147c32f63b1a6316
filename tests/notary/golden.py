"""The golden log of the ledger formats, for the tests of every layer."""

import json
from base64 import b64decode
from typing import Any

from tests import shared


def log() -> dict[str, Any]:
    """Return `ledger-v1-golden.json`."""
    text = shared.path("vectors/ledger-v1-golden.json").read_text()
    return json.loads(text)  # type: ignore[no-any-return]


def hashes(lines: list[str]) -> tuple[bytes, ...]:
    """Read the lines of a proof."""
    return tuple(map(b64decode, lines))
