"""Firms that ask to come in, as rows of the desks of those who let them in."""

from collections.abc import Iterator, Sequence

from notary.applications import Application
from notary.identity import Actor, Role
from web.letterhead import Text
from web.views.house import DeskRow, Matter


def desk_rows(applications: Sequence[Application], actor: Actor) -> Iterator[DeskRow]:
    """Give the applications that wait for the reader, as an officer or as an operator."""
    for one in applications:
        if any(role in actor.roles and one.awaits(role) for role in (Role.OFFICER, Role.OPERATOR)):
            yield DeskRow(
                matter=Matter.ADMIT,
                title=Text(zh=one.asked.org_name, en=one.asked.org_name),
                href=f"/desk/applications/{one.application}",
                due=None,
                since=one.asked_at,
                awaited=None,
                command=None,
                rank=None,
            )
