"""The keys that a body holds as a trustee, and the ways in which its shares come out."""

from collections.abc import Iterator

from aiohttp import web

from bidding import standing
from bidding.standing import Scene
from notary.identity import Role
from web import access, sheet, showing
from web.access import Does, Route
from web.keys import DATABASE, HALL
from web.views.people import HoldingRow, HoldingsView


async def page(request: web.Request) -> web.Response:
    """Show a trustee's keys of the boxes that are not over, soonest first."""
    actor = access.require(request)
    scenes, _ = await standing.for_desk(request.app[DATABASE], request.app[HALL], actor.org)
    rows = [
        row
        for scene in scenes
        if scene.standing.box.finished_at is None and scene.standing.box.cancelled_at is None
        for row in _rows(scene, actor.org)
    ]
    view = HoldingsView(rows=tuple(sorted(rows, key=lambda one: (one.open_at, one.path))))
    return await sheet.page(request, view)


def _rows(scene: Scene, org: str) -> Iterator[HoldingRow]:
    box = scene.standing.box
    for facts, key in scene.keys:
        if key.holder.id == org:
            yield HoldingRow(
                title=showing.text(showing.newest(scene).title),
                tender=box.key.tender,
                path="/".join(box.key),
                room=box.room,
                group=key.group,
                member=key.member,
                gen=key.gen,
                duty=key.duty,
                open_at=box.open_at,
                release_by=box.release_by,
                proved_at=scene.proved.get(facts.key_sha256),
                asked=scene.awaits_shares and key.group not in scene.released,
                released=key.group in scene.released,
            )


ROUTES = (
    Route(
        "GET",
        "/desk/keys",
        page,
        summary="Keys that my body holds",
        roles=frozenset({Role.TRUSTEE}),
        does=Does.READ,
    ),
)
