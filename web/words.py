"""The words of the hall: the catalogues are compiled in memory at start, message ids are English.

A refusal has no message id of its own: its words are looked up as `refusal.<code>` and
`refusal.<code>.next` in both catalogues, with `{fact}` for each of its facts,
`{fact:fen}` for amounts and `{fact:at}` for instants. So are those of a message: `told.<matter>`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from string import Formatter
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from typing_extensions import override

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

    def told(self, matter: str, facts: Mapping[str, str | int]) -> str:
        """Return the words of a message. Raises LookupError for a matter without words."""
        message = f"told.{matter}"
        said = self.gettext(message)
        if said == message:
            raise LookupError(message)
        return _Sentence(self.lang, self.gettext("Beijing time")).vformat(said, (), facts)

    def refusal(self, code: str, facts: Mapping[str, str | int]) -> tuple[str, str]:
        """Return why a rule said no, and what to do next.

        Raises LookupError for a code without words, which is a fault of ours and no answer.
        """
        ids = (f"refusal.{code}", f"refusal.{code}.next")
        why, onward = (self.gettext(message) for message in ids)
        for message, said in zip(ids, (why, onward), strict=True):
            if message == said:
                raise LookupError(message)
        sentence = _Sentence(self.lang, self.gettext("Beijing time"))
        return sentence.vformat(why, (), facts), sentence.vformat(onward, (), facts)


def _compiled(lang: Lang) -> GNUTranslations:
    """Read the catalogue of a language and compile it, without a file of its own."""
    source = files("web") / "locale" / FOLDERS[lang] / "LC_MESSAGES" / "hall.po"
    with source.open("rb") as opened:
        catalogue = read_po(opened, locale=FOLDERS[lang])
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


class _Sentence(Formatter):
    """Fills a sentence with facts: `{most:fen}` as money, `{deadline:at}` as Beijing time.

    A fact that is missing leaves a gap of dots: a refusal is never kept from its reader.
    """

    def __init__(self, lang: Lang, zone: str) -> None:
        self.lang = lang
        self.zone = zone

    @override
    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "…")

    @override
    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "fen" and isinstance(value, int):
            return figures.money(value)
        if format_spec == "at" and isinstance(value, str) and value != "…":
            at = datetime.fromisoformat(value)
            return f"{beijing.short_day(at, self.lang)} {beijing.clock(at)} {self.zone}"
        return str(value)
