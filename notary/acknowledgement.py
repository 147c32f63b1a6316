"""The receipt that goes out with an answer: made of the entry and signed by the hall.

Its form is `notary.receipt`, which a stranger reads without this hall.
"""

import base64

from notary import ledger
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
