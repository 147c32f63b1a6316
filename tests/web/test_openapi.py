import re
from collections.abc import AsyncIterator, Iterator
from itertools import chain

import pytest
from jsonschema import Draft202012Validator
from yarl import URL

from notary.canonical import Json
from sql.database import Database
from tests.web.served import Served, served
from web import openapi, schema
from web.access import API, FINAL, Does
from web.app import AREAS

ROUTES = list(chain.from_iterable(AREAS))


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        yield made


async def document(house: Served) -> dict[str, Json]:
    async with house.browser.get("/api/v1/openapi.json") as answer:
        read: dict[str, Json] = await answer.json()
    return read


def walk(value: Json) -> Iterator[dict[str, Json]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from walk(item)


async def test_document_describes_every_route_of_the_api_and_no_other(house: Served) -> None:
    paths = (await document(house))["paths"]
    assert isinstance(paths, dict)

    described = {
        (method.upper(), path)
        for path, operations in paths.items()
        if isinstance(operations, dict)
        for method in operations
    }

    application = house.browser.app
    assert application is not None
    assert described == {
        (found.method, found.resource.canonical.removeprefix(API))
        for found in application.router.routes()
        if found.resource is not None
        and found.method != "HEAD"
        and found.resource.canonical.startswith(f"{API}/")
    }


async def test_every_reference_leads_to_a_schema(house: Served) -> None:
    read = await document(house)

    named = {str(part["$ref"]) for part in walk(read) if "$ref" in part}

    assert named <= {f"#/components/schemas/{name}" for name in schema.components()}
    assert f"#/components/schemas/{openapi.PROBLEM}" in named


async def test_every_act_says_its_way_back_and_asks_for_a_key(house: Served) -> None:
    read = await document(house)

    acts = [part for part in walk(read) if part.get("x-does") == Does.ACT]

    assert len(acts) == len([r for r in ROUTES if r.does is Does.ACT and r.is_api])
    for act in acts:
        assert act["x-way-back"]
        assert "Idempotency-Key" in str(act["parameters"])
    assert any(act["x-way-back"] == FINAL for act in acts)


@pytest.mark.parametrize("name", sorted(schema.components()))
def test_every_schema_is_one_and_is_closed(name: str) -> None:
    found = schema.components()[name]
    assert isinstance(found, dict)

    Draft202012Validator.check_schema(found)
    assert found["description"]
    assert found.get("type") != "object" or found.get("additionalProperties") is False


def test_every_schema_that_a_route_names_is_there() -> None:
    named = {name for route in ROUTES for name in (route.takes, route.gives) if name is not None}

    assert named <= set(schema.components())


def test_pattern_ends_where_the_text_ends() -> None:
    good: dict[str, Json] = {"reason": "lost"}

    schema.require("revocation", good)
    with pytest.raises(schema.BadBody):
        schema.require("revocation", {"reason": "lost\n"})


@pytest.mark.parametrize("junk", ["%00", "%FF", "..%2F", "%ED%A0%80", "a%0Ab", 300 * "x"])
async def test_no_address_makes_a_fault(house: Served, junk: str) -> None:
    application = house.browser.app
    assert application is not None
    paths = {
        re.sub(r"\{[^}]*\}", junk, found.resource.canonical)
        for found in application.router.routes()
        if found.resource is not None and found.method == "GET"
    }

    for path in sorted(paths):
        async with house.browser.get(URL(path, encoded=True)) as answer:
            assert answer.status < 500, path
