"""Keys of devices: made in a browser, certified by the hall, revoked by their person."""

from aiohttp import web

from notary import devices, enrolment
from notary.canonical import Json
from notary.devices import Device, Wish
from notary.instant import micros
from notary.ways_in import Revocation
from web import access, answers, forms, idempotency, passkeys, sheet
from web.access import ANYBODY, API, FINAL, Does, Route
from web.keys import DATABASE, DEVICES, HALL
from web.pressing import press
from web.views.desk import DeviceRow, DevicesView


async def certify(request: web.Request) -> web.Response:
    """Certify a device's key for whoever is logged in and confirms it."""
    actor, once = access.require(request), idempotency.of(request)
    given = forms.json(request)
    wish = Wish(public_key=forms.octets(given, "public_key"), name=str(given["name"]))
    application = request.app
    answer = await devices.certify(
        application[DATABASE],
        application[HALL],
        application[DEVICES],
        passkeys.confirmation(request, given["confirmation"]),
        actor,
        once,
        wish,
    )
    return answers.done(request, answer)


async def mine(request: web.Request) -> web.Response:
    """List the sender's certificates."""
    actor = access.require(request)
    found, at = await devices.of_person(request.app[DATABASE], request.app[HALL], actor.person)
    listed: list[Json] = [{**_told(one), "good": one.is_good(at)} for one in found]
    return answers.json({"person": actor.person, "certificates": listed})


async def page(request: web.Request) -> web.Response:
    """Show the reader's devices and certificates."""
    actor = access.require(request)
    found, at = await devices.of_person(request.app[DATABASE], request.app[HALL], actor.person)
    rows = tuple(
        DeviceRow(
            cert_sha256=one.cert_sha256,
            name=one.name,
            enrolled_at=one.enrolled_at,
            until=one.until,
            revoked_at=one.revoked_at,
            good=one.is_good(at),
            used_at=one.used_at,
        )
        for one in found
    )
    return await sheet.page(request, DevicesView(rows=rows))


async def revoke(request: web.Request) -> web.Response:
    """Stop taking a certificate of one's own body."""
    actor, certificate = access.require(request), request.match_info["certificate"]
    given = await forms.fields(request, "key")
    database, hall = request.app[DATABASE], request.app[HALL]
    return await press(
        request,
        given,
        lambda once: enrolment.revoke_certificate(
            database, hall, actor, once, certificate, Revocation.LOST
        ),
        "/desk/devices",
    )


def _told(one: Device) -> dict[str, Json]:
    return {
        "cert_sha256": one.cert_sha256,
        "name": one.name,
        "enrolled_at": micros(one.enrolled_at),
        "until": micros(one.until),
        "revoked_at": None if one.revoked_at is None else micros(one.revoked_at),
    }


ROUTES = (
    Route(
        "GET",
        f"{API}/devices",
        mine,
        summary="The sender's certificates, of devices and of authorities",
        roles=ANYBODY,
        does=Does.READ,
        gives="devices",
    ),
    Route(
        "POST",
        f"{API}/devices",
        certify,
        summary="Certify the key of a device",
        roles=ANYBODY,
        does=Does.ACT,
        back="The certificate can be revoked at any time.",
        takes="device",
        gives="device-certified",
        status=201,
    ),
    Route(
        "GET",
        "/desk/devices",
        page,
        summary="My devices and certificates",
        roles=ANYBODY,
        does=Does.READ,
    ),
    Route(
        "POST",
        "/desk/devices/{certificate:[0-9a-f]{64}}/revocation",
        revoke,
        summary="Stop taking a certificate",
        roles=ANYBODY,
        does=Does.ACT,
        back=FINAL,
    ),
)
