"""The public record of one body as far as bidding goes: for the page of it alone."""

from bidding.facts import Offer
from bidding.store import subjects
from sql.database import Tx


async def offers(tx: Tx, org: str, take: int) -> list[Offer]:
    """Return the last `take` announced bids of a body, latest first."""
    return await subjects.offers(tx, org, take)
