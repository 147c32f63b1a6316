"""The headers of every answer, errors too. Source: web.md 5; OWASP ASVS 5.0.0, 3.4."""

from aiohttp import hdrs, web

from web import access, origin
from web.keys import SETTINGS

_ONE_YEAR = "max-age=31536000; includeSubDomains"
_IMMUTABLE = "public, max-age=31536000, immutable"
_ASSETS = "/assets/"


def policy(gallery: str | None, *others: str | None) -> str:
    """Return the Content-Security-Policy: origins of separate galleries, and what else is asked.

    `others`: the S3 store, the bridge to CA tokens, second channels; None where there is none.
    """
    connect = ["'self'", *(one for one in others if one is not None)]
    if gallery is not None:
        connect += [gallery, gallery.replace("http", "ws", 1)]
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            f"connect-src {' '.join(connect)}",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


async def put(request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on; a signal, so that no answer goes out without them."""
    settings = request.app[SETTINGS]
    response.headers["Content-Security-Policy"] = policy(
        settings.gallery,
        None if settings.vault is None else settings.vault.origin,
        settings.token_bridge,
        *settings.lodges,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if settings.is_https:
        response.headers[hdrs.STRICT_TRANSPORT_SECURITY] = _ONE_YEAR
    response.headers.setdefault(hdrs.CACHE_CONTROL, _cache(request, response))
    origin.show(request, response)


def _cache(request: web.Request, response: web.StreamResponse) -> str:
    """Say how long an answer may be kept, where its handler has not said so."""
    if access.actor(request) is not None:
        return "no-store"
    if request.path.startswith(_ASSETS) and response.status == web.HTTPOk.status_code:
        return _IMMUTABLE
    return "no-cache"
