"""The words beside a button that signs are those of the table, whatever page it stands on."""

from itertools import chain

import pytest

from web.app import AREAS
from web.ways import ways

WAY_BACK = ways(chain.from_iterable(AREAS))


@pytest.mark.parametrize(
    ("address", "back"),
    [
        ("/api/v1/tenders/GC-1/amendments", "Another amendment; times only move later."),
        ("/api/v1/tenders/GC-1/cancellations", ""),
        (
            "/api/v1/tenders/GC-1/notices",
            "An amendment; within some minutes its publisher can also recall it.",
        ),
        (
            f"/api/v1/rules/confirmations/{'a' * 64}/approval",
            "A later confirmation of the same rule takes its place.",
        ),
        (
            "/desk/tenders/GC-1/amendment",
            "It can be prepared again until it is signed; nothing of it is public before.",
        ),
    ],
)
def test_an_address_has_the_way_back_of_its_act(address: str, back: str) -> None:
    assert WAY_BACK(address) == back


@pytest.mark.parametrize(
    "address", ["/api/v1/tenders/GC-1", "/nowhere", "/api/v1/tenders//notices"]
)
def test_an_address_of_no_act_is_a_fault_of_the_page(address: str) -> None:
    with pytest.raises(LookupError):
        WAY_BACK(address)
