"""The API keeps to its own description, whatever is sent to it and whoever sends it.

schemathesis makes requests from the OpenAPI document that the hall serves, valid ones and ones that
are not, always the same ones. No fault, no answer that the document does not describe, and every
refusal says its code, why, and what to do next, in the reader's language.

Source: `assurance.md` rows 1 and 28.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import unquote

import aiohttp
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from notary import canonical
from notary.identity import Role
from sql.database import Database
from tests.assurance import raw
from tests.assurance.everybody import sole, take_everybody_in
from tests.assurance.ground import Ground, a_ground, invitation, sealed
from tests.assurance.raw import Request
from tests.bidding.town import TENDER, announce
from web.access import API
from web.client import SigningPair
from web.idempotency import HEADER
from web.problems import STATUS, TYPE, URN

if TYPE_CHECKING:  # generic in the types only
    AnyCase: TypeAlias = Case[Any]
    AnyOperation: TypeAlias = APIOperation[Any, Any, Any, Any]
else:
    AnyCase, AnyOperation = Case, APIOperation

SENDERS = 4
"""Of so many requests two come from who may, one from nobody known, one from the next role."""
LANGUAGES = ("zh-CN", "en")
CHINESE = re.compile("[\u4e00-\u9fff]")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Prepared(Protocol):
    """A request as schemathesis is about to send it."""

    method: str
    url: str
    body: bytes | str | None
    headers: dict[str, str]


@dataclass(slots=True)
class Caller:
    """Whoever sends to one operation: `may`, those whom it names, in turn with everybody else.

    Every second request names the tender that is there; both languages take their turns.
    """

    ground: Ground
    may: frozenset[Role]
    calls: Counter[int] = field(default_factory=Counter)
    codes: set[str] = field(default_factory=set)

    def call(self, case: AnyCase) -> None:
        """Send a case, and check its answer against the document and the house's own rule."""
        turn = self.calls.total()
        who = self._who(turn)
        if turn % 2 and "tender" in case.path_parameters:
            case.path_parameters["tender"] = TENDER
        case.query.pop("wait", None)  # answers at once
        language = LANGUAGES[turn // SENDERS % 2]
        answer = case.call(
            base_url=f"{self.ground.origin}{API}",
            auth=partial(self._sign, who),
            timeout=60,
            headers={"Accept-Language": language},
        )
        self.calls[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            given = (*case.path_parameters.values(), *case.query.values())
            code = require_problem(answer, language, [unquote(str(one)) for one in given])
            self.codes.add(code)
            assert code != "access.not_yours" or who not in self.may

    def _who(self, turn: int) -> Role | None:
        """Return in which role this request is sent; None: by nobody whom the hall knows."""
        may, all_roles = sorted(self.may) or list(Role), list(Role)
        match turn % SENDERS:
            case 0:
                return None
            case 1:
                return all_roles[turn // SENDERS % len(all_roles)]
            case _:
                return may[turn % len(may)]

    def _sign(self, who: Role | None, prepared: Prepared) -> Prepared:
        if prepared.method == "PUT":  # an upload needs no key, but its signature does
            prepared.headers[HEADER] = 32 * "k"
        is_act = prepared.method not in {"GET", "HEAD"}
        if who is None or (is_act and HEADER not in prepared.headers):
            return prepared
        body = prepared.body or b""
        content = body.encode() if isinstance(body, str) else body
        request = Request(prepared.method, prepared.url, dict(prepared.headers), content)
        pair: SigningPair = self.ground.pair(sole(who))
        raw.sign(request, pair, self.ground.town.clock.now)
        prepared.headers.update(request.headers)
        return prepared


def require_problem(answer: Response, language: str, named: list[str]) -> str:
    """Require that a refusal says what, why and what next in the language asked for; its code.

    `named`: what the sender has named, which an answer may repeat in whatever script it is.
    """
    problem = canonical.loads(answer.content)
    assert isinstance(problem, dict)
    code = str(problem["type"]).removeprefix(URN)
    assert answer.headers["content-type"] == [TYPE]
    assert STATUS[code] == answer.status_code == problem["status"]
    for words in (str(problem["detail"]), str(problem["next"])):
        assert words
        own = reduce(lambda left, one: left.replace(one, ""), named, words)
        assert bool(CHINESE.search(own)) is (language == "zh-CN"), (code, words)
        assert "{" not in words, (code, words)
    return code


def operations(document: dict[str, object]) -> Iterator[AnyOperation]:
    """Give every operation of a document."""
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


def cases(
    operation: AnyOperation, mode: GenerationMode, examples: int, call: Callable[[AnyCase], None]
) -> None:
    """Make the same cases of an operation at every run, and call each; some cannot be wrong."""

    @hypothesis.settings(
        max_examples=examples // 2,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def each(case: AnyCase) -> None:
        call(case)

    with suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
        each()


async def a_busy_hall(ground: Ground, folder: Path) -> None:
    """Let there be something behind every address."""
    await take_everybody_in(ground, folder)
    await announce(ground.town)
    await ground.bid("firm-1", sealed(ground.town, "firm-1", await invitation(ground.town), 1))
    await ground.town.settle()


@pytest.mark.parametrize("examples", [30, pytest.param(500, marks=pytest.mark.nightly)])
@pytest.mark.parametrize(
    ("methods", "statuses"),
    [({"get"}, {200, 400, 401, 403, 404}), ({"post", "put", "delete"}, {400, 401, 403, 404, 422})],
    ids=["reads", "acts"],
)
async def test_the_api_answers_as_its_document_says(
    database: Database, tmp_path: Path, methods: set[str], statuses: set[int], examples: int
) -> None:
    async with a_ground(database, tmp_path, firms=1) as ground:
        await a_busy_hall(ground, tmp_path)
        async with aiohttp.ClientSession() as http:
            served = await raw.send(http, Request("GET", f"{ground.origin}{API}/openapi.json"))
        document = canonical.loads(served.body)
        assert isinstance(document, dict)
        callers: list[Caller] = []

        def call_all() -> None:
            for operation in operations({**document}):
                may = frozenset(Role(role) for role in operation.definition.raw["x-roles"])
                for mode in GenerationMode if operation.method in methods else ():
                    callers.append(Caller(ground, may))
                    cases(operation, mode, examples, callers[-1].call)

        await asyncio.to_thread(call_all)

    calls = sum((one.calls for one in callers), Counter[int]())
    codes = {code for one in callers for code in one.codes}
    assert statuses <= calls.keys()
    assert calls.total() > examples * len(callers) // 4
    assert "request.signature_bad" not in codes
    assert "access.not_yours" in codes
