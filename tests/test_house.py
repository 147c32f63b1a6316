"""The rules of the house that no linter knows. Each finder is also shown something to find."""

import importlib
import importlib.metadata
import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po

from notary.refusal import Refusal
from sql.database import Database
from sql.migrate import migrations
from tests import house, screens
from tests.house import PACKAGES, ROOT, name_of, sources
from tests.schema import dump
from web.access import Does
from web.app import AREAS
from web.cli import main as hall
from web.problems import STATUS

LONGEST_FILE = 400
# What a room tells and the ledger does not: the clock has spoken, or a later entry will say it.
EVENTS_WITHOUT_ENTRY = {
    "bidding.deadline-passed.v1",
    "bidding.bid-checked.v1",
    "bidding.box-moved.v1",
    "bidding.interrupted.v1",
    "bidding.uninterrupted.v1",
    "bidding.pause-lapsed.v1",
    "bidding.suspended.v1",
    "bidding.unsuspended.v1",
}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def refusals() -> list[type[Refusal]]:
    """Return every Refusal of the house, whichever module happens to be imported by the tests."""
    for module in house.modules():
        importlib.import_module(module)
    found: list[type[Refusal]] = []
    waiting = Refusal.__subclasses__()
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        home = sys.modules[refusal.__module__]
        if hasattr(refusal, "code") and getattr(home, refusal.__name__, None) is refusal:
            found.append(refusal)
    return [refusal for refusal in found if refusal.__module__.split(".")[0] in PACKAGES]


def test_no_file_holds_two_ideas() -> None:
    files = sources(".py", ".js", ".mjs", ".css", ".sql", ".html", ".typ")
    lines = {name_of(path): len(path.read_text().splitlines()) for path in files}

    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}
    assert len(lines) > 20


def test_no_note_of_work_is_without_its_issue() -> None:
    note = "TO" + "DO"
    assert house.unnumbered_todos(f"# {note}: later") == [note]
    assert house.unnumbered_todos(f"# {note}(#12): later") == []

    files = sources(".py", ".js", ".mjs", ".css", ".sql", ".html")
    assert [name_of(path) for path in files if house.unnumbered_todos(path.read_text())] == []


def test_every_name_says_what_it_is() -> None:
    assert house.banned_names("class KeyManager: ...\ndef process_bid(): ...") == [
        "KeyManager",
        "process_bid",
    ]

    found = {name_of(path): house.banned_names(path.read_text()) for path in sources(".py")}
    assert {path: names for path, names in found.items() if names} == {}
    stems = {path.stem for path in sources(".py", ".js")}
    assert stems.isdisjoint({"utils", "util", "helpers", "helper", "manager", "common", "misc"})


def test_sql_is_written_only_where_it_belongs() -> None:
    assert house.sql_statements('fetch("SELECT word\\n  FROM note")') == [
        "SELECT word\n  FROM note"
    ]
    assert house.sql_statements('"""SELECT the best FROM the rest."""') == []

    business = [
        path
        for path in sources(".py", below=("trading", "bidding", "oversight", "web"))
        if "store" not in (path.stem, path.parent.name)
    ]
    assert [name_of(path) for path in business if house.sql_statements(path.read_text())] == []


def test_json_is_read_by_the_strict_loader_only() -> None:
    assert house.lenient_json("import json\njson.loads(b'')\nrequest.json()") == [
        ".json()",
        "json.loads",
    ]

    found = {
        name_of(path): house.lenient_json(path.read_text())
        for path in sources(".py", below=PACKAGES)
        if name_of(path) != "notary/canonical.py"
    }
    assert {path: uses for path, uses in found.items() if uses} == {}


def test_no_number_of_the_law_stands_in_code() -> None:
    assert house.numbers("PERIOD_DAYS = 20") == [20]

    found = {
        name_of(path): house.numbers(path.read_text())
        for path in sources(".py", below=("trading/rules",))
    }
    assert {path: numbers for path, numbers in found.items() if numbers} == {}


def test_every_kind_of_entry_has_its_schema() -> None:
    assert house.ledger_kinds('append("bidding.bid-received.v1")') == {"bidding.bid-received.v1"}

    files = sources(".py", below=PACKAGES)
    used = set(chain.from_iterable(house.ledger_kinds(path.read_text()) for path in files))
    described = {path.stem for path in (ROOT / "notary" / "schemas").glob("*.json")}
    assert used - described == EVENTS_WITHOUT_ENTRY


def test_every_refusal_has_a_code_of_its_own_and_names_its_source() -> None:
    found = refusals()
    codes = [refusal.code for refusal in found]

    assert sorted(codes) == sorted(set(codes))
    assert [r.__name__ for r in found if "Source: " not in (r.__doc__ or "")] == []


def test_every_refusal_has_a_status_and_every_status_a_refusal() -> None:
    assert {refusal.code for refusal in refusals()} == set(STATUS)


def test_every_route_is_in_the_access_table_and_every_act_knows_its_way_back() -> None:
    areas = [importlib.import_module(m) for m in house.modules() if m.startswith("web.routes.")]
    routes = [route for area in areas for route in area.ROUTES]

    assert [route.path for route in routes if route.does is Does.ACT and not route.back] == []
    assert {id(area.ROUTES) for area in areas} == {id(entries) for entries in AREAS}
    assert house.routers("application.router.add_get('/back-door', open_it)") == 1
    beside = [path for path in sources(".py", below=("web",)) if house.routers(path.read_text())]
    # A second channel is another body's program: one address, and nothing of a hall.
    assert [name_of(path) for path in beside] == ["web/access.py", "web/lodge.py"]


def test_every_page_is_in_a_picture() -> None:
    pages = list(screens.pages(chain.from_iterable(AREAS)))

    assert screens.unpictured(pages) == []
    assert screens.unpictured(["/back-door", "/help"]) == ["/back-door"]
    assert len(pages) > 50


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_refusal_speaks_both_languages(language: str) -> None:
    path = ROOT / "web" / "locale" / language / "LC_MESSAGES" / "hall.po"
    with path.open("rb") as opened:
        said = {message.id for message in read_po(opened) if message.string}

    needed = {f"refusal.{r.code}{part}" for r in refusals() for part in ("", ".next")}
    assert needed - said == set()


def test_a_number_of_a_migration_is_its_place() -> None:
    assert [migration.number for migration in migrations()] == [
        place for place, _ in enumerate(migrations(), start=1)
    ]


async def test_schema_sql_is_what_the_migrations_make(pg_bin: Path, owner_dsn: str) -> None:
    made = dump(pg_bin, owner_dsn)

    assert made == (ROOT / "sql" / "schema.sql").read_text(), "run `make schema`"


async def test_no_table_name_is_in_two_schemas(database: Database) -> None:
    async with database.transaction() as tx:
        rows = await tx.fetch(
            """
            SELECT relname
              FROM pg_class
              JOIN pg_namespace ON pg_namespace.oid = relnamespace
             WHERE nspname IN ('notary', 'trading', 'bidding', 'web')
               AND relkind IN ('r', 'v', 'p')
             GROUP BY relname
            HAVING count(*) > 1
            """
        )

    assert [row["relname"] for row in rows] == []


def test_no_other_distribution_owns_our_names() -> None:
    owners = importlib.metadata.packages_distributions()
    assert "pytest" in owners

    strangers = {name: set(owners.get(name, ())) - {PROJECT["name"]} for name in PACKAGES}
    assert {name: others for name, others in strangers.items() if others} == {}


@pytest.mark.parametrize("extra", ["run", "test"])
def test_every_requirement_is_locked_by_its_hash_and_names_no_registry(extra: str) -> None:
    lock = (ROOT / "requirements" / f"{extra}.txt").read_text()
    asked = PROJECT["dependencies"] + PROJECT["optional-dependencies"].get(extra, [])

    pinned = re.findall(r"(?m)^([a-z0-9-]+)==\S+ .*\\\n    --hash=sha256:[0-9a-f]{64}", lock)
    names = {re.split(r"[=<>;\[ ]", line)[0].lower().replace("_", "-") for line in asked}
    assert names - set(pinned) == set()
    assert len(pinned) == len(re.findall(r"(?m)^[a-z0-9]", lock))
    assert "://" not in lock


def test_links_of_the_documents_lead_somewhere() -> None:
    assert list(house.links("[a](docs/a.md) [b](https://b.example)")) == ["docs/a.md"]

    dead = [
        f"{name_of(document)}: {target}"
        for document in DOCUMENTS
        for target in house.links(document.read_text())
        if not (document.parent / target).exists()
    ]
    assert dead == []
    assert DOCUMENTS


def test_commands_of_the_documents_exist() -> None:
    assert house.commands("`make fly` and\n\n    hall dance --fast", "make") == {"fly"}
    assert house.commands("`make fly` and\n\n    hall dance --fast", "hall") == {"dance"}

    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    known = set(hall.list_commands(click.Context(hall)))
    for document in DOCUMENTS:
        assert house.commands(document.read_text(), "make") - targets == set(), document
        assert house.commands(document.read_text(), "hall") - known == set(), document
