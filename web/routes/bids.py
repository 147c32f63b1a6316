"""A bidder's acts: what a bid is sealed to, parts, envelopes, withdrawals, owners' secrets."""

from collections.abc import AsyncIterator

from aiohttp import web

from bidding import dossier, releases, service, transfers
from bidding import receipts as own_receipts
from bidding.facts import BoxKey
from bidding.transfers import Wanted
from notary import canonical
from notary.identity import Role
from notary.shape import read
from trading.types import Stage
from web import access, answers, forms, idempotency
from web.access import API, FINAL, PUBLIC, Does, Route
from web.keys import BELL, DATABASE, HALL, SETTINGS, VAULT

STAGES = "|".join(Stage)
BOX = f"{API}/boxes/{{tender}}/{{lot}}/{{stage:{STAGES}}}"
CHUNK = 256 * 1024

MOST_AT_ONCE = 64
"""Parts that are asked about in one request: half a gigabyte of a bid."""

_DIGEST = "[0-9a-f]{64}"


def box_key(request: web.Request) -> BoxKey:
    """Return the box that the address names."""
    named = request.match_info
    return BoxKey(named["tender"], named["lot"], Stage(named["stage"]))


async def box(request: web.Request) -> web.Response:
    """Show what a bid to this box is sealed to."""
    return answers.json(await dossier.for_sealing(request.app[DATABASE], box_key(request)))


async def sealing(request: web.Request) -> web.Response:
    """Show all that a page which seals a bid has to know."""
    actor, application = access.actor(request), request.app
    bidder = actor.org if actor is not None and Role.BIDDER in actor.roles else None
    return answers.json(
        await dossier.for_page(application[DATABASE], application[HALL], box_key(request), bidder)
    )


async def sequence(request: web.Request) -> web.Response:
    """Say what the bidder's next envelope in this box must say of those before it."""
    actor = access.require(request, Role.BIDDER)
    return answers.json(
        await dossier.place_in_sequence(request.app[DATABASE], actor.org, box_key(request))
    )


async def upload(request: web.Request) -> web.Response:
    """Take one sealed part."""
    application, digest = request.app, request.match_info["digest"]
    return answers.json(
        await service.upload(
            application[DATABASE],
            application[HALL],
            application[VAULT],
            access.actor(request),
            digest,
            _chunks(request),
        )
    )


async def announce(request: web.Request) -> web.Response:
    """Say where a part may be sent."""
    application, once = request.app, idempotency.of(request)
    answer = await transfers.announce(
        application[DATABASE],
        application[HALL],
        application[VAULT],
        access.actor(request),
        once,
        read(Wanted, forms.json(request)),
    )
    return answers.done(request, answer)


async def ways(request: web.Request) -> web.Response:
    """Say of many parts at once whether they are here, and else where they go."""
    application, once = request.app, idempotency.of(request)
    wanted = read(tuple[Wanted, ...], forms.json(request)["parts"])
    answer = await transfers.ways(
        application[DATABASE],
        application[HALL],
        application[VAULT],
        access.actor(request),
        once,
        wanted,
        application[SETTINGS].origin + API,
    )
    return answers.done(request, answer)


async def present(request: web.Request) -> web.Response:
    """Say which parts are here."""
    hashes = request.query.get("sha256", "").split(",")
    return answers.json(await transfers.present(request.app[DATABASE], hashes))


async def commit(request: web.Request) -> web.Response:
    """Take in a part that was sent to the store."""
    application, once = request.app, idempotency.of(request)
    answer = await transfers.commit(
        application[DATABASE],
        application[HALL],
        application[VAULT],
        once,
        request.match_info["transfer"],
    )
    return answers.done(request, answer)


async def submit(request: web.Request) -> web.Response:
    """Take a sealed bid; the signature says whose."""
    sealed, p7s = forms.signed(request)
    application, once = request.app, idempotency.of(request)
    answer = await service.submit(
        application[DATABASE], application[HALL], application[VAULT], once, sealed, p7s
    )
    return answers.done(request, answer)


async def receipts(request: web.Request) -> web.Response:
    """Give a bidder every envelope of its own with the receipts."""
    actor, application = access.require(request, Role.BIDDER), request.app
    return answers.json(
        await own_receipts.of_body(application[DATABASE], application[HALL], actor.org)
    )


async def proof(request: web.Request) -> web.Response:
    """Give the owner the proof that its envelope is in the public log, once it may be there."""
    actor = access.require(request, Role.BIDDER)
    text = await dossier.receipt_proof(
        request.app[DATABASE], actor.org, request.match_info["envelope"]
    )
    return web.Response(body=text, content_type="text/plain", charset="utf-8")


async def withdraw(request: web.Request) -> web.Response:
    """Take an envelope back."""
    wish, p7s = forms.signed(request)
    application, once = request.app, idempotency.of(request)
    answer = await service.withdraw(
        application[DATABASE], application[HALL], application[VAULT], once, wish, p7s
    )
    return answers.done(request, answer)


async def release_by_owner(request: web.Request) -> web.Response:
    """Take a secret of an envelope whose trustees are missing."""
    given = canonical.dumps(forms.json(request)["object"])
    application, once = request.app, idempotency.of(request)
    answer = await releases.release_by_owner(application[DATABASE], application[HALL], once, given)
    application[BELL].ring()
    return answers.done(request, answer)


async def _chunks(request: web.Request) -> AsyncIterator[bytes]:
    async for chunk in request.content.iter_chunked(CHUNK):
        yield chunk


ROUTES = (
    Route(
        "GET",
        BOX,
        box,
        summary="What a bid to this box is sealed to",
        roles=PUBLIC,
        does=Does.READ,
        gives="box",
    ),
    Route(
        "GET",
        f"{BOX}/sealing",
        sealing,
        summary="All that a page which seals a bid to this box has to know",
        roles=PUBLIC,
        does=Does.READ,
        gives="sealing",
    ),
    Route(
        "GET",
        f"{BOX}/sequence",
        sequence,
        summary="What the bidder's next envelope says of those before it",
        roles=frozenset({Role.BIDDER}),
        does=Does.READ,
        gives="sequence",
    ),
    Route(
        "PUT",
        f"{API}/parts/{{digest:[0-9a-f]{{64}}}}",
        upload,
        summary="Send one sealed part: a bidder at any time, others once an accepted bid names it",
        roles=PUBLIC,
        does=Does.UPLOAD,
        gives="part",
        limit=service.PART_LIMIT,
    ),
    Route(
        "POST",
        f"{API}/transfers",
        announce,
        summary="Say that a sealed part comes, and learn where it goes",
        roles=PUBLIC,
        does=Does.ACT,
        back="A transfer that nobody commits is forgotten.",
        takes="announced",
        gives="transfer",
    ),
    Route(
        "GET",
        f"{API}/parts",
        present,
        summary="Which of these sealed parts are here and need not be sent",
        roles=PUBLIC,
        does=Does.READ,
        gives="parts-present",
        query={"sha256": f"{_DIGEST}(,{_DIGEST}){{0,{MOST_AT_ONCE - 1}}}"},
    ),
    Route(
        "POST",
        f"{API}/ways",
        ways,
        summary="Learn of many sealed parts whether they are here, and else where each goes",
        roles=PUBLIC,
        does=Does.ACT,
        back="A transfer that nobody commits is forgotten.",
        takes="parts-wanted",
        gives="ways",
    ),
    Route(
        "POST",
        f"{API}/transfers/{{transfer:[0-9a-f]{{32}}}}/commit",
        commit,
        summary="Have a part taken in that was sent to the store",
        roles=PUBLIC,
        does=Does.ACT,
        back="A part that no envelope names is deleted after seven days.",
        gives="part",
    ),
    Route(
        "POST",
        f"{API}/envelopes",
        submit,
        summary="Submit a sealed bid",
        roles=PUBLIC,
        does=Does.ACT,
        back="Until the deadline it can be replaced or withdrawn.",
        takes="signed",
        gives="bid-submitted",
        status=201,
    ),
    Route(
        "GET",
        f"{API}/receipts",
        receipts,
        summary="Every sealed bid of one's own, whether it counts, and its receipts",
        roles=frozenset({Role.BIDDER}),
        does=Does.READ,
        gives="receipts",
    ),
    Route(
        "GET",
        f"{API}/envelopes/{{envelope:[0-9a-f]{{64}}}}/proof",
        proof,
        summary="Proof that an own envelope is in the public log (C2SP tlog-proof)",
        roles=frozenset({Role.BIDDER}),
        does=Does.READ,
    ),
    Route(
        "POST",
        f"{API}/withdrawals",
        withdraw,
        summary="Withdraw a sealed bid",
        roles=PUBLIC,
        does=Does.ACT,
        back="Until the deadline a new bid can be submitted.",
        takes="signed",
        gives="submitted",
        status=201,
    ),
    Route(
        "POST",
        f"{API}/owner-releases",
        release_by_owner,
        summary="Open a bid by its own secret",
        roles=PUBLIC,
        does=Does.ACT,
        back=FINAL,
        takes="unsigned",
        gives="owner-released",
        status=201,
    ),
)
