"""What duty clients ask and hand in: keys and rehearsals, promises and releases."""

import asyncio
import base64
from collections.abc import Awaitable, Callable

from aiohttp import web

from bidding import canaries as trials
from bidding import dossier, drills, keys, losses, releases
from bidding.key_requests import KeyRequest
from notary.canonical import Json
from notary.identity import Role
from notary.instant import micros, seconds
from notary.shape import write
from web import access, answers, forms, idempotency
from web.access import API, FINAL, PUBLIC, Does, Route
from web.keys import BELL, DATABASE, FACTOR_KEY, HALL
from web.routes.bids import BOX, box_key

LOOK_AGAIN_S = 1.0
WAIT_MOST_S = 25
WAIT = {"wait": "[0-9]|1[0-9]|2[0-5]"}
_TRUSTEE = frozenset({Role.TRUSTEE})


async def requests(request: web.Request) -> web.Response:
    """Say which keys drafts want of the trustee's body, as soon as there is one."""
    actor = access.require(request, Role.TRUSTEE)
    application = request.app

    async def look() -> list[Json]:
        asked = await keys.requests(application[DATABASE], application[HALL], actor)
        return [_request(one) for one in asked]

    return answers.json({"requests": await waited(request, look)})


async def answer_key(request: web.Request) -> web.Response:
    """Take a trustee's key and hand out the test envelope for it."""
    actor = access.require(request, Role.TRUSTEE)
    key, p7s = forms.signed(request)
    application, once = request.app, idempotency.of(request)
    answer = await keys.answer(application[DATABASE], application[HALL], actor, once, key, p7s)
    return answers.done(request, answer)


async def rehearse(request: web.Request) -> web.Response:
    """Take the answer to a test envelope."""
    actor = access.require(request, Role.TRUSTEE)
    outcome = str(forms.json(request)["outcome"])
    key_sha256 = request.match_info["key"]
    application, once = request.app, idempotency.of(request)
    answer = await keys.rehearse(
        application[DATABASE], application[HALL], actor, once, key_sha256, outcome
    )
    return answers.done(request, answer)


async def canaries(request: web.Request) -> web.Response:
    """Say which pinned keys of the trustee's body have to be tried, as soon as there is one."""
    actor = access.require(request, Role.TRUSTEE)
    application = request.app

    async def look() -> list[Json]:
        asked = await trials.asked_of(application[DATABASE], application[HALL], actor)
        return [_canary(one) for one in asked]

    return answers.json({"canaries": await waited(request, look)})


async def answer_canary(request: web.Request) -> web.Response:
    """Take what became of a canary."""
    actor = access.require(request, Role.TRUSTEE)
    given = forms.json(request)
    answer = await trials.answer(
        request.app[DATABASE],
        request.app[HALL],
        actor,
        idempotency.of(request),
        request.match_info["key"],
        manifest_sha256=str(given["manifest_sha256"]),
        outcome=str(given["outcome"]),
    )
    return answers.done(request, answer)


async def lose(request: web.Request) -> web.Response:
    """Take a body's word that a key of its own is lost."""
    actor = access.require(request, Role.TRUSTEE)
    answer = await losses.lose(
        request.app[DATABASE],
        request.app[HALL],
        actor,
        idempotency.of(request),
        request.match_info["key"],
    )
    request.app[BELL].ring()
    return answers.done(request, answer)


async def renewed(request: web.Request) -> web.Response:
    """Say which policies a revision may pin now, in place of those with lost keys."""
    found = await losses.renewed(request.app[DATABASE], request.match_info["tender"])
    boxes_: list[Json] = [
        {
            "lot": key.lot,
            "stage": key.stage,
            "policy_sha256": one.policy_sha256,
            "reseal": one.reseal,
        }
        for key, one in found.items()
    ]
    return answers.json({"boxes": boxes_})


async def asked_drills(request: web.Request) -> web.Response:
    """Ask a machine of the trustee's body what only it can read."""
    actor = access.require(request, Role.TRUSTEE)
    member = request.query.get("member", "chief")
    asked = await drills.ask(
        request.app[DATABASE], request.app[HALL], request.app[FACTOR_KEY], actor, member
    )
    rows = [] if asked is None else [_drill(request.app[HALL].origin, asked)]
    return answers.json({"drills": rows})


async def drill(request: web.Request) -> web.Response:
    """Take what came of a drill on a machine of the trustee's body."""
    actor, given = access.require(request, Role.TRUSTEE), forms.json(request)
    answer = await drills.report(
        request.app[DATABASE],
        request.app[HALL],
        request.app[FACTOR_KEY],
        actor,
        idempotency.of(request),
        key_sha256=str(given["key_sha256"]),
        asked_at=str(given["at"]),
        answer=None if given["answer"] is None else str(given["answer"]),
        outcome=str(given["outcome"]),
    )
    return answers.done(request, answer)


async def boxes(request: web.Request) -> web.Response:
    """Say which boxes wait for shares of the trustee's body, as soon as there is one."""
    actor = access.require(request, Role.TRUSTEE)
    application = request.app

    async def look() -> list[Json]:
        waiting = await dossier.waiting_for(application[DATABASE], actor.org)
        return [dict(key._asdict()) for key in waiting]

    return answers.json({"boxes": await waited(request, look)})


async def show(request: web.Request) -> web.Response:
    """Show all that a trustee, or a bidder with its secret, checks before it releases."""
    return answers.json(await dossier.for_release(request.app[DATABASE], box_key(request)))


async def consistency(request: web.Request) -> web.Response:
    """Prove that one published log extends another."""
    old, new = int(request.query.get("old", "0")), int(request.query.get("new", "0"))
    return answers.json(await dossier.consistency(request.app[DATABASE], old, new))


async def promise(request: web.Request) -> web.Response:
    """Take a trustee's word that its release is on its way."""
    given, p7s = forms.signed(request)
    application, once = request.app, idempotency.of(request)
    answer = await releases.promise(application[DATABASE], application[HALL], once, given, p7s)
    application[BELL].ring()
    return answers.done(request, answer)


async def release(request: web.Request) -> web.Response:
    """Take a trustee's shares of a box."""
    given, p7s = forms.signed(request)
    application, once = request.app, idempotency.of(request)
    answer = await releases.release(application[DATABASE], application[HALL], once, given, p7s)
    application[BELL].ring()
    return answers.done(request, answer)


async def waited(request: web.Request, look: Callable[[], Awaitable[list[Json]]]) -> list[Json]:
    """Look until there is something, as long as the sender wants to wait."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + min(int(request.query.get("wait", "0")), WAIT_MOST_S)
    with request.app[BELL].subscribe() as bell:
        while True:
            found = await look()
            left = give_up - loop.time()
            if found or left <= 0 or request.transport is None:  # or nobody waits any more
                return found
            await bell.wait(min(LOOK_AGAIN_S, left))


def _drill(origin: str, asked: drills.Asked) -> Json:
    key = asked.key
    return {
        "key_sha256": key.key_sha256,
        "box": {"origin": origin, **key.key._asdict()},
        "group": key.group_id,
        "gen": key.gen,
        "at": micros(asked.at),
        "question": base64.b64encode(asked.question).decode(),
    }


def _request(asked: KeyRequest) -> Json:
    return {
        "box": write(asked.box),
        "group": asked.group,
        "k": asked.k,
        "n": asked.n,
        "release_not_before": seconds(asked.release_not_before),
        "gen": asked.gen,
    }


def _canary(asked: trials.Asked) -> Json:
    test = asked.canary
    return {
        "key_sha256": asked.key.key_sha256,
        "gen": asked.key.gen,
        "canary": {
            "policy": test.policy_json.decode(),
            "seal": test.seal_json.decode(),
            "secret": test.secret,
        },
    }


ROUTES = (
    Route(
        "GET",
        f"{API}/trustee/requests",
        requests,
        summary="Keys that drafts want of the trustee's body",
        roles=_TRUSTEE,
        does=Does.READ,
        query=WAIT,
        gives="key-requests",
    ),
    Route(
        "POST",
        f"{API}/trustee/keys",
        answer_key,
        summary="Give a key for one box",
        roles=_TRUSTEE,
        does=Does.ACT,
        back="It serves only once its test envelope was opened.",
        takes="signed",
        gives="key-taken",
        status=201,
    ),
    Route(
        "POST",
        f"{API}/trustee/keys/{{key:[0-9a-f]{{64}}}}/rehearsal",
        rehearse,
        summary="Say what became of the test envelope",
        roles=_TRUSTEE,
        does=Does.ACT,
        back=FINAL,
        takes="rehearsal",
        gives="rehearsed",
    ),
    Route(
        "GET",
        f"{API}/trustee/canaries",
        canaries,
        summary="Pinned keys of the trustee's body that have to be tried now",
        roles=_TRUSTEE,
        does=Does.READ,
        query=WAIT,
        gives="canaries",
    ),
    Route(
        "POST",
        f"{API}/trustee/canaries/{{key:[0-9a-f]{{64}}}}",
        answer_canary,
        summary="Say what became of a canary",
        roles=_TRUSTEE,
        does=Does.ACT,
        back=FINAL,
        takes="canary",
        gives="rehearsed",
    ),
    Route(
        "POST",
        f"{API}/trustee/keys/{{key:[0-9a-f]{{64}}}}/loss",
        lose,
        summary="Say that a key of the own body is lost, before the deadline",
        roles=_TRUSTEE,
        does=Does.ACT,
        back=FINAL,
        gives="rehearsed",
    ),
    Route(
        "GET",
        f"{API}/tenders/{{tender}}/policies",
        renewed,
        summary="Policies that a revision may pin in place of those with lost keys",
        roles=PUBLIC,
        does=Does.READ,
        gives="policies",
    ),
    Route(
        "GET",
        f"{API}/trustee/drills",
        asked_drills,
        summary="A question that a drill answers: an age file to the member's newest key",
        roles=_TRUSTEE,
        does=Does.READ,
        query={"member": "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
        gives="drills",
    ),
    Route(
        "POST",
        f"{API}/trustee/drills",
        drill,
        summary="Say what came of a drill",
        roles=_TRUSTEE,
        does=Does.ACT,
        back=FINAL,
        takes="drill",
        gives="receipted",
        status=201,
    ),
    Route(
        "GET",
        f"{API}/trustee/boxes",
        boxes,
        summary="Boxes that wait for shares of the trustee's body",
        roles=_TRUSTEE,
        does=Does.READ,
        query=WAIT,
        gives="boxes",
    ),
    Route(
        "GET",
        f"{BOX}/dossier",
        show,
        summary="What is checked before anything is released",
        roles=PUBLIC,
        does=Does.READ,
        gives="dossier",
    ),
    Route(
        "GET",
        f"{API}/log/consistency",
        consistency,
        summary="Proof that one published log extends another",
        roles=PUBLIC,
        does=Does.READ,
        query={"old": "[0-9]{1,15}", "new": "[0-9]{1,15}"},
        gives="consistency",
    ),
    Route(
        "POST",
        f"{API}/promises",
        promise,
        summary="Promise a release",
        roles=_TRUSTEE,
        does=Does.ACT,
        back=FINAL,
        takes="signed",
        gives="receipted",
        status=201,
    ),
    Route(
        "POST",
        f"{API}/releases",
        release,
        summary="Release the shares of a box",
        roles=_TRUSTEE,
        does=Does.ACT,
        back=FINAL,
        takes="signed-long",
        gives="receipted",
        status=201,
        limit=8 * 1024 * 1024,
    ),
)
