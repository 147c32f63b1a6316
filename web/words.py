"""The words of the hall: the catalogues are compiled in memory at start, message ids are English.

A refusal has no message id of its own: its words are looked up as `refusal.<code>` and
`refusal.<code>.next` in both catalogues, with `{fact}` for each of its facts.
"""

from collections.abc import Mapping
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from web import beijing, figures
from web.letterhead import Lang

FOLDERS = {Lang.ZH: "zh_CN", Lang.EN: "en"}


class Words:
    """The catalogue of one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.translations = _compiled(lang)

    def gettext(self, message: str) -> str:
        """Return the words for a message id."""
        return self.translations.gettext(message)

    def refusal(self, code: str, facts: Mapping[str, str | int]) -> tuple[str, str]:
        """Return why a rule said no, and what to do next.

        Raises LookupError for a code without words, which is a fault of ours and no answer.
        """
        shown = {name: _shown(name, fact, self.lang) for name, fact in facts.items()}
        ids = (f"refusal.{code}", f"refusal.{code}.next")
        why, onward = (self.gettext(message) for message in ids)
        for message, said in zip(ids, (why, onward), strict=True):
            if message == said:
                raise LookupError(message)
        return why.format_map(shown), onward.format_map(shown)


def _compiled(lang: Lang) -> GNUTranslations:
    """Read the catalogue of a language and compile it, without a file of its own."""
    source = files("web") / "locale" / FOLDERS[lang] / "LC_MESSAGES" / "hall.po"
    with source.open("rb") as opened:
        catalogue = read_po(opened, locale=FOLDERS[lang])
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _shown(name: str, fact: str | int, lang: Lang) -> str:
    """Write a fact for people: `…_fen` as money, `…_at` as Beijing time, the rest as it is."""
    if name.endswith("_fen"):
        return figures.money(int(fact))
    if name.endswith("_at") and isinstance(fact, str):
        at = beijing.datetime.fromisoformat(fact)
        return f"{beijing.moment(at, lang)}:{beijing.local(at):%S}"
    return str(fact)
