"""The hall's formats as pages that check need them: the kinds of entries, with their marks."""

from functools import cache

from notary import canonical, entry


@cache
def kinds(*names: str) -> str:
    """Return schema and marks of these kinds, of all if none, as JSON for `src/entries.js`."""
    found: dict[str, canonical.Json] = {}
    for name in names or sorted(entry.kinds()):
        schema = entry.schema(name)
        found[name] = {
            "required": schema["required"],
            "properties": schema["properties"],
            "plain": schema["x-plain"],
            "held": schema["x-held"],
        }
    return canonical.dumps(found).decode()
