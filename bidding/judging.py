"""The verdicts of a box that is being opened: its facts gathered for the pure judgement.

`bidding.verdict` decides, for this server as for a stranger; here the database and the vault are
read for it. Bulk parts are read one at a time and off the event loop.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from typing_extensions import override

from bidding import outcome, seal, verdict
from bidding.facts import BoxFacts, Envelope, Released, Result
from bidding.lists import read_list
from bidding.objects import Policy
from bidding.policy import read_policy
from bidding.statements import LIST_LIMIT, Opening, Promise, Release
from bidding.store import envelopes, trustees
from bidding.types import Code, EnvelopeId
from bidding.verdict import Asked, Given, Judged, Sealed, Shown
from notary import ledger
from notary.shape import Fen, load
from notary.vault import MissingBlob, Vault
from sql.database import Tx
from trading import notice as notices
from trading import service as trading

PRICE = "price_fen"
"""The field of the form that holds the price (`bid-seal/v1` section 3, notice)."""

_NOBODY_HAS_S = frozenset({Code.SEAL_UNCURED, Code.REL_QUORUM})


class StoredParts(Mapping[int, bytes | None]):
    """The parts of an envelope, read from the vault when they are looked at; from a thread only."""

    def __init__(
        self, vault: Vault, hashes: Sequence[str], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._vault = vault
        self._hashes = hashes
        self._loop = loop

    @override
    def __getitem__(self, n: int) -> bytes | None:
        if not 0 <= n < len(self._hashes):
            raise KeyError(n)
        return asyncio.run_coroutine_threadsafe(self._read(n), self._loop).result()

    @override
    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._hashes)))

    @override
    def __len__(self) -> int:
        return len(self._hashes)

    async def _read(self, n: int) -> bytes | None:
        try:
            return b"".join([chunk async for chunk in self._vault.open(self._hashes[n])])
        except MissingBlob:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is known of a box whose shares were asked for, in the order of announcement.

    `missing`: how many groups have to release before k have.
    """

    vault: Vault
    asked: Asked
    now: datetime
    envelopes: Mapping[EnvelopeId, Envelope]
    order: Sequence[EnvelopeId]
    sealed: Mapping[EnvelopeId, Sealed]
    policy: Policy
    releases: Sequence[Given]
    promised: Collection[str]
    missing: int

    def envelope(self, envelope_id: EnvelopeId) -> Envelope:
        """Return a listed envelope."""
        return self.envelopes[envelope_id]

    async def next_verdict(self, told: Collection[Result]) -> Judged | None:
        """Return the verdict on the first envelope that is not announced and can be judged."""
        known = {one.envelope_id for one in told}
        hopeless = self.missing > 0 and not any(one.shown for one in self.sealed.values())
        if hopeless and self.now <= self.asked.owner_by:
            return None
        for envelope_id in self.order:
            if envelope_id in known:
                continue
            judged = await self._judge(envelope_id, only=1)
            if self.now > self.asked.owner_by or judged.result.code not in _NOBODY_HAS_S:
                return judged
        return None

    async def whole_verdict(self, envelope_id: str) -> Judged:
        """Return the verdict on an envelope with all its parts."""
        return await self._judge(EnvelopeId(envelope_id), only=seal.PARTS_MOST)

    async def _judge(self, envelope_id: EnvelopeId, *, only: int) -> Judged:
        sealed = self.sealed[envelope_id]
        hashes = [part.sha256 for part in sealed.manifest.core.parts[:only]]
        parts = StoredParts(self.vault, hashes, asyncio.get_running_loop())
        sealed = replace(sealed, parts=parts)
        counting = outcome.counting(self.releases, self.asked)
        return await asyncio.to_thread(verdict.judge, sealed, counting, self.promised, self.asked)

    def result(self, judged: Judged, *, place: int, at: datetime, entry_id: int) -> Result:
        """Return what is stored and told of a verdict; one without bulk parts is final at once."""
        found = judged.result
        form = None if judged.index is None else dict(judged.index.form)
        bulk = len(self.sealed[found.envelope].manifest.core.parts) > 1
        price = None if form is None else form.get(PRICE)
        return Result(
            envelope_id=found.envelope,
            place=place,
            verdict=found.verdict,
            code=found.code,
            fault=found.fault,
            secret=None if found.secret is None else found.secret.hex(),
            form=form,
            price_fen=None if price is None else Fen(int(price)),
            announced_at=at,
            entry_id=entry_id,
            checked_at=None if bulk and judged.index is not None else at,
        )

    async def opening(self, told: Collection[Result]) -> Opening:
        """Return the opening that follows: verdicts in the list's order, codes of the trustees.

        `told`: the final results; where bulk parts made the difference they are read again.
        """
        final = {one.envelope_id: one.verdict for one in told}
        judged = []
        for listed in self.asked.bids.envelopes:
            found = await self._judge(listed.envelope, only=1)
            if found.result.verdict != final[listed.envelope]:
                found = await self.whole_verdict(listed.envelope)
            judged.append(found)
        policies = {one: sealed.policy for one, sealed in self.sealed.items()}
        codes = outcome.judge_trustees(
            judged,
            self.releases,
            self.asked,
            policies,
            {self.asked.list_sha256: self.asked.bids},
        )
        return outcome.opening(judged, codes, self.asked, self.policy)


async def bench(tx: Tx, vault: Vault, box: BoxFacts, now: datetime) -> Bench:
    """Gather what is known of a box whose shares were asked for."""
    assert box.list_json is not None  # noqa: S101 - shares are asked for after the list
    assert box.list_sha256 is not None  # noqa: S101
    assert box.asked_entry_id is not None  # noqa: S101
    bids = read_list(box.list_json)
    entry = await ledger.index_of(tx, box.asked_entry_id)
    asked = Asked(
        bids=bids,
        list_sha256=box.list_sha256,
        # Until the sequencer has placed it no checkpoint covers it: any release is early.
        entry=2**62 if entry is None else entry,
        open_at=box.open_at,
        release_by=box.release_by,
        owner_by=box.owner_by,
    )
    places = {one.envelope: one.index for one in bids.envelopes}
    rows = {EnvelopeId(one.envelope_id): one for one in await envelopes.envelopes_in(tx, box.key)}
    listed = {envelope_id: rows[envelope_id] for envelope_id in places}
    policies = {
        sha256: read_policy(data)
        for sha256, data in (await trustees.policies_of(tx, box.key)).items()
    }
    releases = await _releases(tx, box)
    missing = _missing(await trustees.releases_of(tx, box.key), policies[box.policy_sha256])
    shown = await _shown(tx, box, listed, now, enough=missing == 0)
    return Bench(
        vault=vault,
        asked=asked,
        now=now,
        envelopes=listed,
        order=sorted(listed, key=lambda envelope_id: places[envelope_id]),
        sealed=await _sealed(tx, box, listed, policies, shown),
        policy=policies[box.policy_sha256],
        releases=releases,
        promised=await _promised(tx, box, releases, asked),
        missing=missing,
    )


def _missing(releases: Collection[Released], policy: Policy) -> int:
    return max(0, policy.k - len({one.group_id for one in releases if one.good}))


async def _releases(tx: Tx, box: BoxFacts) -> list[Given]:
    return [
        Given(release=load(Release, one.json, limit=LIST_LIMIT), received=one.received_at)
        for one in await trustees.releases_of(tx, box.key)
    ]


async def _promised(
    tx: Tx, box: BoxFacts, releases: Sequence[Given], asked: Asked
) -> Collection[str]:
    promises = [
        load(Promise, one.json, limit=LIST_LIMIT) for one in await trustees.promises_of(tx, box.key)
    ]
    return outcome.promising(promises, releases, asked)


async def _shown(
    tx: Tx, box: BoxFacts, listed: Collection[EnvelopeId], now: datetime, *, enough: bool
) -> dict[str, list[Shown]]:
    """Return the owners' secrets once they are announced: all together, so nobody decides last.

    With the k-th release, when no envelope lacks one, or at owner_by (`bid-seal/v1` section 8.5).
    """
    given = await trustees.owner_releases_of(tx, box.key)
    complete = set(listed) <= {one.envelope_id for one in given}
    if not (enough or complete or now >= box.owner_by):
        return {}
    return {
        one.envelope_id: [Shown(secret=bytes.fromhex(one.secret), at=one.received_at)]
        for one in given
    }


async def _sealed(
    tx: Tx,
    box: BoxFacts,
    listed: Mapping[EnvelopeId, Envelope],
    policies: Mapping[str, Policy],
    shown: Mapping[str, Sequence[Shown]],
) -> dict[EnvelopeId, Sealed]:
    revisions = {
        one.notice_sha256: one.notice for one in await trading.revisions(tx, box.key.tender)
    }
    sealed = {}
    for envelope_id, envelope in listed.items():
        manifest = seal.read_manifest(envelope.seal_json)
        terms = notices.box_of(revisions[manifest.core.notice_sha256], box.key.lot, box.key.stage)
        assert terms is not None  # noqa: S101 - the submission was bound to it
        sealed[envelope_id] = Sealed(
            envelope=envelope_id,
            manifest=manifest,
            policy=policies[manifest.core.policy_sha256],
            terms=terms,
            parts={},
            shown=shown.get(envelope_id, ()),
        )
    return sealed
