"""How a duty client answers requests for keys, and opens test envelopes before they serve.

Nobody presses anything: the box key is derived, its statement signed, and the test envelope that
comes back is derived again from its own secret before the key is touched.

Source: `sealing.md` 6 and 6a.1.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import structlog

from bidding.clients import sealing
from bidding.clients.duty import Duty, Identity, Refused, Silent, act, enveloped
from bidding.clients.offer import Check, Withheld
from bidding.sealed import seal
from bidding.sealed.objects import Group, Manifest, Member, Policy, TrusteeKey
from bidding.sealed.policy import REHEARSED_KEY, find_group, read_policy
from bidding.types import Box, Complaint, Finding
from notary import age
from notary.canonical import sha256_hex
from notary.entropy import Entropy
from notary.shape import Base64, Count, Id, Moment, Origin, Sha256, dump, read
from trading.types import Mode, Positive, Stage

_OK = "ok"

_QUESTION = b"hall-drill/v1 "
_ANSWER = re.compile(rb"hall-drill/v1 ([0-9a-f]{64})")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A box as the hall names it."""

    origin: Origin
    tender: Id
    lot: Id
    stage: Stage

    @property
    def box(self) -> Box:
        """The box."""
        return Box(origin=self.origin, tender=self.tender, lot=self.lot, stage=self.stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A key that a draft wants of this body."""

    box: Place
    group: Id
    k: Count
    n: Count
    release_not_before: Moment
    gen: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A test envelope: the policy it is dealt by, its manifest, its S."""

    policy: str
    seal: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTaken:
    """The hall's answer to a key."""

    key_sha256: Sha256
    rehearsal: Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class _Requests:
    requests: tuple[KeyRequest, ...]


def key_for(identity: Identity, request: KeyRequest) -> TrusteeKey:
    """Return the key that answers a request: the same one however often it is asked."""
    box = request.box
    gen = request.gen
    secret = seal.box_key(identity.root, box.box, request.group, identity.member, gen)
    return TrusteeKey(
        origin=box.origin,
        tender=box.tender,
        lot=box.lot,
        stage=box.stage,
        group=request.group,
        member=identity.member,
        holder=identity.holder,
        gen=gen,
        recipient=age.recipient_of(secret),
        duty=identity.duty,
        release_not_before=request.release_not_before,
    )


def rehearse(identity: Identity, request: KeyRequest, key_sha256: str, test: Trial) -> str:
    """Open a test envelope; return `ok` or the first check that failed, never a share.

    Before the box key is touched the envelope is derived again from its S: a rival's envelope
    cannot be tried on it.

    Source: `sealing.md` 6.3.
    """
    try:
        policy = read_policy(test.policy.encode())
        group = find_group(policy, key_sha256)
        if group is None or (policy.box, policy.k) != (request.box.box, request.k):
            return "policy"
        if (group.id, len(policy.groups)) != (request.group, request.n):
            return "policy"
        manifest = _manifest(test, policy)
    except (Finding, ValueError):
        return "not-a-test"
    return _opened(identity, policy, group, manifest, request.gen)


def _manifest(test: Trial, policy: Policy) -> Manifest:
    """Return the manifest of a test envelope once it is derived again from its S, or raise."""
    return sealing.require_test(test.seal.encode(), bytes.fromhex(test.secret), policy)


def _opened(identity: Identity, policy: Policy, group: Group, manifest: Manifest, gen: int) -> str:
    """Open the share of a test envelope; return `ok` or the complaint."""
    own = seal.box_key(identity.root, policy.box, group.id, identity.member, gen)
    share = seal.open_share(manifest, policy, sha256_hex(dump(policy)), group, own)
    return str(share) if isinstance(share, Complaint) else _OK


async def answer_requests(duty: Duty, wait: int = 0) -> list[str]:
    """Answer every request for a key; return the outcomes of their test envelopes.

    One that fails does not keep the others waiting. Raises what the first of them raised: Withheld,
    Refused, Silent.
    """
    asked = read(_Requests, await duty.send("GET", f"/trustee/requests?wait={wait}"))
    outcomes: list[str] = []
    failures: list[Withheld | Refused | Silent] = []
    for request in asked.requests:
        try:
            outcomes.append(await _answer(duty, request))
        except (Withheld, Refused, Silent) as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return outcomes


async def _answer(duty: Duty, request: KeyRequest) -> str:
    if request.box.origin != duty.grounds.origin:
        raise Withheld(Check.KEY, f"a request of another hall, {request.box.origin}")
    text = dump(key_for(duty.identity, request))
    key_sha256 = sha256_hex(text)
    taken = read(
        KeyTaken, await act(duty, "/trustee/keys", enveloped(text, duty.identity.sign(text)))
    )
    outcome = rehearse(duty.identity, request, key_sha256, taken.rehearsal)
    await act(duty, f"/trustee/keys/{key_sha256}/rehearsal", {"outcome": outcome})
    log.info("trustee.key-given", tender=request.box.tender, lot=request.box.lot, outcome=outcome)
    return outcome


# Canaries


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryAsked:
    """A test envelope for a key that a notice pins already."""

    key_sha256: Sha256
    gen: Positive
    canary: Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class _Canaries:
    canaries: tuple[CanaryAsked, ...]


def try_key(identity: Identity, origin: str, asked: CanaryAsked) -> str:
    """Open a canary with the pinned key; return `ok` or the first check that failed.

    As with a rehearsal the envelope is derived again from its S before the key is touched.

    Source: `sealing.md` 6.3 and 6a.2.
    """
    try:
        policy = read_policy(asked.canary.policy.encode())
        group = find_group(policy, asked.key_sha256)
        if group is None or policy.origin != origin:
            return "policy"
        manifest = _manifest(asked.canary, policy)
    except (Finding, ValueError):
        return "not-a-test"
    return _opened(identity, policy, group, manifest, asked.gen)


async def answer_canaries(duty: Duty, wait: int = 0) -> list[str]:
    """Open every canary that waits, and say what was found; return the outcomes.

    Raises Refused, Silent.
    """
    asked = read(_Canaries, await duty.send("GET", f"/trustee/canaries?wait={wait}"))
    outcomes = []
    for one in asked.canaries:
        outcome = try_key(duty.identity, duty.grounds.origin, one)
        path = f"/trustee/canaries/{one.key_sha256}"
        manifest = sha256_hex(one.canary.seal.encode())
        await act(duty, path, {"outcome": outcome, "manifest_sha256": manifest})
        log.info("trustee.key-tried", key=one.key_sha256, outcome=outcome)
        outcomes.append(outcome)
    return outcomes


# Drills


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillAsked:
    """A question of the hall that a key of this machine alone can read: an age file. `at`: when."""

    key_sha256: Sha256
    box: Place
    group: Id
    gen: Positive
    at: str
    question: Base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Drills:
    """What a machine is asked in a drill: nothing where the hall has no key of it."""

    drills: tuple[DrillAsked, ...]


def ask(answer: str, recipient: str, entropy: Entropy) -> bytes:
    """Return a question that is answered by whoever can read it."""
    question = _QUESTION + answer.encode()
    return age.seal_one_chunk(question, [recipient], entropy(16), entropy(16), [entropy(32)])


def answer_drill(identity: Identity, origin: str, asked: DrillAsked) -> str | None:
    """Return the answer to a question, None where this machine cannot read it.

    Nothing is said of any other content: a share sent as a question stays in this machine.
    """
    if asked.box.origin != origin:
        return None
    own = seal.box_key(identity.root, asked.box.box, asked.group, identity.member, asked.gen)
    try:
        text = age.decrypt(asked.question, own)
    except age.BadAge:
        return None
    found = _ANSWER.fullmatch(text)
    return None if found is None else found[1].decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What came of a drill, with which key and which test envelope."""

    member: Id
    key_sha256: Sha256
    manifest_sha256: Sha256
    outcome: str


def drill(identity: Identity, box: Box, entropy: Entropy, at: datetime) -> Drilled:
    """Open a test envelope of this machine's own making, from root to share."""
    request = KeyRequest(
        box=Place(origin=box.origin, tender=box.tender, lot=box.lot, stage=Stage(box.stage)),
        group=identity.holder.id,
        k=2,
        n=2,
        release_not_before=at,
        gen=1,
    )
    key = key_for(identity, request)
    key_sha256 = sha256_hex(dump(key))
    other = Member(recipient=age.recipient_of(entropy(age.KEY_SIZE)), key_sha256=REHEARSED_KEY)
    own = Member(recipient=key.recipient, key_sha256=key_sha256)
    policy = Policy(
        origin=box.origin,
        tender=box.tender,
        lot=box.lot,
        stage=key.stage,
        mode=Mode.SHARED,
        k=2,
        groups=(
            Group(id=request.group, x=1, members=(own,)),
            Group(id="made-up", x=2, members=(other,)),
        ),
    )
    made = sealing.rehearsal(policy, entropy, at)
    test = Trial(policy=dump(policy).decode(), seal=made.seal.decode(), secret=made.secret.hex())
    return Drilled(
        member=identity.member,
        key_sha256=key_sha256,
        manifest_sha256=sha256_hex(made.seal),
        outcome=rehearse(identity, request, key_sha256, test),
    )
