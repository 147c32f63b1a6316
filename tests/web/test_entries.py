import json
from importlib.resources import files

from notary.entry import kind, kinds
from web.names import NAMES


def test_every_entry_that_everybody_reads_has_words() -> None:
    read = set()
    for schema in (files("notary") / "schemas").iterdir():
        if schema.name.endswith(".json"):
            marks = json.loads(schema.read_text())
            if marks["x-plain"] is not None or marks["x-public"]:
                read.add(marks["title"].rpartition(".v")[0])

    assert not read - NAMES["entry"].keys()


def test_every_entry_that_the_audit_finds_has_words() -> None:
    found = {one.rpartition(".v")[0] for one in kinds() if not kind(one).held}

    assert found <= NAMES["audited"].keys()
