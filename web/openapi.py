"""The OpenAPI 3.1 document of the API: made from the access table and the schemas, never written.

Source: OpenAPI Specification 3.1.1; RFC 9457; RFC 9421.
"""

from notary.canonical import Json
from notary.once import Answer
from web import problems, schema
from web.access import API, Does, Route, Table
from web.answers import JSON
from web.idempotency import HEADER

VERSION = "3.1.1"
PROBLEM = "problem"

_OCTETS = "application/octet-stream"
_KEY: Json = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "The sender's key for this act: sent again, it gets the same outcome.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"},
}

_SIGNED_KEY: Json = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Covered by a signature, as of every unsafe method; unsigned, none is needed.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"},
}


def document(table: Table, origin: str) -> Answer:
    """Describe every route of the API at `origin`."""
    paths: dict[str, Json] = {}
    for (method, canonical_path), route in sorted(table.items(), key=lambda row: row[0][::-1]):
        if route.is_api:
            path = canonical_path.removeprefix(API)
            operations = paths.setdefault(path, {})
            assert isinstance(operations, dict)  # noqa: S101 - put there one line above
            operations[method.lower()] = _operation(route, path)
    return {
        "openapi": VERSION,
        "info": {
            "title": "Trading hall",
            "version": "1",
            "description": "Acts and reads of one hall. Every act is an entry of its ledger.",
        },
        "servers": [{"url": f"{origin}{API}"}],
        "paths": paths,
        "components": {
            "schemas": dict(schema.components()),
            "securitySchemes": {
                "signature": {
                    "type": "http",
                    "scheme": "signature",
                    "description": "RFC 9421, label hall; keyid: SHA-256 of the certificate.",
                }
            },
        },
    }


def _operation(route: Route, path: str) -> dict[str, Json]:
    operation: dict[str, Json] = {
        "summary": route.summary,
        "parameters": _parameters(route, path),
        "responses": {str(route.status): _success(route), "default": _refused()},
        "security": [{"signature": []}] if route.roles else [{}],
        "x-roles": [*sorted(route.roles)],
        "x-does": route.does,
    }
    if route.does is Does.ACT:
        operation["x-way-back"] = route.back
    if route.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.takes)}
    elif route.does is Does.UPLOAD:
        operation["requestBody"] = {"required": True, "content": {_OCTETS: {}}}
    return operation


def _parameters(route: Route, path: str) -> list[Json]:
    """Describe what stands in the path, the query and the headers."""
    names = [piece[1:-1] for piece in path.split("/") if piece.startswith("{")]
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    found += [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": {"type": "string", "pattern": f"^(?:{pattern})$"},
        }
        for name, pattern in sorted(route.query.items())
    ]
    if route.does is Does.UPLOAD:
        return [*found, _SIGNED_KEY]
    return [*found, _KEY] if route.does is Does.ACT else found


def _success(route: Route) -> Json:
    answered: dict[str, Json] = {"description": "Done." if route.does is Does.ACT else "Read."}
    if route.gives is not None:
        answered["content"] = _content(route.gives)
    return answered


def _refused() -> Json:
    return {
        "description": "Refused by a rule, with the article and the next step.",
        "content": {problems.TYPE: {"schema": _reference(PROBLEM)}},
    }


def _content(name: str) -> Json:
    return {JSON: {"schema": _reference(name)}}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
