"""Copied bids: a value of one bidder's envelope in another's, told to supervisors after a closing.

It costs nobody anything: a copied part, nonce or recipient cannot be opened under another context.

Source: `bid-seal/v1` section 9, V5.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bidding.facts import BoxKey
from bidding.keys import box_of
from bidding.sealed import seal
from bidding.store import imprints
from notary.hall import Hall
from sql.database import Tx

LASTS = timedelta(days=30)
"""How long after a closing the alarm stands on the supervisor's desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A closed box in which envelopes of several bidders share a value, and whose they are."""

    key: BoxKey
    closed_at: datetime
    bidders: tuple[str, ...]


async def copied(tx: Tx, hall: Hall, now: datetime) -> list[Copied]:
    """Return the boxes closed lately in which something was copied, by tender, lot and stage."""
    found: dict[tuple[BoxKey, datetime], list[seal.Imprint]] = defaultdict(list)
    for key, closed_at, bidder, recipient, nonce, parts in await imprints.of_closed(
        tx, now - LASTS
    ):
        found[key, closed_at].append(
            seal.Imprint(
                bidder=bidder,
                box=box_of(hall, key),
                recipient=recipient,
                nonce=nonce,
                parts=parts,
            )
        )
    copies = {
        place: sorted({one.bidder for one in sent if seal.copies(one, sent)})
        for place, sent in found.items()
    }
    return [
        Copied(key=key, closed_at=closed_at, bidders=tuple(bidders))
        for (key, closed_at), bidders in copies.items()
        if bidders
    ]
