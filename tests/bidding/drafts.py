"""The tender of the tests: a construction tender of one lot under the demonstration's rules."""

from datetime import UTC, datetime
from typing import Any

from notary.canonical import Json
from notary.instant import seconds

TENDER = "GC-2026-0918"
DEADLINE = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
TRUSTEES = ("officer", "operator", "supervisor")


def a_draft(**changes: Json) -> dict[str, Any]:
    """Make a draft of an open tender under the demonstration's rules."""
    draft: dict[str, Any] = {
        "tender": TENDER,
        "title": {"zh": "第八集贸市场维修改造工程（施工）", "en": "Repair of the eighth market"},
        "kind": "construction",
        "purchaser": "ORG-PURCHASER",
        "method": "open",
        "invited": None,
        "rules": "demo/2026-11",
        "currency": "CNY",
        "deposit_fen": "0",
        "documents": [],
        "lots": [
            {
                "lot": "1",
                "title": {"zh": "施工", "en": "Works"},
                "draw": False,
                "ceiling_fen": "1512500000",
                "limits": [],
                "boxes": [
                    {
                        "stage": "single",
                        "mode": "shared",
                        "after": None,
                        "deadline": seconds(DEADLINE),
                        "max_bytes": 104857600,
                        "form": [
                            {
                                "name": "bidder_name",
                                "type": "text",
                                "label": {"zh": "投标人", "en": "Bidder"},
                            },
                            {
                                "name": "price_fen",
                                "type": "fen",
                                "label": {"zh": "投标报价", "en": "Price"},
                            },
                        ],
                    }
                ],
            }
        ],
        "trustees": [{"group": name, "org": f"ORG-{name.upper()}"} for name in TRUSTEES],
        "k": 2,
    }
    return {**draft, **changes}
