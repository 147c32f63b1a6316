"""What the fields of a form are called, read from the form as it is drawn: nobody says it twice.

A fieldset of the class `field` is one question with several boxes: its legend names them all.
Around it, and around other fields, a fieldset says which of several things is asked about. Pure.
"""

import re
from html import unescape

_TAG = re.compile(r"<(/?)([a-z0-9]+)((?:[^>\"]|\"[^\"]*\")*)>")
_GIVEN = re.compile(r"\b(id|for|class)=\"([^\"]*)\"")
_BOXES = frozenset({"input", "select", "textarea"})


def labels(form: str, between: str) -> dict[str, str]:
    """Return by id what a person reads at each field. `between`: what parts legend and label."""
    found: dict[str, str] = {}
    asked: list[tuple[bool, str]] = []  # the fieldsets around: is it one question, and its legend
    for tag in _TAG.finditer(form):
        ends, name, given = bool(tag[1]), tag[2], dict(_GIVEN.findall(tag[3]))
        is_one_question = any(is_one for is_one, _ in asked)
        legends = [legend for _, legend in asked if legend]
        if name == "fieldset" and ends:
            asked.pop()
        elif name == "fieldset":
            asked.append(("field" in given.get("class", "").split(), ""))
        elif name == "legend" and asked and not ends:
            asked[-1] = (asked[-1][0], _words(form, tag.end(), name))
        elif name == "label" and "for" in given and not is_one_question:
            found[given["for"]] = between.join([*legends, _words(form, tag.end(), name)])
        elif name in _BOXES and "id" in given and is_one_question:
            found[given["id"]] = between.join(legends)
    return found


def _words(form: str, start: int, name: str) -> str:
    """Return the text from `start` to where the element ends."""
    inside = form[start : form.index(f"</{name}>", start)]
    return " ".join(unescape(_TAG.sub("", inside)).split())
