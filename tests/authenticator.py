"""An authenticator of software: makes passkeys and answers challenges, honest unless told else.

Source: Web Authentication Level 3, sections 6.1 and 6.5.
"""

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

from notary import authority, canonical
from notary.canonical import Json
from notary.entropy import system_entropy
from notary.passkeys import Given

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_COSE = {1: 2, 3: -7, -1: 1}  # EC2, ES256, P-256


@dataclass(kw_only=True)
class Authenticator:
    """One passkey. `count`: how often it was used; `verified`: whether its owner shows himself."""

    origin: str
    host: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: authority.new_key(system_entropy)
    )
    credential: bytes = field(default_factory=lambda: system_entropy(32))
    count: int = 0
    verified: bool = True
    handle: str = ""

    def make(self, options: Given) -> Given:
        """Do as `navigator.credentials.create` does."""
        user = options["user"]
        assert isinstance(user, dict)
        self.handle = str(user["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {**_COSE, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        told = self._told(_ATTESTED)
        told += bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential
        told += encode_cbor(cose)
        attested = encode_cbor({"fmt": "none", "attStmt": {}, "authData": told})
        return self._given(
            {
                "clientDataJSON": self._client("webauthn.create", options),
                "attestationObject": bytes_to_base64url(attested),
            }
        )

    def answer(self, options: Given) -> Given:
        """Do as `navigator.credentials.get` does."""
        self.count += 1
        told, client = self._told(0), self._client("webauthn.get", options)
        hashed = hashlib.sha256(base64url_to_bytes(client)).digest()
        return self._given(
            {
                "clientDataJSON": client,
                "authenticatorData": bytes_to_base64url(told),
                "signature": bytes_to_base64url(
                    self.key.sign(told + hashed, ec.ECDSA(hashes.SHA256()))
                ),
                "userHandle": self.handle,
            }
        )

    def _told(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verified else 0)
        hashed = hashlib.sha256(self.host.encode()).digest()
        return hashed + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: Given) -> str:
        said: Json = {
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
        }
        return bytes_to_base64url(canonical.dumps(said))

    def _given(self, response: dict[str, Json]) -> Given:
        credential = bytes_to_base64url(self.credential)
        return {"id": credential, "rawId": credential, "type": "public-key", "response": response}
