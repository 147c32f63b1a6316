"""`hall user`: people who log in by password, entered by whoever runs the machine.

That is how a hall gets its first people. Each is an entry of the ledger that says it came from the
console; once two people can propose and approve, privileged roles take those two.
"""

import asyncio
import base64

import click

from notary import credentials, credit_code, enrolment, identity, register
from notary.entropy import system_entropy
from notary.home import WrongHome
from notary.identity import Line, Role
from notary.refusal import Refusal
from notary.register import Newcomer
from sql.postgres import PostgresUnavailable
from web import terminal
from web.house import HomeTaken, enter_house
from web.settings import Settings
from web.terminal import Refusing

_PASSWORD_BYTES = 10


@click.group("user")
def command() -> None:
    """People who log in by password."""


@command.command("add")
@click.argument("name")
@click.option("--org", required=True, help="Id of the body that NAME acts for.")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True)
def add(name: str, org: str, role: str) -> None:
    """Enter NAME with a role, and print password and second factor once."""
    settings = terminal.read_settings()
    try:
        password, secret = asyncio.run(add_user(settings, name, org, Role(role)))
    except (HomeTaken, PostgresUnavailable, WrongHome) as error:
        raise Refusing(str(error)) from error
    except Refusal as refusal:
        facts = ", ".join(f"{what} {fact}" for what, fact in refusal.facts.items())
        raise Refusing(f"{refusal.code} ({facts})") from refusal
    click.echo(f"{name}\npassword       {password}\nsecond factor  {secret}")


async def add_user(settings: Settings, name: str, org: str, role: Role) -> tuple[str, str]:
    """Enter a person of a body; return password and second factor, which are shown only now.

    A body that is new gets the line of the role. Raises what `register.take_in` raises,
    CreditCodeWrong, and TwoPersonsNeeded once there are two who can approve each other.
    """
    async with enter_house(settings) as house:
        password = base64.b32encode(system_entropy(_PASSWORD_BYTES)).decode().lower()
        secret = system_entropy(credentials.SECRET_BYTES)
        async with house.database.transaction() as tx:
            at = await house.hall.clock(tx)
            body = await identity.organisation(tx, org)
            if body is None:
                credit_code.require_if_like(org)
            await enrolment.require_console(tx, role, org)
            line = identity.line_of(role) or Line.NONE
            newcomer = Newcomer(
                org=org,
                org_name=org if body is None else body.name,
                line=line if body is None else body.line,
                branch=None if body is None else body.branch,
                person=name,
                person_name=name,
                roles=(role,),
                certificate=None,
            )
            await register.take_in(tx, house.hall, newcomer, by="hall", proposed_by=None, at=at)
            await credentials.set_password(
                tx, system_entropy, house.factor_key, name, password, secret
            )
    return password, base64.b32encode(secret).decode()
