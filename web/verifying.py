"""The hall's formats as the verify page needs them: the kinds of entries, with their marks."""

from functools import cache

from notary import canonical, entry


@cache
def kinds() -> str:
    """Return the schema and marks of every kind as JSON, as `src/entries.js` reads them."""
    found: dict[str, canonical.Json] = {}
    for name in sorted(entry.kinds()):
        schema = entry.schema(name)
        found[name] = {
            "required": schema["required"],
            "properties": schema["properties"],
            "plain": schema["x-plain"],
            "held": schema["x-held"],
        }
    return canonical.dumps(found).decode()
