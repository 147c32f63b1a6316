import hashlib
import json
import re
from pathlib import Path

import pytest

from web.assets import OFFLINE, WORKER, NotBuilt, read

STATIC = Path("web/static")
OUTWARD = (
    *("fetch", "XMLHttpRequest", "WebSocket", "EventSource", "importScripts", "navigator"),
    *("indexedDB", "localStorage", "caches"),
)
"""By what a worker could reach a network or storage."""


def test_a_plain_name_leads_to_the_hashed_one(tmp_path: Path) -> None:
    names, sha256 = {"hall.js": "hall-AB12CD34.js"}, {"seal-worker.js": "ab" * 32}
    (tmp_path / "manifest.json").write_text(json.dumps({"names": names, "sha256": sha256}))

    assets = read(tmp_path)

    assert assets.address("hall.js") == "/assets/hall-AB12CD34.js"
    assert assets.sha256["seal-worker.js"] == "ab" * 32
    with pytest.raises(KeyError):
        assets.address("other.js")


def test_a_hall_without_its_build_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match="make dev"):
        read(tmp_path)


@pytest.mark.parametrize(
    "manifest", ["[]", '{"hall.js": "hall-AB12CD34.js"}', '{"names": {"hall.js": 1}, "sha256": {}}']
)
def test_a_manifest_of_another_shape_is_no_build(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)

    with pytest.raises(NotBuilt):
        read(tmp_path)


def test_the_hashes_that_are_published_are_those_of_what_is_served() -> None:
    built = read(STATIC)

    assert set(built.sha256) == {WORKER, OFFLINE}
    for name, sha256 in built.sha256.items():
        content = (STATIC / "assets" / built.names[name]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha256


def test_the_sealing_worker_is_light_and_speaks_to_nobody_but_its_page() -> None:
    path = STATIC / "assets" / read(STATIC).names[WORKER]
    program = path.read_text("utf-8")

    assert path.with_name(f"{path.name}.gz").stat().st_size <= 64 * 1024
    assert [word for word in OUTWARD if word in program] == []


def test_the_offline_page_holds_the_worker_whole_and_names_no_address() -> None:
    built = read(STATIC)
    page = (STATIC / "assets" / OFFLINE).read_text("utf-8")

    assert (STATIC / "assets" / built.names[WORKER]).read_text("utf-8") in page
    assert "default-src 'none'" in page
    assert re.findall(r'(?:src|href|action)="(?!data:)', page) == []
