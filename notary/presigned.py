"""Addresses that are signed: whoever holds one may send one request, until it ends.

AWS Signature Version 4 in the query, headers signed beside the host: so that an address for a file
of one digest and length takes no other. The `minio` SDK signs the host alone.

Source: AWS Signature Version 4, "Authenticating Requests: Using Query Parameters".
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from yarl import URL

_ALGORITHM = "AWS4-HMAC-SHA256"
_PAYLOAD = "UNSIGNED-PAYLOAD"  # a digest of the content is among the headers where it matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Who signs. `region`: where the bucket is."""

    access: str
    secret: str = field(repr=False)
    region: str


def presign(
    method: str, url: URL, headers: Mapping[str, str], keys: Keys, at: datetime, lasts: timedelta
) -> str:
    """Return `url` signed for one method with these headers (lower-case names), from `at` on.

    The sender sends the headers as they are here; `host` is signed always. `url` has no query.
    """
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    scope = f"{at:%Y%m%d}/{keys.region}/s3/aws4_request"
    signed = {"host": url.raw_authority, **headers}
    names = ";".join(sorted(signed))
    query = urlencode(
        {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{keys.access}/{scope}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(int(lasts.total_seconds())),
            "X-Amz-SignedHeaders": names,
        },
        quote_via=quote,
        safe="",
    )
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"{method}\n{url.raw_path}\n{query}\n{lines}\n{names}\n{_PAYLOAD}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{keys.secret}".encode()
    for step in scope.split("/"):
        key = _mac(key, step)
    signature = _mac(key, f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}").hex()
    return f"{url}?{query}&X-Amz-Signature={signature}"


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
