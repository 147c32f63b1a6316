"""What an opening has let out: the secret of each envelope, and what anybody opens with it."""

import subprocess
from pathlib import Path

from bidding.facts import BoxKey
from bidding.store import boxes
from notary import age, canonical
from tests.browser.shown import Shown

_LIMIT = 4 * 1024 * 1024


async def content(hall: Shown, sha256: str) -> bytes:
    """Return a file of the vault."""
    return b"".join([chunk async for chunk in hall.town.vault.open(sha256)])


async def secrets_of(hall: Shown, key: BoxKey) -> dict[str, str]:
    """Return S of every envelope of an opened box, hex, as the hall has published it."""
    async with hall.town.database.transaction() as tx:
        box = await boxes.box(tx, key)
    assert box is not None
    assert box.opening_json is not None
    opening = canonical.loads(box.opening_json, limit=_LIMIT)
    assert isinstance(opening, dict)
    listed = opening["results"]
    assert isinstance(listed, list)
    return {str(one["envelope"]): str(one["secret"]) for one in listed if isinstance(one, dict)}


async def by_age(hall: Shown, folder: Path, secret: bytes, sha256: str) -> bytes:
    """Open a part as anybody does: with Debian's age and nothing else."""
    (folder / "identity.txt").write_text(age.identity_of(secret) + "\n")
    sealed = folder / "part.age"
    sealed.write_bytes(await content(hall, sha256))
    command = ["age", "-d", "-i", str(folder / "identity.txt"), str(sealed)]
    return subprocess.run(command, capture_output=True, check=True).stdout
