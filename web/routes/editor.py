"""The tender editor: a draft as a list of tasks, saved section by section."""

from collections.abc import Mapping

from aiohttp import web

from notary import identity, settling
from notary.identity import Actor, Role
from notary.refusal import Refusal
from sql.database import Tx
from trading import counting, handing, lawbook, service
from trading.rules import sets
from trading.rules.limits import OwnerModeForbidden, may_be_secret
from trading.rules.records import DEMONSTRATIONS
from trading.types import Drafted, Fen, Kind, Mode
from web import access, drafting, forms, sheet
from web.access import Does, Route
from web.editor import sections, times
from web.editor.sections import SECTIONS, Name
from web.editor.times import Wish
from web.editor.views import Choice, ListView, SectionView
from web.keys import BELL, DATABASE, HALL
from web.pressing import press
from web.routes.approvals import draft_of, draft_shown, told
from web.typed import Answers, rows
from web.views.desk import LimitShown

_STEPS = {Name.LOTS: "lots", Name.TIMES: "fields"}
_PARTS = ("", "_title_zh", "_title_en", "_ceiling", "_zh", "_en", "_type")
_MODELS = 10


async def begin(request: web.Request) -> web.Response:
    """Ask what a new tender is about."""
    choices = await _choices(request, Name.WHAT, None)
    known = {one.value for one in choices["purchasers"]}
    given = {
        "method": "open",
        "kind": "construction",
        "count": "1",
        "rules": _usual(choices["rules"], await _settled_rules(request)),
        "purchaser": known.pop() if len(known) == 1 else "",
    }
    return await _section(request, Name.WHAT, None, given)


async def create(request: web.Request) -> web.Response:
    """Draft a new tender: blank, or with all that another one has."""
    actor = access.require(request, Role.AGENCY)
    given = await forms.every(request)
    answers = Answers(given)
    number = answers.number("number")
    wish = await _new(request, actor, number, given)
    SECTIONS[Name.WHAT].read(answers, wish)
    if answers.errors:
        return await _section(request, Name.WHAT, None, given, answers)
    return await _save(request, actor, Name.WHAT, None, given, wish)


async def tasks(request: web.Request) -> web.Response:
    """Show the sections of a draft, what the law counts, and how to hand it over."""
    actor = access.require(request, Role.AGENCY)
    drafted = await draft_of(request, actor)
    database, hall = request.app[DATABASE], request.app[HALL]
    handed = await handing.handed_over(database, [drafted])
    limits: tuple[LimitShown, ...] = ()
    refused = None
    try:
        reckoned = await counting.of_draft(database, hall, actor, drafted.draft.tender)
        limits = tuple(drafting.limit(one) for one in reckoned.limits)
    except Refusal as refusal:
        refused = told(refusal)
    view = ListView(
        draft=await draft_shown(request, drafted),
        handed_at=handed.get(drafted.draft.tender),
        limits=limits,
        refused=refused,
    )
    return await sheet.page(request, view)


async def section(request: web.Request) -> web.Response:
    """Show one section of a draft as a form."""
    actor = access.require(request, Role.AGENCY)
    drafted = await draft_of(request, actor)
    name = Name(request.match_info["section"])
    given = SECTIONS[name].fill(_wish(drafted))
    return await _section(request, name, drafted, given | _proposed(request, drafted, given))


def _proposed(request: web.Request, drafted: Drafted, given: Mapping[str, str]) -> dict[str, str]:
    """Return the day of a deadline that keeps a limit, as the list of limits leads to it."""
    lots = [lot.lot for lot in drafted.draft.lots]
    lot, day = request.query.get("lot"), request.query.get("deadline", "")
    own = f"deadline_{lots.index(lot) + 1}" if lot in lots else "deadline"
    place = own if f"{own}_y" in given else "deadline"
    parts = zip("ymd", day.split("-"), strict=False)
    return {f"{place}_{part}": said for part, said in parts if said}


async def save(request: web.Request) -> web.Response:
    """Save one section of a draft; a button may only add or take away a row of the form."""
    actor = access.require(request, Role.AGENCY)
    drafted = await draft_of(request, actor)
    name = Name(request.match_info["section"])
    given = await forms.every(request)
    pressed = given.get("press", "")
    wish = _wish(drafted)
    if name is Name.DOCUMENTS and pressed.startswith("remove-"):
        sections.without_document(wish, pressed.removeprefix("remove-"))
        return await _save(request, actor, name, drafted, given, wish)
    if name in _STEPS and pressed:
        return await _section(request, name, drafted, _rows_changed(name, given, pressed))
    answers = Answers(given)
    SECTIONS[name].read(answers, wish)
    if answers.errors:
        return await _section(request, name, drafted, given, answers)
    return await _save(request, actor, name, drafted, given, wish)


async def _save(
    request: web.Request,
    actor: Actor,
    name: Name,
    drafted: Drafted | None,
    given: Mapping[str, str],
    wish: Wish,
) -> web.Response:
    database, hall, tender = request.app[DATABASE], request.app[HALL], wish["tender"]
    onward = f"/desk/tenders/{tender}/{_next(name, given)}"
    try:
        response = await press(
            request,
            given,
            lambda once: service.draft(database, hall, actor, once, wish),
            onward.rstrip("/"),
        )
    except Refusal as refusal:
        return await _section(request, name, drafted, given, refusal=refusal)
    request.app[BELL].ring()  # key holders' programs wait for drafts
    return response


def _next(name: Name, given: Mapping[str, str]) -> str:
    """Return where to go on: the next section, or the list; documents come one after another."""
    if name is Name.DOCUMENTS:
        return Name.DOCUMENTS
    if given.get("model"):  # all that is left is to look at it
        return ""
    later = list(Name)[list(Name).index(name) + 1 :]
    return later[0] if later else ""


async def _new(request: web.Request, actor: Actor, number: str, given: Mapping[str, str]) -> Wish:
    """Return what a new draft begins with."""
    database, hall = request.app[DATABASE], request.app[HALL]
    known = sets.names(hall.rules)
    name = given.get("rules", "")
    async with database.transaction() as tx:
        rules = await lawbook.named(tx, hall, name if name in known else known[0])
        holders = await identity.bodies_with(tx, Role.TRUSTEE)
        now = await hall.clock(tx)
    models = await handing.models_of(database, actor, take=_MODELS)
    model = next((one for one in models if one.tender == given.get("model")), None)
    if model is None:
        if actor.branch is not None:
            city = [one.org for one in holders if one.branch is None]
            return sections.hosted(sections.blank(number, rules, city, now))
        return sections.blank(number, rules, [one.org for one in holders], now)
    return sections.again(sections.as_wish(model), number, rules, now)


async def _section(
    request: web.Request,
    name: Name,
    drafted: Drafted | None,
    given: Mapping[str, str],
    answers: Answers | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    wrong = refusal is not None or answers is not None
    view = SectionView(
        name=name,
        draft=None if drafted is None else await draft_shown(request, drafted),
        given=given,
        choices=await _choices(request, name, drafted),
        rows=rows(given, _STEPS.get(name, ""), sections.MOST_LOTS),
        mixed=name is Name.TIMES and drafted is not None and not times.is_uniform(_wish(drafted)),
        timed=any(said and times.is_of_a_lot(field) for field, said in given.items()),
        errors=() if answers is None else tuple(answers.errors),
        refused=None if refusal is None else told(refusal),
    )
    return await sheet.page(request, view, status=422 if wrong else 200)


async def _choices(
    request: web.Request, name: Name, drafted: Drafted | None
) -> dict[str, tuple[Choice, ...]]:
    """Return what can be chosen in a section."""
    database, hall = request.app[DATABASE], request.app[HALL]
    actor = access.require(request, Role.AGENCY)
    if name is Name.HOLDERS:
        async with database.transaction() as tx:
            holders = await identity.bodies_with(tx, Role.TRUSTEE)
            below = await _owner_mode_below(tx, request, drafted)
        return {
            "holders": tuple(Choice(one.org, one.name) for one in holders),
            "owner": () if below is None else (Choice(Mode.BIDDER, str(below)),),
        }
    if name is Name.LOTS and drafted is not None:
        async with database.transaction() as tx:
            rules = await lawbook.named(tx, hall, drafted.draft.rules)
        return {"secret": tuple(Choice(one, one) for one in may_be_secret(rules))}
    if name is not Name.WHAT:
        return {}
    async with database.transaction() as tx:
        purchasers = await identity.bodies_with(tx, Role.PURCHASER)
    models = [] if drafted is not None else await handing.models_of(database, actor, take=_MODELS)
    return {
        "purchasers": tuple(Choice(one.org, one.name) for one in purchasers),
        "rules": tuple(
            Choice(one, one)
            for one in reversed(sets.names(hall.rules))
            if hall.demo or sets.kind_of(one) not in DEMONSTRATIONS
        ),
        "models": tuple(Choice(one.tender, f"{one.tender} {one.title.zh}") for one in models),
    }


async def _owner_mode_below(tx: Tx, request: web.Request, drafted: Drafted | None) -> Fen | None:
    """Return below which ceiling bidders may open their own bids, None where never."""
    if drafted is None:
        return None
    rules = await lawbook.named(tx, request.app[HALL], drafted.draft.rules)
    return Fen(rules.number(OwnerModeForbidden.code)) or None


async def _settled_rules(request: web.Request) -> str:
    """Return the set that /setup says drafts begin with, or the kind that is usual here."""
    async with request.app[DATABASE].transaction() as tx:
        said = await settling.in_force(tx, settling.Thing.RULES)
    usual = "demo" if request.app[HALL].demo else Kind.CONSTRUCTION
    return f"{usual}/" if said is None or said.words is None else said.words


def _usual(rules: tuple[Choice, ...], wanted: str) -> str:
    """Return the set that a new tender begins with: the one wanted, or the newest of its kind."""
    return next((one.value for one in rules if one.value.startswith(wanted)), "")


def _rows_changed(name: Name, given: Mapping[str, str], pressed: str) -> dict[str, str]:
    """Return the form with a row more, or without one of its rows."""
    counter, row = (_STEPS[name], "lot") if name is Name.LOTS else (_STEPS[name], "field")
    count = rows(given, counter, sections.MOST_LOTS)
    changed = dict(given)
    if pressed == "add":
        used = {given.get(f"lot_{n}") for n in range(1, count + 1)}
        changed[f"{row}_{count + 1}"] = (
            next(str(n) for n in range(1, count + 2) if str(n) not in used)
            if name is Name.LOTS
            else ""
        )
        return {**changed, counter: str(count + 1)}
    gone = rows({"n": pressed.rpartition("-")[2]}, "n", count)
    for n in range(gone, count + 1):
        for part in (*_PARTS, *(f"_secret_{one}" for one in sections.SECRET_LIMITS)):
            changed[f"{row}_{n}{part}"] = given.get(f"{row}_{n + 1}{part}", "")
    return {**changed, counter: str(max(0, count - 1))}


def _wish(drafted: Drafted) -> Wish:
    return sections.as_wish(drafted.draft)


_AGENCY = frozenset({Role.AGENCY})
_AGAIN = "It can be drafted again until it is published."
_TENDER = "/desk/tenders/{tender}"
_SECTION = f"{_TENDER}/{{section:{'|'.join(Name)}}}"

ROUTES = (
    Route("GET", "/desk/tenders/new", begin, summary="A new tender", roles=_AGENCY, does=Does.READ),
    Route(
        "POST",
        "/desk/tenders",
        create,
        summary="Draft a new tender",
        roles=_AGENCY,
        does=Does.ACT,
        back=_AGAIN,
    ),
    Route("GET", _TENDER, tasks, summary="A draft's tasks", roles=_AGENCY, does=Does.READ),
    Route(
        "GET",
        _SECTION,
        section,
        summary="A section of a draft",
        roles=_AGENCY,
        does=Does.READ,
        query={
            "deadline": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
            "lot": "[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        },
    ),
    Route(
        "POST",
        _SECTION,
        save,
        summary="Save a section of a draft",
        roles=_AGENCY,
        does=Does.ACT,
        back=_AGAIN,
    ),
)
