"""Views of the pages about rules, made of the sets that the program has."""

from collections.abc import Callable

from tests.trading.shelves import COUNTY, a_record, as_supplement
from trading.rules import sets
from web import rulebook
from web.letterhead import View
from web.views.rules import ConfirmView, RulesView, Waiting

LAW = sets.rule_set("construction/2026-11")
UNREAD = "etender.refuse_unencrypted"
ISSUE = "tender.min_days_issue_to_deadline"
TEXT = "电子招标投标办法第二十六条，公报原文"


def rules() -> RulesView:
    """Return the list of sets as an officer sees it, with one that cannot be used."""
    rows = [rulebook.row(sets.rule_set(name)) for name in sets.names()]
    return RulesView(
        sets=(*rows, rulebook.unsound(COUNTY, f"{COUNTY}: {ISSUE} does not tighten its base")),
        waiting=(
            Waiting(sha256="0" * 64, set=LAW.name, texts={UNREAD: TEXT}, own=True),
            Waiting(sha256="1" * 64, set=LAW.name, texts={UNREAD: TEXT}, own=False),
        ),
    )


def county() -> View:
    """Return a supplement of a county, one rule of it confirmed."""
    stricter = as_supplement(LAW, a_record(LAW, ISSUE, value=25))
    read = sets.parse(COUNTY, stricter, LAW).confirmed({LAW.sha256: {UNREAD: TEXT}})
    return rulebook.view(read, officer=True, awaits=True)


def confirm() -> ConfirmView:
    """Return a rule before an officer presses."""
    line = rulebook.line(LAW, LAW.rules[UNREAD])
    return ConfirmView(name=LAW.name, line=line, text=TEXT, text_url="/api/v1/rules")


PAGES: dict[str, Callable[[], View]] = {
    "rules": rules,
    "rules-law": lambda: rulebook.view(LAW, officer=True),
    "rules-county": county,
    "rules-demo": lambda: rulebook.view(sets.rule_set("demo/2026-11"), officer=False),
    "rules-confirm": confirm,
}
