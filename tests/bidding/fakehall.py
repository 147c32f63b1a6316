"""A hall made of a dossier, which fails where a test wants, and a duty client that asks it."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bidding.clients.duty import Duty, Grounds, Identity
from bidding.clients.logbook import Logbook
from bidding.sealed.statements import Promise
from bidding.types import Box
from notary import cms
from notary.canonical import Json, dumps, sha256_hex
from notary.entropy import system_entropy
from notary.shape import dump
from tests.bidding.asked import (
    BOX,
    NOW,
    ORIGIN,
    ROOT_OF,
    Asked,
    a_pair,
    asked,
    holder,
    signed,
    trustee_key,
)
from trading.types import Stage


class Killed(BaseException):
    """The machine of the trustee went off."""


@dataclass
class FakeHall:
    """Answers as the hall does, each key once; `fails` may go off before or after it hears."""

    made: Asked
    promises: list[dict[str, Any]] = field(default_factory=list)
    releases: list[bytes] = field(default_factory=list)
    answers: dict[str, Json] = field(default_factory=dict)
    fails: Callable[[str], None] = lambda _step: None
    heard: list[str] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    canaries: list[Json] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(
        self, method: str, path: str, body: Json = None, *, key: str | None = None
    ) -> Json:
        """Answer one request."""
        self.heard.append(f"{method} {path.partition('?')[0]}")
        self.fails(f"before {path}")
        answer = self._answer(method, path, body, key)
        self.fails(f"after {path}")
        return answer

    def _answer(self, method: str, path: str, body: Json, key: str | None) -> Json:
        if method == "GET":
            return self._read(path)
        assert key is not None
        if key not in self.answers:
            assert isinstance(body, dict)
            self._take(path, body)
            self.answers[key] = {"done": len(self.answers)}
        return self.answers[key]

    def _read(self, path: str) -> Json:
        if path.startswith("/log/consistency"):
            old, new = (int(part.partition("=")[2]) for part in path.partition("?")[2].split("&"))
            proof = self.made.log.consistency(old, new)
            return {"proof": [base64.b64encode(one).decode() for one in proof]}
        if path.startswith("/trustee/boxes"):
            return {"boxes": [{"tender": BOX.tender, "lot": BOX.lot, "stage": BOX.stage}]}
        if path.startswith("/trustee/canaries"):
            return {"canaries": list(self.canaries)}
        if path.startswith("/trustee/requests"):
            return {"requests": list(self.requests)}
        return {**self.made.dossier, "promises": list(self.promises)}

    def _take(self, path: str, body: dict[str, Json]) -> None:
        text = dumps(body["object"])
        if path == "/promises":
            self.promises.append({"json": text.decode(), "p7s": body["p7s"]})
        else:
            self.releases.append(text)
            self.done.set()


async def allowed(_box: Box) -> None:
    return


async def at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


def an_identity(name: str) -> Identity:
    pair = a_pair(f"ORG-{name.upper()}")
    return Identity(
        holder=holder(name),
        member="chief",
        duty="armed",
        root=ROOT_OF[name],
        sign=lambda text: cms.sign(text, pair.key, pair.certificate),
    )


def a_duty(hall: FakeHall, folder: Path, name: str = "officer", at: datetime = NOW) -> Duty:
    return Duty(
        identity=an_identity(name),
        send=hall.send,
        grounds=Grounds(
            log=hall.made.log.policy, authorities=hall.made.authorities, clock=lambda: at
        ),
        logbook=Logbook(folder / name),
        entropy=system_entropy,
        permit=allowed,
        pause=at_once,
    )


def a_hall(made: Asked | None = None) -> FakeHall:
    """Return a hall to which another trustee has promised already."""
    made = made or asked()
    promise = Promise(
        origin=ORIGIN,
        tender=BOX.tender,
        lot=BOX.lot,
        stage=Stage.SINGLE,
        group="supervisor",
        key_sha256=sha256_hex(dump(trustee_key("supervisor"))),
        list_sha256=made.list_sha256,
        release_sha256="2" * 64,
        at=NOW,
    )
    return FakeHall(made, promises=[signed(dump(promise), a_pair("ORG-SUPERVISOR"))])
