"""How a test makes a hall lie, and how the gate is seen to stop it."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bidding.clients import gate
from bidding.clients.gate import Cleared, Dossier
from bidding.clients.offer import Check, Pending, Withheld
from notary.canonical import Json
from notary.shape import read
from tests.bidding.asked import (
    BOX,
    NOW,
    Asked,
    Fields,
)

Facts = dict[str, Any]


def clear(made: Asked, **changed: object) -> Cleared:
    """Clear a box as a trustee who knows the log and the authority; `changed`: one who does not."""
    usual: Facts = {
        "dossier": made.dossier,
        "log": made.log.policy,
        "authorities": made.authorities,
        "now": NOW,
    }
    given = {**usual, **changed}
    return gate.clear(
        read(Dossier, given["dossier"]), BOX, given["log"], given["authorities"], given["now"]
    )


def tampered(made: Asked, change: Callable[[Facts], object]) -> Asked:
    dossier = copy.deepcopy(made.dossier)
    change(dossier)
    return replace(made, dossier=dossier)


def saying(kind: str, **fields: Json) -> Callable[[str, Fields], Fields]:
    """Make entries of one kind say something else."""
    return lambda said, usual: {**usual, **fields} if said == kind else usual


def require_stopped(check: Check, made: Asked, **changed: object) -> None:
    _require(Withheld, check, made, **changed)


def require_pending(check: Check, made: Asked, **changed: object) -> None:
    """See that a check stops it until what is wanted comes by itself."""
    _require(Pending, check, made, **changed)


def _require(kind: type[Withheld], check: Check, made: Asked, **changed: object) -> None:
    with pytest.raises(kind) as raised:
        clear(made, **changed)
    assert raised.value.check is check
