"""Views become pages: one Jinja environment a language, autoescaped, strict about what is missing.

Templates get `view` (a frozen view) and `sheet` (the letterhead), the filters below, and gettext.
They hold no address of a built file, no number format and no time zone of their own.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from notary.assurance import ANSWER_WORDS, Answer, Assurance
from web import beijing, figures
from web.access import Route
from web.assets import Assets
from web.capital import capital, capital_of, spoken
from web.labels import labels
from web.letterhead import Lang, Letterhead, Text, View
from web.names import GROUNDS, NAMES, RULE_SETS, TAGS
from web.search import in_wan
from web.ways import ways
from web.words import Words

NEAR = timedelta(minutes=30)  # a deadline is near from then on (looks.md 4)
Filters = dict[str, Callable[..., Any]]


class Pages:
    """All templates of the hall in both languages; `routes`: whose ways back they say."""

    def __init__(self, assets: Assets, routes: Iterable[Route]) -> None:
        self.words = {lang: Words(lang) for lang in Lang}
        way_back = ways(routes)
        self._environments = {
            lang: _environment(assets, self.words[lang], way_back) for lang in Lang
        }

    def render(self, view: View, sheet: Letterhead) -> str:
        """Return a whole page in the letterhead's language."""
        template = self._environments[sheet.lang].get_template(view.template)
        return template.render(view=view, sheet=sheet)

    def fragment(self, template: str, macro: str, lang: Lang, *given: object) -> Markup:
        """Return what one macro of a template makes of `given`: a piece of a live page."""
        module = self._environments[lang].get_template(template).module
        made: Markup = getattr(module, macro)(*given)
        return made


def _environment(assets: Assets, words: Words, way_back: Callable[[str], str]) -> Environment:
    """Build the environment of one language."""
    environment = Environment(
        loader=PackageLoader("web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # of the extension
        words.translations, newstyle=True
    )
    environment.globals["asset"] = assets.address
    environment.globals["published_sha256"] = lambda name: assets.sha256.get(name, "")
    environment.globals["way_back"] = lambda address: _said(way_back(address), words)
    environment.filters.update(_plain_filters())
    environment.filters.update(_spoken_filters(words))
    return environment


def _said(message: str, words: Words) -> str:
    """Say a message id that may be empty, which gettext takes for the head of its catalogue."""
    return words.gettext(message) if message else ""


def _plain_filters() -> Filters:
    """Return the filters that write the same in every language."""
    return {
        "money": figures.money,
        "capital": capital,
        "capital_of": capital_of,
        "spoken": spoken,
        "is_long": figures.is_long,
        "permille": figures.permille,
        "percent": figures.percent,
        "size": figures.size,
        "hash_head": figures.hash_head,
        "hash_groups": figures.hash_groups,
        "iso": beijing.iso,
        "instant": beijing.instant,
        "clock": beijing.clock,
        "minute": beijing.minute,
        "date": lambda at: beijing.local(at).date().isoformat(),
        "beijing_day": beijing.today,
        "near": lambda until, now: until - now < NEAR,
        "tag": lambda state: TAGS[state],
        "marked": marked,
        "wan": lambda fen: "" if fen is None else in_wan(fen),
    }


def _spoken_filters(words: Words) -> Filters:
    """Return the filters that speak the page's language."""
    lang = words.lang
    here = 0 if lang is Lang.ZH else 1
    zone = words.gettext("Beijing time")

    def said(text: Text | Assurance) -> str:
        """Pick the page's language of a text."""
        return text.zh if lang is Lang.ZH else text.en

    def named(value: str, group: str) -> str:
        """Name a value of a closed list."""
        return words.gettext(NAMES[group][value])

    def set_title(name: str) -> str:
        """Call a rule set by what it is for, its place and its version."""
        body, _, version = name.partition("/")
        kind, _, place = body.partition("-")
        if kind not in RULE_SETS:
            return name
        return " ".join(filter(None, (words.gettext(RULE_SETS[kind]), place, version)))

    def remaining(until: datetime, now: datetime) -> str:
        """Say roughly how long it still is: the two highest units that are not nought."""
        return _rough(beijing.left(until, now), words)

    return {
        "said": said,
        "named": named,
        "set_title": set_title,
        "by_title": lambda choices: [
            {"value": one.value, "said": f"{set_title(one.value)} · {one.value}"} for one in choices
        ],
        "answer": lambda answer: ANSWER_WORDS[Answer(answer)][here],
        "unit": lambda currency: figures.unit(currency, lang),
        "day": lambda at: beijing.day(at, lang),
        "short_day": lambda at: beijing.short_day(at, lang),
        # An instant names its zone; in a list whose head names it, it is `listed` without.
        "moment": lambda at: f"{beijing.moment(at, lang)} {zone}",
        "listed": lambda at: beijing.moment(at, lang),
        "end": lambda at: f"{beijing.end(at, lang)} {zone}",
        "hour": lambda at: f"{beijing.clock(at)} {zone}",
        "remaining": remaining,
        "labels": lambda form: labels(form, words.gettext(", ")),
        "ground": lambda ground: words.gettext(GROUNDS.get(ground, ground)),
        "refusal": lambda refused: words.refusal(refused.code, refused.facts),
    }


def _rough(left: tuple[int, int, int, int], words: Words) -> str:
    """Write a span as "12 days", "4 h 56 min" or "26 min 33 s"."""
    days, hours, minutes, seconds = left
    say = words.translations.ngettext
    if days:
        return say("%(n)d day", "%(n)d days", days) % {"n": days}
    if hours:
        return words.gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    pattern = words.gettext("%(minutes)d min %(seconds)d s")
    return pattern % {"minutes": minutes, "seconds": seconds}


def marked(title: str, keyword: str) -> Markup:
    """Underline each occurrence of the words of a keyword in a title, whatever their case."""
    words = sorted(keyword.split(), key=len, reverse=True)
    pieces: list[Markup] = []
    at = 0
    for found in (
        re.finditer("|".join(map(re.escape, words)), title, re.IGNORECASE) if words else ()
    ):
        pieces.append(Markup.escape(title[at : found.start()]))
        pieces.append(Markup("<mark>{}</mark>").format(found.group()))
        at = found.end()
    return Markup("").join([*pieces, Markup.escape(title[at:])])
