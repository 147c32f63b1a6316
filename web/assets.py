"""Names of built files: the page asks for `hall.js`, the manifest knows its hashed name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from notary import canonical

PLACE = "/assets/"  # where the built files are served
WORKER = "seal-worker.js"
OFFLINE = "offline-seal.html"  # the same worker and a page around it, under an address that stays


class NotBuilt(Exception):  # noqa: N818 - named after what is wrong
    """The browser's files have not been built; the server does not start without them."""

    def __init__(self, manifest: Path) -> None:
        super().__init__(f"{manifest} is missing: run `make dev`, which builds it")


@dataclass(frozen=True, slots=True)
class Assets:
    """The manifest of one build: plain name -> hashed name.

    `sha256`: of what is published with its hash, by plain name.
    """

    names: Mapping[str, str]
    sha256: Mapping[str, str] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """Return the address of a built file. Raises KeyError for a name that was not built."""
        return PLACE + self.names[name]


def read(folder: Path) -> Assets:
    """Read `manifest.json` of a build's folder. Raises NotBuilt where there is none."""
    manifest = folder / "manifest.json"
    try:
        built = canonical.loads(manifest.read_bytes())
    except FileNotFoundError as error:
        raise NotBuilt(manifest) from error
    if not isinstance(built, dict) or built.keys() != {"names", "sha256"}:
        raise NotBuilt(manifest)
    return Assets(_texts(built["names"], manifest), _texts(built["sha256"], manifest))


def _texts(table: canonical.Json, manifest: Path) -> Mapping[str, str]:
    if not isinstance(table, dict) or not all(isinstance(one, str) for one in table.values()):
        raise NotBuilt(manifest)
    return MappingProxyType({plain: str(one) for plain, one in table.items()})
