"""The public record: the log, and a folder for every box that was opened.

A read of one moment: what the newest checkpoint covers is in it, what came later is not, and what
the ledger still holds has no place in the log yet and so cannot leave. A box without enough bids,
or one that is not finished, shows in the plain entries of the log and nowhere else.

Source: `ledger.md` 8 and 9; `sealing.md` 8.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from bidding.archive import Archive, Sources, Tender, award_files, read_tender
from bidding.facts import BoxKey
from bidding.sealed.lists import read_list
from bidding.sealed.policy import read_policy
from bidding.store import boxes, trustees
from notary import durable, entry, export
from notary.canonical import Json
from notary.export import Contradiction, File, Log, Writer
from notary.hall import Hall
from notary.ledger import Sequenced
from notary.vault import Vault
from notary.verify import RULES
from sql.database import Database, Tx
from trading import lawbook
from trading.rules.sets import UnknownRuleSet
from trading.types import Pin, Stage

_ENROLLED = "notary.certificate-enrolled.v1"
_STATED = "notary.duty-stated.v1"
_ASKED = "bidding.shares-asked.v1"
_FINISHED = "bidding.box-finished.v1"
_OBJECTED = "trading.objection-raised.v1"
_KEY = "bidding.trustee-key.v1"
_PUBLISHED = "trading.published.v1"
_OF_BIDS = (
    "bidding.bid-received.v1",
    "bidding.bid-completed.v1",
    "bidding.bid-withdrawn.v1",
    "bidding.owner-released.v1",
)


class NotOpened(Exception):  # noqa: N818 - named after what is so
    """The tender has no box that is finished, so that it has no record of its own yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How much there is in an export."""

    entries: int
    boxes: int
    files: int


async def write(
    database: Database,
    hall: Hall,
    vault: Vault,
    target: Path,
    *,
    tender: str | None = None,
    with_files: bool = False,
) -> Written:
    """Write the public record, or that of one tender, into a new folder: whole or not at all.

    `with_files`: parts 1 … m of every opened bid too, for supervisor, auditor and court. Raises
    NothingPublished, NotOpened, Contradiction, and OSError where `target` is not empty.
    """
    with durable.new_folder(target) as folder:
        writer = Writer(folder)
        async with database.transaction() as tx:
            log = await export.read(tx)
            sources = await _sources(tx, hall, vault, log, with_files=with_files)
            finished = await _finished(sources, tender)
            async for path, content in _files(sources, finished, tender):
                await asyncio.to_thread(writer.put, path, content)
        writer.seal(hall.sign)
    return Written(entries=log.size, boxes=len(finished), files=writer.count)


async def _sources(tx: Tx, hall: Hall, vault: Vault, log: Log, *, with_files: bool) -> Sources:
    known = await export.of_kinds(tx, log, {_ENROLLED, _STATED})
    return Sources(
        tx=tx,
        hall=hall,
        vault=vault,
        log=log,
        enrolled={str(one.fields["cert_sha256"]): one for one in known if one.kind == _ENROLLED},
        stated={str(one.fields["duty_sha256"]): one for one in known if one.kind == _STATED},
        with_files=with_files,
    )


async def _finished(sources: Sources, tender: str | None) -> list[BoxKey]:
    """Return the boxes that the log says are finished, by tender, lot and stage."""
    steps = await export.of_kinds(sources.tx, sources.log, {_FINISHED})
    finished = sorted(_box_of(one) for one in steps)
    if tender is None:
        return finished
    own = [key for key in finished if key.tender == tender]
    if not own:
        raise NotOpened(tender)
    return own


async def _files(
    sources: Sources, finished: Collection[BoxKey], tender: str | None
) -> AsyncIterator[File]:
    """Give the files of an export; the log comes last, when it is known what the folders open."""
    for file in export.heads(sources.log, sources.hall.authorities.roots_pem):
        yield file
    rules: dict[str, bytes] = {}
    for name in dict.fromkeys(key.tender for key in finished):
        shown = await read_tender(sources, name)
        for one in shown.revisions:
            rules |= await _rules(sources.tx, one.notice.rules)
        async for file in _folders(sources, shown, [key for key in finished if key.tender == name]):
            yield file
    for sha256, data in sorted(rules.items()):
        yield f"{RULES}{sha256}.toml", data
    by_acts = await _opened_by_acts(sources, tender) | sources.opens
    log = (
        export.whole_log(sources.tx, sources.log, by_acts)
        if tender is None
        else export.log_of(sources.tx, sources.log, by_acts, tender)
    )
    async for file in log:
        yield file


async def _folders(
    sources: Sources, tender: Tender, finished: Iterable[BoxKey]
) -> AsyncIterator[File]:
    """Give the folders of a tender's finished boxes, and one folder up the awards of its lots."""
    awards = {lot: await award_files(sources, tender, lot) for _, lot, _ in finished}
    for key in finished:
        box = await boxes.box(sources.tx, key)
        if box is None:
            raise Contradiction(f"the log has finished a box that is not here: {key.hold}")
        async for file in Archive(sources, tender, box, awards[key.lot]).files():
            yield file
    for award in awards.values():
        for file in award:
            yield file


async def _opened_by_acts(sources: Sources, tender: str | None) -> dict[int, frozenset[str]]:
    """Return what acts open by their own rule, as names by index.

    `shares-asked` opens the entries of its box that the list names, `box-finished` the others of
    it, a notice the keys that its policies pin, an objection itself (`ledger.md` 8).
    """
    tx, log = sources.tx, sources.log
    steps = await export.of_kinds(tx, log, {_ASKED, _FINISHED})
    finished = {_box_of(one) for one in steps if one.kind == _FINISHED}
    asked = {_box_of(one) for one in steps} - finished
    named = {envelope for key in sorted(asked) for envelope in await _listed(tx, key)}
    named |= await _pinned(tx, log)
    of_bids = {
        one.idx: export.act_opens(entry.kind(one.kind))
        for one in await export.of_kinds(tx, log, {*_OF_BIDS, _KEY})
        if tender in {None, one.subject}
        and (
            (one.kind != _KEY and _box_of(one) in finished)
            or one.fields.get("key_sha256", one.fields.get("envelope")) in named
        )
    }
    # Let out by a closing, an objection is no secret but for who raised it.
    return of_bids | {
        one.idx: export.act_opens(entry.kind(one.kind))
        for one in await export.of_kinds(tx, log, {_OBJECTED})
        if tender in {None, one.subject}
    }


async def _listed(tx: Tx, key: BoxKey) -> set[Json]:
    """Return the envelopes of the list that a box was asked for, and those it keeps shut."""
    box = await boxes.box(tx, key)
    if box is None or box.in_force is None:
        raise Contradiction(f"shares were asked for without a list: {key.hold}")
    asked = read_list(box.in_force.json)
    kept: set[Json] = {one.envelope for one in asked.kept_shut}
    return kept | {one.envelope for one in asked.envelopes}


async def _pinned(tx: Tx, log: Log) -> set[Json]:
    """Return the hashes of the trustee keys that the policies of published tenders pin."""
    published = await export.of_kinds(tx, log, {_PUBLISHED})
    keys = [box.key for one in published for box in await boxes.boxes_of(tx, one.subject)]
    policies = [
        read_policy(text) for key in keys for text in (await trustees.policies_of(tx, key)).values()
    ]
    return {
        member.key_sha256
        for policy in policies
        for group in policy.groups
        for member in group.members
    }


async def _rules(tx: Tx, pin: Pin) -> dict[str, bytes]:
    """Return the file of a rule set as the notices pin it, and those it stands on, by hash."""
    try:
        return {one.sha256: one.data for one in (await lawbook.pinned(tx, pin)).chain}
    except UnknownRuleSet as error:
        raise Contradiction(f"the rule set {pin.set} is not the one that a notice pins") from error


def _box_of(found: Sequenced) -> BoxKey:
    tender, lot, stage = (str(found.fields[name]) for name in ("tender", "lot", "stage"))
    return BoxKey(tender, lot, Stage(stage))
