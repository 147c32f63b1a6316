"""Where the published vectors and real data lie beside a checkout."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def path(name: str) -> Path:
    """Return the path of `name` in the shared folder, or skip where a public clone has none."""
    if not SHARED.is_dir():
        pytest.skip("no shared folder beside this checkout: its vectors and data are not public")
    return SHARED / name
