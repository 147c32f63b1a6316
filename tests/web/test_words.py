"""Every sentence stands in both catalogues, and every refusal has its words."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from web import refusals
from web.letterhead import Lang
from web.telling import Matter
from web.words import FOLDERS, Words

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "say": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)(?::\w+)?\}")
BY_CODE = ("refusal.", "told.")  # looked up by what a rule or a message is called
PER_LANGUAGE = "amount: unit after"  # a switch, not a sentence


def extracted() -> Iterator[str | tuple[str, str]]:
    """Yield every message id that templates and Python use."""
    found = extract_from_dir(
        ROOT / "web",
        method_map=[
            ("templates/**.html", "jinja2.ext:babel_extract"),
            ("browser/src/**.html", "jinja2.ext:babel_extract"),
            ("**.py", "python"),
        ],
        options_map={"templates/**.html": {"newstyle_gettext": "true"}},
        keywords=KEYWORDS,
    )
    for _, _, message, _, _ in found:
        yield message if isinstance(message, str) else (message[0], message[1])


def catalogue(lang: Lang) -> Catalog:
    source = files("web") / "locale" / FOLDERS[lang] / "LC_MESSAGES" / "hall.po"
    with source.open("rb") as opened:
        return read_po(opened, locale=FOLDERS[lang])


def placeholders(sentence: str) -> set[str]:
    return {one or other for one, other in PLACEHOLDER.findall(sentence)}


def test_every_sentence_has_its_chinese() -> None:
    known = {message.id for message in catalogue(Lang.ZH) if message.string and not message.fuzzy}

    missing = set(extracted()) - known

    assert not missing


def test_no_sentence_lies_unused_in_the_chinese_catalogue() -> None:
    used = set(extracted())

    unused = {
        message.id
        for message in catalogue(Lang.ZH)
        if message.id and message.id not in used and not str(message.id).startswith(BY_CODE)
    }

    assert not unused


@pytest.mark.parametrize("lang", list(Lang))
def test_a_translation_keeps_the_facts_of_its_sentence(lang: Lang) -> None:
    for message in catalogue(lang):
        if not message.id or str(message.id).startswith(BY_CODE):
            continue

        assert placeholders(str(message.string)) == placeholders(str(message.id)), message.id


def test_both_catalogues_have_the_same_refusals_with_the_same_facts() -> None:
    facts = [
        {
            str(message.id): placeholders(str(message.string))
            for message in catalogue(lang)
            if str(message.id).startswith(BY_CODE)
        }
        for lang in Lang
    ]

    assert facts[0].keys() == facts[1].keys()


@pytest.mark.parametrize("lang", list(Lang))
def test_every_refusal_has_words_and_a_next_step(lang: Lang) -> None:
    words = Words(lang)

    for code in refusals.by_code():
        why, onward = words.refusal(code, {})

        assert why
        assert onward


@pytest.mark.parametrize("lang", list(Lang))
def test_every_message_has_words(lang: Lang) -> None:
    for matter in Matter:
        assert Words(lang).told(matter, {"title": "T"})

    with pytest.raises(LookupError):
        Words(lang).told("no-such-matter", {})


def test_a_code_without_words_is_a_fault() -> None:
    with pytest.raises(LookupError):
        Words(Lang.ZH).refusal("no.such_rule", {})


def test_facts_are_written_for_people() -> None:
    facts: dict[str, str | int] = {"most": 17_600_000, "has": 20_000_000}

    why, _ = Words(Lang.ZH).refusal("tender.max_deposit_permille", facts)

    assert "176,000.00 元" in why
    assert "200,000.00 元" in why


def test_instants_are_written_in_beijing_time() -> None:
    facts: dict[str, str | int] = {
        "deadline": "2026-11-20T01:00:00+00:00",
        "received": "2026-11-20T01:00:00.000001+00:00",
    }

    why, _ = Words(Lang.ZH).refusal("bidding.closed", facts)

    assert "11-20 09:00:00" in why


def test_english_is_the_message_itself() -> None:
    assert Words(Lang.EN).gettext("Enter the opening") == "Enter the opening"
    assert Words(Lang.ZH).gettext("Enter the opening") == "进入开标厅"
