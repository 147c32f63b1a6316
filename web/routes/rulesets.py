"""The rules: the hall's sets for everybody, confirmations for officers, the limits of a draft."""

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import hdrs, web

from notary.identity import Role
from trading import confirming, counting, lawbook
from trading.rules import sets
from trading.rules.confirming import NotConfirmable, RuleText
from trading.rules.sets import RuleSet, UnsoundRuleSet
from web import access, answers, forms, idempotency, rulebook, sheet
from web.access import API, PUBLIC, Does, Route
from web.keys import BELL, DATABASE, HALL
from web.names import N_
from web.views.rules import ConfirmView, RulesView, SetRow, Waiting


async def find(request: web.Request) -> web.Response:
    """List the rule sets of the hall."""
    rows = await _rows(request)
    return answers.json({"sets": [rulebook.row_as_json(one) for one in rows]})


async def read(request: web.Request) -> web.Response:
    """Give a set with all its rules."""
    return answers.json(rulebook.as_json(await _named(request)))


async def file(request: web.Request) -> web.Response:
    """Give the file of a set by its SHA-256."""
    sha256 = request.match_info["digest"]
    async with request.app[DATABASE].transaction() as tx:
        data = await lawbook.file(tx, request.app[HALL], sha256)
    if data is None:
        raise web.HTTPNotFound
    return web.Response(
        body=data,
        content_type="application/toml",
        headers={hdrs.ETAG: f'"{sha256}"', hdrs.CONTENT_DISPOSITION: "attachment"},
    )


async def limits(request: web.Request) -> web.Response:
    """Count the limits of a draft, as if it were published now."""
    actor = access.require(request, Role.AGENCY, Role.PURCHASER)
    database, hall = request.app[DATABASE], request.app[HALL]
    counted = await counting.of_draft(database, hall, actor, request.match_info["tender"])
    return answers.json(rulebook.limits_as_json(counted))


async def text(request: web.Request) -> web.Response:
    """Give the text by which an officer confirms a rule, or the file of a set of the hall's own."""
    access.require(request, Role.OFFICER)
    rule, words = (request.query.get(name, "") for name in ("rule", "text"))
    named = (RuleText(rule=rule, text=words),) if rule or words else ()
    return answers.json(confirming.text(request.app[HALL], _name(request), named))


async def propose(request: web.Request) -> web.Response:
    """Propose a confirmation of rules."""
    actor, once = access.require(request, Role.OFFICER), idempotency.of(request)
    stated, p7s = forms.signed(request)
    answer = await confirming.propose(
        request.app[DATABASE], request.app[HALL], actor, once, stated, p7s
    )
    return answers.done(request, answer)


async def waiting(request: web.Request) -> web.Response:
    """Give the text that waits for a second officer."""
    access.require(request, Role.OFFICER)
    return answers.json(
        await confirming.waiting(request.app[DATABASE], request.match_info["digest"])
    )


async def approve(request: web.Request) -> web.Response:
    """Approve a confirmation by a signature over the same text."""
    actor, once = access.require(request, Role.OFFICER), idempotency.of(request)
    (stated, p7s), named = forms.signed(request), request.match_info["digest"]
    database, hall = request.app[DATABASE], request.app[HALL]
    answer = await confirming.approve(database, hall, actor, once, named, stated, p7s)
    request.app[BELL].ring()
    return answers.done(request, answer)


async def page(request: web.Request) -> web.Response:
    """Show the rule sets of the hall."""
    view = RulesView(sets=tuple(await _rows(request)), waiting=await _waiting(request))
    return await sheet.page(request, view)


async def set_page(request: web.Request) -> web.Response:
    """Show a set, rule by rule."""
    rules = await _named(request)
    async with request.app[DATABASE].transaction() as tx:
        awaits = await lawbook.awaits_officers(tx, rules)
    view = rulebook.view(rules, officer=_is_officer(request), awaits=awaits)
    return await sheet.page(request, view)


async def confirm_page(request: web.Request) -> web.Response:
    """Show an officer what confirming a rule means, before the press."""
    access.require(request, Role.OFFICER)
    rules, named = await _named(request), request.query.get("rule", "")
    words, rule = request.query.get("text", ""), rules.rules.get(named)
    if rule is None or not words or not rulebook.line(rules, rule).confirmable:
        raise NotConfirmable(set=rules.name, rule=named)
    asked = urlencode({"rule": rule.id, "text": words})
    view = ConfirmView(
        name=rules.name,
        line=rulebook.line(rules, rule),
        text=words,
        text_url=f"{API}/rules/{rules.name}/confirmation?{asked}",
    )
    return await sheet.page(request, view)


async def _rows(request: web.Request) -> list[SetRow]:
    hall, rows = request.app[HALL], []
    async with request.app[DATABASE].transaction() as tx:
        for name in sets.names(hall.rules):
            try:
                rows.append(rulebook.row(await lawbook.named(tx, hall, name)))
            except UnsoundRuleSet as refusal:
                rows.append(rulebook.unsound(name, str(refusal.facts["why"])))
    return rows


async def _named(request: web.Request) -> RuleSet:
    hall, name = request.app[HALL], _name(request)
    if name not in sets.names(hall.rules):
        raise web.HTTPNotFound
    async with request.app[DATABASE].transaction() as tx:
        return await lawbook.named(tx, hall, name)


async def _waiting(request: web.Request) -> tuple[Waiting, ...]:
    actor = access.actor(request)
    if actor is None or Role.OFFICER not in actor.roles:
        return ()
    found = await confirming.all_waiting(request.app[DATABASE])
    return rulebook.waiting(found, actor.person)


def _is_officer(request: web.Request) -> bool:
    actor = access.actor(request)
    return actor is not None and Role.OFFICER in actor.roles


def _name(request: web.Request) -> str:
    return f"{request.match_info['kind']}/{request.match_info['month']}"


_SET = "/rules/{kind:[a-z][a-z0-9-]{0,31}}/{month:[0-9]{4}-[0-9]{2}}"
_CONFIRMATION = f"{API}/rules/confirmations/{{digest:[0-9a-f]{{64}}}}"
_CONFIRMED: Mapping[str, str] = {
    "rule": r"[a-z]{1,16}\.[a-z0-9_]{1,64}",
    "text": r"(?=\s*\S)[^\x00-\x1f\x7f]{1,400}",
}
_OFFICER = frozenset({Role.OFFICER})

ROUTES = (
    Route(
        "GET",
        f"{API}/rules",
        find,
        summary="The rule sets of the hall",
        roles=PUBLIC,
        does=Does.READ,
        gives="rule-sets",
    ),
    Route(
        "GET",
        f"{API}{_SET}",
        read,
        summary="A rule set with all its rules",
        roles=PUBLIC,
        does=Does.READ,
        gives="rule-set",
    ),
    Route(
        "GET",
        f"{API}/tenders/{{tender}}/limits",
        limits,
        summary="The limits of the law that a draft touches, counted as if it were published now",
        roles=frozenset({Role.AGENCY, Role.PURCHASER}),
        does=Does.READ,
        gives="limits",
    ),
    Route(
        "GET",
        f"{API}{_SET}/confirmation",
        text,
        summary="The text by which an officer confirms a rule, or a set of the hall's own",
        roles=_OFFICER,
        does=Does.READ,
        gives="draft-notice",
        query=_CONFIRMED,
    ),
    Route(
        "POST",
        f"{API}/rules/confirmations",
        propose,
        summary="Propose a confirmation of rules by the texts they stand in",
        roles=_OFFICER,
        does=Does.ACT,
        back=N_("Nothing is confirmed until another officer approves it."),
        takes="signed",
        gives="confirmation-proposed",
        status=201,
    ),
    Route(
        "GET",
        _CONFIRMATION,
        waiting,
        summary="The confirmation that waits for a second officer: the text to sign",
        roles=_OFFICER,
        does=Does.READ,
        gives="draft-notice",
    ),
    Route(
        "POST",
        f"{_CONFIRMATION}/approval",
        approve,
        summary="Approve a confirmation of rules by a second officer's signature",
        roles=_OFFICER,
        does=Does.ACT,
        back=N_("A later confirmation of the same rule takes its place."),
        takes="signed",
        gives="rules-confirmed",
        status=201,
    ),
    Route("GET", "/rules", page, summary="The rules of the hall", roles=PUBLIC, does=Does.READ),
    Route("GET", _SET, set_page, summary="A rule set", roles=PUBLIC, does=Does.READ),
    Route(
        "GET",
        "/rules/{digest:[0-9a-f]{64}}.toml",
        file,
        summary="The file of a rule set",
        roles=PUBLIC,
        does=Does.READ,
    ),
    Route(
        "GET",
        f"{_SET}/confirm",
        confirm_page,
        summary="A rule that an officer confirms",
        roles=_OFFICER,
        does=Does.READ,
        query=_CONFIRMED,
    ),
)
