"""The summary of errors calls each field as its form does, and leads to it."""

import re

import pytest

from tests.web import samples, samples_contracts, samples_desk
from tests.web.test_pages import PAGES, Outline
from trading.rules.sets import rule_set
from web.editor import sections
from web.editor.sections import SECTIONS, Name
from web.editor.views import SectionView
from web.labels import labels
from web.letterhead import Lang, View
from web.typed import Answers

LINE = re.compile(r'<li><a href="#([^"]+)">([^<]+)</a></li>')


def test_fields_are_called_by_their_labels_and_whole_questions_by_their_legends() -> None:
    form = """
    <label for="name">Name of
      the <b>lot</b></label><input id="name">
    <fieldset class="group flow"><legend>Lot 1</legend>
      <label for="ceiling">Ceiling</label><input id="ceiling">
      <fieldset class="field is-bad"><legend>Deadline</legend>
        <label for="deadline_y">Year</label><input id="deadline_y"><input id="deadline_t">
      </fieldset>
    </fieldset>
    <label for="last">Last</label><textarea id="last"></textarea>
    """

    assert labels(form, ", ") == {
        "name": "Name of the lot",
        "ceiling": "Lot 1, Ceiling",
        "deadline_y": "Lot 1, Deadline",
        "deadline_t": "Lot 1, Deadline",
        "last": "Last",
    }


def said(view: View, lang: Lang) -> dict[str, str]:
    """Return the lines of a page's summary by the fields that they lead to, which are there."""
    html = PAGES.render(view, samples.sheet(lang, "/", reader=samples.READER))
    summary = html[html.index('class="errors') :].partition("</ul>")[0]
    found = dict(LINE.findall(summary))
    assert found
    assert set(found) <= set(Outline(html).ids)
    return found


def of_section(name: Name, changed: dict[str, str]) -> SectionView:
    """Return a section whose form was sent with something changed."""
    wish = sections.blank("GC-1", rule_set("demo/2026-11"), ["ORG-A", "ORG-B"], samples.NOON)
    given = SECTIONS[name].fill(wish) | changed
    answers = Answers(given)
    SECTIONS[name].read(answers, wish)
    return SectionView(
        name=name,
        draft=samples_desk.draft(bare=True),
        given=given,
        choices={"holders": (), "purchasers": (), "rules": (), "models": ()},
        rows=1 if name is Name.LOTS else 0,
        errors=tuple(answers.errors),
    )


def test_the_summary_names_each_field_of_a_new_tender() -> None:
    wrong = samples_desk.section("what", wrong=True)

    assert said(wrong, Lang.EN) == {
        "number": "Number: Use letters, digits, dots and hyphens, at most 64",
        "count": "How many lots: Write a whole number from 1 to 100",
    }
    assert said(wrong, Lang.ZH)["number"].startswith("编号：")


@pytest.mark.parametrize(
    ("name", "changed", "lines"),
    [
        (
            Name.LOTS,
            {"lot_1_title_zh": "市场", "lot_1_ceiling": "twelve"},
            {
                "lot_1_ceiling": "Lot 1, Ceiling price (yuan): "
                "Write the amount in yuan, for example 1,234,500.00"
            },
        ),
        (
            Name.TIMES,
            {"deadline_d": "32", "megabytes": "x"},
            {
                "deadline_y": "Deadline: Write a date that exists, as 2026 12 10",
                "megabytes": "Files of a bid, at most: Write a whole number from 1 to 100000",
            },
        ),
        (
            Name.HOLDERS,
            {"k": "9"},
            {"k": "How many of them together open the bids: Write a whole number from 2 to 2"},
        ),
    ],
)
def test_the_summary_names_each_field_of_each_section(
    name: Name, changed: dict[str, str], lines: dict[str, str]
) -> None:
    assert said(of_section(name, changed), Lang.EN) == lines


def test_the_summary_names_each_field_of_a_contract() -> None:
    lines = said(samples_contracts.wrong(), Lang.EN)

    assert all(": " in line for line in lines.values())
    assert list(lines) == ["day_y", "amount", "days", "bond", "sha256"]  # as they stand below
