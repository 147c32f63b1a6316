"""The verdicts of a box that is being opened: its facts gathered for the pure judgement.

`bidding.verdict` decides, for this server as for a stranger; here the database and the vault are
read for it. Bulk parts are read one at a time and off the event loop.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from typing_extensions import override

from bidding import outcome, verdict
from bidding.facts import BoxFacts, Envelope, Result
from bidding.sealed import seal
from bidding.sealed.lists import read_list
from bidding.sealed.objects import Policy
from bidding.sealed.policy import read_policy
from bidding.sealed.statements import LIST_LIMIT, BidList, Opening, Promise, Release
from bidding.store import envelopes, trustees
from bidding.types import EnvelopeId, Finding, Verdict
from bidding.verdict import Asked, Given, Judged, Sealed, Shown
from notary import ledger
from notary.shape import Fen, load
from notary.vault import MissingBlob, Vault
from sql.database import Tx
from trading import notice as notices
from trading import service as trading
from trading.types import Published

PRICE = "price_fen"
"""The field of the form that holds the price (`bid-seal/v1` section 3, notice)."""


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

    `closing`: the closing list by its hash, which a revised one is of. `missing`: how many groups
    have to release before k have. `silent`: groups that have not. `revisions`: of the notice; none
    after the closing voids a bid. A manifest is read when its envelope is judged: a box has
    hundreds, a step looks at one.
    """

    vault: Vault
    asked: Asked
    closing: tuple[str, BidList]
    now: datetime
    envelopes: Mapping[EnvelopeId, Envelope]
    order: Sequence[EnvelopeId]
    policies: Mapping[str, Policy]
    revisions: Sequence[Published]
    policy: Policy
    releases: Sequence[Given]
    promised: Collection[str]
    missing: int
    silent: Collection[str]
    shown: Mapping[EnvelopeId, Sequence[Shown]]

    @property
    def is_over(self) -> bool:
        """Whether the last instant for shares and secrets is over."""
        return self.now > self.asked.owner_by

    async def next_verdict(self, told: Collection[Result]) -> Judged | None:
        """Return the verdict on the first envelope that is not announced and can be judged.

        Only the last owner_by makes a bid unopened: until then its shares, its secret or its parts
        may still come.
        """
        for sealed in self._untold(told):
            if self._is_shut(sealed) and not self.is_over:
                continue
            judged = await self._judge(sealed, only=1)
            if self.is_over or judged.result.verdict is not Verdict.UNOPENED:
                return judged
        return None

    def awaited(self, told: Collection[Result]) -> list[str]:
        """Return the groups whose shares could still open an envelope that is shut."""
        known = {one.envelope_id for one in told}
        if self.missing and not self.shown and len(known) < len(self.order):
            return sorted(self.silent)
        shut = any(self._is_shut(sealed) for sealed in self._untold(told))
        return sorted(self.silent) if shut else []

    async def whole_verdict(self, envelope_id: str) -> Judged:
        """Return the verdict on an envelope with all its parts."""
        return await self._judge(self._sealed(EnvelopeId(envelope_id)), only=seal.PARTS_MOST)

    async def opening(self, told: Collection[Result]) -> Opening:
        """Return the opening that follows: verdicts in the list's order, codes of the trustees.

        `told`: the final results; where bulk parts made the difference they are read again.
        """
        final = {one.envelope_id: (one.verdict, one.code, one.fault) for one in told}
        judged, policies = [], {}
        for one in self.asked.bids.envelopes:
            sealed = self._sealed(one.envelope)
            policies[one.envelope] = sealed.policy
            found = await self._judge(sealed, only=1)
            result = found.result
            if (result.verdict, result.code, result.fault) != final[one.envelope]:
                found = await self._judge(sealed, only=seal.PARTS_MOST)
            judged.append(found)
        lists = {self.asked.list_sha256: self.asked.bids, self.closing[0]: self.closing[1]}
        codes = outcome.judge_trustees(judged, self.releases, self.asked, policies, lists)
        return outcome.opening(judged, codes, self.asked, self.policy)

    def result(self, judged: Judged, *, place: int, at: datetime, entry_id: int) -> Result:
        """Return what is stored and told of a verdict; one without bulk parts is final at once."""
        found = judged.result
        form = None if judged.index is None else dict(judged.index.form)
        bulk = len(self._sealed(found.envelope).manifest.core.parts) > 1
        price = None if form is None else form.get(PRICE)
        return Result(
            envelope_id=found.envelope,
            place=place,
            verdict=found.verdict,
            code=found.code,
            fault=found.fault,
            form=form,
            price_fen=None if price is None else Fen(int(price)),
            announced_at=at,
            entry_id=entry_id,
            checked_at=None if bulk else at,
        )

    def _untold(self, told: Collection[Result]) -> Iterator[Sealed]:
        """Give the envelopes that are not announced; none where nobody can have the S of any."""
        known = {one.envelope_id for one in told}
        if self.missing and not self.shown and not self.is_over:
            return
        for envelope_id in self.order:
            if envelope_id not in known:
                yield self._sealed(envelope_id)

    def _is_shut(self, sealed: Sealed) -> bool:
        """Tell whether nobody can have S yet: too few good shares, and no secret shown.

        A bid that a revision has voided needs none.
        """
        if self._voided(sealed) is not None:
            return False
        k = sealed.policy.k
        good = verdict.good_shares(sealed, outcome.counting(self.releases, self.asked))
        return not sealed.shown and (good < k or not k)

    def _sealed(self, envelope_id: EnvelopeId) -> Sealed:
        manifest = seal.read_manifest(self.envelopes[envelope_id].seal_json)
        core = manifest.core
        [read] = [one for one in self.revisions if one.notice_sha256 == core.notice_sha256]
        terms = notices.box_of(read.notice, core.lot, core.stage)
        assert terms is not None  # noqa: S101 - the envelope was accepted under it
        return Sealed(
            envelope=envelope_id,
            manifest=manifest,
            policy=self.policies[core.policy_sha256],
            terms=terms,
            parts={},
            shown=self.shown.get(envelope_id, ()),
        )

    def _voided(self, sealed: Sealed) -> Judged | None:
        """Return the verdict on a bid that a later revision has voided (V3), None for others."""
        core, received = sealed.manifest.core, self.envelopes[sealed.envelope].received_at
        try:
            seal.require_bound(core, core.box, self.revisions, received)
        except Finding as finding:
            return verdict.refused(sealed.envelope, finding)
        return None

    async def _judge(self, sealed: Sealed, *, only: int) -> Judged:
        voided = self._voided(sealed)
        if voided is not None:
            return voided
        hashes = [part.sha256 for part in sealed.manifest.core.parts[:only]]
        parts = StoredParts(self.vault, hashes, asyncio.get_running_loop())
        counting = outcome.counting(self.releases, self.asked)
        return await asyncio.to_thread(
            verdict.judge, replace(sealed, parts=parts), counting, self.promised, self.asked
        )


async def bench(tx: Tx, vault: Vault, box: BoxFacts, now: datetime) -> Bench | None:
    """Gather what is known of a box; None until the log has the question to the trustees.

    What they answer is judged by where the log asked them.
    """
    entry = None if box.asked_entry_id is None else await ledger.index_of(tx, box.asked_entry_id)
    if entry is None:
        return None
    assert box.in_force is not None  # noqa: S101 - shares are asked for after the list
    bids = listed(box)
    asked = Asked(
        bids=bids,
        list_sha256=box.in_force.sha256,
        entry=entry,
        open_at=box.open_at,
        release_by=box.release_by,
        owner_by=box.owner_by,
    )
    places = {one.envelope: one.index for one in bids.envelopes}
    rows = {EnvelopeId(one.envelope_id): one for one in await envelopes.envelopes_in(tx, box.key)}
    policies = {
        sha256: read_policy(data)
        for sha256, data in (await trustees.policies_of(tx, box.key)).items()
    }
    policy = policies[box.policy_sha256]
    released = await trustees.releases_of(tx, box.key)
    releases = [Given(release=_release(one.json), received=one.received_at) for one in released]
    answering = [one for one in released if one.list_sha256 == asked.list_sha256]
    missing = max(0, policy.k - len({one.group_id for one in answering if one.good}))
    return Bench(
        vault=vault,
        asked=asked,
        closing=_closing(box),
        now=now,
        envelopes={envelope_id: rows[envelope_id] for envelope_id in places},
        order=sorted(places, key=lambda envelope_id: places[envelope_id]),
        policies=policies,
        revisions=await trading.revisions(tx, box.key.tender),
        policy=policy,
        releases=releases,
        promised=await _promised(tx, box, releases, asked),
        missing=missing,
        silent={group.id for group in policy.groups} - {one.group_id for one in answering},
        shown=await _shown(tx, box, places.keys(), now, enough=policy.k > 0 and missing == 0),
    )


def listed(box: BoxFacts) -> BidList:
    """Return the list that is asked for: in a box that waits for another stage the revised one."""
    assert box.in_force is not None  # noqa: S101 - asked only of a box that has one
    return _list(box.in_force.json)


def _closing(box: BoxFacts) -> tuple[str, BidList]:
    """Return the closing list of a box with its hash: a release for it is judged too."""
    assert box.list_json is not None  # noqa: S101 - asked only of a closed box
    assert box.list_sha256 is not None  # noqa: S101 - written with the list itself
    return box.list_sha256, _list(box.list_json)


# Lists and releases name every envelope, each step asks for them, and they never change.


@lru_cache(maxsize=64)
def _list(json: bytes) -> BidList:
    return read_list(json)


@lru_cache(maxsize=64)
def _release(json: bytes) -> Release:
    return load(Release, json, limit=LIST_LIMIT)


async def _promised(
    tx: Tx, box: BoxFacts, releases: Sequence[Given], asked: Asked
) -> Collection[str]:
    promises = [
        load(Promise, one.json, limit=LIST_LIMIT) for one in await trustees.promises_of(tx, box.key)
    ]
    return outcome.promising(promises, releases, asked)


async def _shown(
    tx: Tx, box: BoxFacts, listed: Collection[EnvelopeId], now: datetime, *, enough: bool
) -> dict[EnvelopeId, list[Shown]]:
    """Return the owners' secrets once they are announced: all together, so nobody decides last.

    With the k-th release, when no envelope lacks one, or at owner_by (`bid-seal/v1` section 8.5).
    """
    given = await trustees.owner_releases_of(tx, box.key)
    complete = set(listed) <= {one.envelope_id for one in given}
    if not (enough or complete or now >= box.owner_by):
        return {}
    return {
        EnvelopeId(one.envelope_id): [Shown(secret=bytes.fromhex(one.secret), at=one.received_at)]
        for one in given
    }
