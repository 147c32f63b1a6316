"""Rule sets of a hall's own, as its officer would put them on the shelf: files and nothing else."""

import json
import tomllib
from datetime import date
from pathlib import Path

from trading.rules.sets import RuleSet

COUNTY = "construction-haicheng/2026-11"
ARTICLE = "海城县招标投标管理办法"


def a_record(rules: RuleSet, rule_id: str, **changes: object) -> dict[str, object]:
    """Make the record of a rule of `rules` as a county's own; `...` takes a member away."""
    records = tomllib.loads(rules.data.decode())["rule"]
    record = next(one for one in records if one["id"] == rule_id)
    changed = {**record, "article": f"{ARTICLE} 7", "law": "local", **changes}
    return {name: value for name, value in changed.items() if value is not ...}


def as_toml(*records: dict[str, object]) -> bytes:
    """Write records as the file of a set."""
    return "\n".join(
        "\n".join(["[[rule]]", *(f"{name} = {_value(value)}" for name, value in record.items())])
        for record in records
    ).encode()


def as_supplement(base: RuleSet, *records: dict[str, object], sha256: str | None = None) -> bytes:
    """Write records as the file of a supplement over `base`."""
    head = f'[supplement]\nbase = "{base.name}"\nsha256 = "{sha256 or base.sha256}"\n\n'
    return head.encode() + as_toml(*records)


def as_whole_set(rules: RuleSet, **values: object) -> bytes:
    """Write a whole set like `rules`; `values`: by id, with `__` for the dot."""
    records = tomllib.loads(rules.data.decode())["rule"]
    changed = {name.replace("__", "."): value for name, value in values.items()}
    assert changed.keys() <= {record["id"] for record in records}
    return as_toml(
        *({**record, "value": changed.get(record["id"], record["value"])} for record in records)
    )


def put(shelf: Path, name: str, data: bytes) -> None:
    """Put a file on the shelf."""
    path = shelf / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _value(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
