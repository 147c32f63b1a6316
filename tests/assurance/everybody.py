"""One person of each single role, in a body of its own, and who is who among them."""

from pathlib import Path

from notary.identity import Line, Role
from tests.assurance.ground import Ground, take_in

LINES = {
    Role.OFFICER: Line.DECISION,
    Role.SUPERVISOR: Line.SUPERVISION,
    Role.AUDITOR: Line.SUPERVISION,
    Role.BIDDER: Line.NONE,
    Role.EXPERT: Line.NONE,
    Role.TRUSTEE: Line.NONE,
}
"""Of the roles that stand alone in a body; every other one executes."""


def sole(role: Role) -> str:
    """Return who has this role and no other."""
    return f"sole-{role}"


async def take_everybody_in(ground: Ground, folder: Path) -> None:
    """Enrol one person of each role."""
    for role in Role:
        await take_in(ground, folder, sole(role), LINES.get(role, Line.EXECUTION), role)
