import json
from pathlib import Path

import pytest

from web.assets import NotBuilt, read


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
