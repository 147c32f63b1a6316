"""The receipt that goes out with an answer: made of the entry and signed by the hall.

Its form is `notary.receipt`, which a stranger reads without this hall.
"""

import base64
from collections.abc import Mapping

from notary import ledger, receipt
from notary.canonical import Json
from notary.hall import Hall
from notary.ledger import Entry
from notary.once import Answer
from notary.receipt import Outcome


def acknowledge(hall: Hall, entry: Entry, outcome: Outcome) -> Answer:
    """Return `receipt` (JSON text) and `receipt_p7s` (base64 DER) of an entry just appended.

    Source: ledger.md 6.
    """
    given = ledger.give_receipt(hall, entry, outcome)
    return {
        "receipt": given.json.decode(),
        "receipt_p7s": base64.b64encode(given.p7s).decode(),
    }


def acknowledge_unrecorded(hall: Hall, fields: Mapping[str, Json]) -> dict[str, str]:
    """Return the same of an attempt that came and has no entry: it is refused, and says when.

    `fields`: those that its entry would have had. Source: ledger.md 6.
    """
    written = receipt.write_unrecorded(fields)
    return {
        "receipt": written.decode(),
        "receipt_p7s": base64.b64encode(hall.sign(written)).decode(),
    }
