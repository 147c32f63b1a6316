"""The hall as a publisher of open data: under which prefix, and the releases of its tenders."""

from bidding import contracts, standing
from notary.hall import Hall
from notary.refusal import Refusal
from sql.database import Database
from web import ocds, sheet
from web.ocds import EXAMPLE_PREFIX, Members, Publisher
from web.settings import Settings


class PrefixMissing(Refusal):
    """The hall has no registered prefix, and ids under a borrowed one would never be its own.

    Source: opendata.md 1; OCDS 1.1.5, "Register an ocid prefix".
    """

    code = "ocds.prefix_missing"


def publisher(settings: Settings, hall: Hall) -> Publisher:
    """Return who publishes, or raise PrefixMissing; a demonstration borrows the example's."""
    prefix = settings.ocds_prefix or (EXAMPLE_PREFIX if hall.demo else None)
    if prefix is None:
        raise PrefixMissing
    return Publisher(name=sheet.NAME.zh, origin=settings.origin, prefix=prefix)


async def releases(database: Database, who: Publisher, tender: str) -> list[Members]:
    """Return the releases of a published tender, oldest first."""
    scenes = await standing.of_tender(database, tender)
    return ocds.releases(who, scenes, await contracts.of_tender(database, tender))
