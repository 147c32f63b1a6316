"""The browser's modules, run by the node of the requirements, to be compared with Python."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

BROWSER = Path(__file__).parents[1] / "web" / "browser"
NODE = Path(sys.executable).with_name("node")

_SECONDS = 300


def ask(what: str, given: object) -> Any:  # noqa: ANN401 - JSON of a test program
    """Ask `across.mjs` a question; CalledProcessError where it has no answer."""
    done = subprocess.run(
        [str(NODE), str(BROWSER / "test" / "across.mjs")],
        input=json.dumps([what, given]),
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
    return json.loads(done.stdout)
