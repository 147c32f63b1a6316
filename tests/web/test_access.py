from collections.abc import AsyncIterator
from itertools import chain

import pytest
from aiohttp import web

from notary.identity import Role
from sql.database import Database
from tests.web.served import Served, served
from web import access
from web.access import API, FINAL, PUBLIC, Does, Route
from web.app import AREAS
from web.client import Refused

FIRM = "91210300MA00000001"


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        yield made


async def nothing(_request: web.Request) -> web.Response:
    return web.Response()


def route(method: str = "POST", path: str = f"{API}/acts", **changed: object) -> Route:
    usual: dict[str, object] = {
        "summary": "",
        "roles": PUBLIC,
        "does": Does.ACT,
        "back": FINAL,
        "gives": "time",
    }
    return Route(method, path, nothing, **usual | changed)  # type: ignore[arg-type] # by name


def test_entry_that_says_enough_is_taken() -> None:
    assert route().is_api
    assert not route("GET", "/", does=Does.READ, back="").is_api


@pytest.mark.parametrize(
    ("method", "path", "changed"),
    [
        ("POST", f"{API}/acts", {"back": ""}),
        ("POST", f"{API}/acts", {"gives": None}),
        ("GET", f"{API}/acts", {}),
        ("POST", f"{API}/acts", {"does": Does.READ, "back": ""}),
        ("GET", f"{API}/acts", {"does": Does.READ}),
        ("PUT", f"{API}/parts/{{name}}", {"does": Does.UPLOAD, "back": ""}),
    ],
)
def test_entry_that_hides_something_cannot_be_made(
    method: str, path: str, changed: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=path.replace("{", r"\{")):
        route(method, path, **changed)


async def test_every_route_of_the_application_has_its_entry(house: Served) -> None:
    application = house.browser.app
    assert application is not None
    table = application[access.TABLE]
    found = {
        (found.method, found.resource.canonical)
        for found in application.router.routes()
        if found.resource is not None and found.method != "HEAD"
    }

    assert found == set(table)
    assert len(table) == len(list(chain.from_iterable(AREAS)))


async def test_head_answers_as_get_without_a_body(house: Served) -> None:
    async with house.browser.get("/api/v1/time") as got, house.browser.head("/api/v1/time") as head:
        assert await head.read() == b""
        for name in ("Content-Length", "Content-Type", "Cache-Control", "Content-Security-Policy"):
            assert head.headers[name] == got.headers[name]


async def test_entry_decides_before_the_body_is_read(house: Served) -> None:
    async with house.browser.post("/api/v1/proposals", data=b"\xff" * 300_000) as answer:
        assert (answer.status, (await answer.json(content_type=None))["type"]) == (
            401,
            "urn:hall:problem:access.unknown",
        )


async def test_role_that_the_entry_does_not_name_is_refused(house: Served) -> None:
    firm = await house.enrol(FIRM)

    async with house.client(firm) as sender:
        with pytest.raises(Refused) as refused:
            await sender.send("POST", "/proposals", {"x": 1})

    assert (refused.value.status, refused.value.code) == (403, "access.not_yours")


async def test_page_that_needs_somebody_shows_the_way_in(house: Served) -> None:
    async with house.browser.get("/api/v1/me") as answer:
        assert answer.content_type == "application/problem+json"
    async with house.browser.get("/nowhere") as page:
        assert (page.status, page.content_type) == (404, "text/html")
    async with house.browser.get("/api/v1/nowhere") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


async def test_handler_cannot_let_in_others_than_its_entry(database: Database) -> None:
    async def too_kind(request: web.Request) -> web.Response:
        access.require(request, Role.BIDDER, Role.AUDITOR)
        return web.Response()

    kind = Route(
        "GET",
        f"{API}/kind",
        too_kind,
        summary="",
        roles=frozenset({Role.BIDDER}),
        does=Does.READ,
    )
    async with served(database, kind) as house, house.client(await house.enrol(FIRM)) as sender:
        with pytest.raises(Refused) as refused:
            await sender.send("GET", "/kind")

    assert refused.value.code == "hall.fault"
