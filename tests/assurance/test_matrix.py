"""Who may what: every route of the access table, every role, in every phase of a tender.

Two things are proved of each route as it comes into the table. What is somebody else's, and secret,
answers as what is not there: same status, same bytes but for the id asked for. And the members that
each role gets of each answer are those of `matrix.txt`: a new one is a decision, made by reading
the difference after `python -m tests.assurance.matrix`.

Source: `assurance.md` rows 2 and 3; OWASP ASVS 5.0.0, 8.2.1 to 8.2.3.
"""

from pathlib import Path

import aiohttp
import pytest

from notary.identity import Role
from sql.database import Database
from tests.assurance import matrix
from tests.assurance.matrix import (
    DRAFT,
    EVERYBODY,
    NOWHERE,
    SNAPSHOT,
    Who,
    a_scene,
    asked,
    members,
    secret_pairs,
)
from tests.assurance.raw import Answer
from web.access import API, Does

ENDS = "ends what anybody holds: a lost key, somebody who has left (people.md 5)"
KNOWS_THE_PART = "nobody guesses a digest; sealing.md 7.1 lets whoever knows one finish its bid"
OF_A_DEMO = "a demonstration shows the codes of its cast, and no other hall has the page"

ENTITLED: dict[tuple[str, str], tuple[frozenset[Who], str]] = {
    ("GET", "/login/code/{person}"): (frozenset(EVERYBODY), OF_A_DEMO),
    ("POST", "/api/v1/certificates/{certificate}/revocation"): (
        frozenset({Role.ADMINISTRATOR}),
        ENDS,
    ),
    ("POST", "/api/v1/colleagues/{person}/leaving"): (frozenset({Role.ADMINISTRATOR}), ENDS),
    ("PUT", "/api/v1/parts/{digest}"): (frozenset({None}), KNOWS_THE_PART),
}
"""By method and path: who gets at others' objects by office, and why."""


@pytest.mark.parametrize("roles", [1, pytest.param(len(Role), marks=pytest.mark.nightly)])
async def test_what_is_secret_and_others_is_as_what_is_not_there(
    database: Database, tmp_path: Path, roles: int
) -> None:
    leaks, pairs = [], 0
    async with a_scene(database, tmp_path) as scene, aiohttp.ClientSession() as http:
        for route, path, there, nowhere in secret_pairs(scene):
            may = sorted(route.roles)[:roles]
            for who in (*may, None) if may else (None, Role.BIDDER):
                if route.does is not Does.READ and not route.roles and who is not None:
                    continue  # whoever signs the body decides, not whoever sends it
                answers = []
                for values in (there, nowhere):
                    answer = await asked(http, scene, route, path, values, who)
                    answers.append(stripped(answer, values))
                pairs += 1
                entitled, _ = ENTITLED.get((route.method, path), (frozenset(), ""))
                if answers[0] != answers[1] and who not in entitled:
                    leaks.append((route.method, path, str(who), *answers))
        # The control: to its own agency a draft is not as one that is not there.
        path = f"{API}/tenders/{{tender}}/draft-notice"
        to_drafter = {
            stripped(
                await asked(http, scene, scene.table["GET", path], path, tender, "drafter"), tender
            )
            for tender in ({"tender": DRAFT}, {"tender": NOWHERE})
        }

    assert len(to_drafter) == 2
    assert not leaks, "\n".join(map(str, leaks))
    assert pairs > 100


def stripped(answer: Answer, values: dict[str, str]) -> tuple[int, str]:
    """Return an answer without the ids that were asked for, and without a salted receipt."""
    text = answer.body.decode("utf-8", "replace")
    for one in sorted(values.values(), key=len, reverse=True):
        if len(one) > 3:
            text = text.replace(one, "it")
    return answer.status, matrix.without_chance(text)


async def test_each_role_gets_the_members_that_were_decided(
    database: Database, tmp_path: Path
) -> None:
    async with a_scene(database, tmp_path) as scene:
        found = await members(scene)

    assert found == SNAPSHOT.read_text().splitlines(), (
        "read what has changed: python -m tests.assurance.matrix; git diff tests/assurance"
    )
