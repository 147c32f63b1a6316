"""The offline verifier of the public record: log, boxes, awards and rules, from one folder.

Where `notary.verify` ends, this begins: what the acts in a proved log claim. Pure: no database, no
network. Facts, or NotVerified with the first thing that is wrong.

Source: `ledger.md` 9; `sealing.md` 8 and 9; `rules.md` 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from bidding.proof import rulebook
from bidding.proof.awarded import AwardRecord, verify_awards
from bidding.proof.prequalified import require_prequalified
from bidding.proof.record import BoxRecord, verify_boxes
from bidding.sealed.statements import LIST_LIMIT, Opening
from notary import assurance, cms, entry
from notary.assurance import Assurance
from notary.cms import BadSignature
from notary.entry import Fields
from notary.shape import load
from notary.sums import NotVerified
from notary.verify import (
    DISCLOSED,
    RULES,
    TENDERS,
    ExportFacts,
    LogFacts,
    Trust,
    verify_export,
)
from trading.notice import lot_of
from trading.rules.records import DEMONSTRATIONS
from trading.rules.sets import kind_of

_FINISHED = "bidding.box-finished"
_AWARDING = ("bidding.candidates-published", "bidding.awarded")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRecord:
    """All that an export proves. `unopened`: published tenders without an opened box, by id."""

    export: ExportFacts
    boxes: Sequence[BoxRecord]
    awards: Mapping[tuple[str, str], AwardRecord]
    unopened: Sequence[str]

    @property
    def tenders(self) -> list[str]:
        """The tenders with an opened box, each once."""
        return list(dict.fromkeys(box.box.tender for box in self.boxes))

    def card(self, tender: str) -> tuple[Assurance, ...]:
        """Return the record card of an opened tender: what this record proves, and what not."""
        boxes = [box for box in self.boxes if box.box.tender == tender]
        facts = [_facts(box) for box in boxes]
        return assurance.label(min(facts, key=lambda one: one.k))  # the least that holds for all


def verify_record(folder: Path, trust: Trust, log: LogFacts | None = None) -> PublicRecord:
    """Prove an export whole: its log, then every box, award and rule set in it.

    `log` as for `notary.verify.verify_export`. Raises NotVerified.
    """
    export = verify_export(folder, trust, log)
    boxes = verify_boxes(export)
    awards = verify_awards(boxes)
    if export.log.tree is not None:
        _require_all(export, boxes, awards)
    _require_rules(export, boxes)
    require_prequalified(boxes, lambda pin: rulebook.read(export, pin))
    opened = {box.box.tender for box in boxes}
    published = {fields["tender"] for fields in _entries(export, "trading.published")}
    return PublicRecord(
        export=export,
        boxes=boxes,
        awards=awards,
        unopened=sorted(str(tender) for tender in published if tender not in opened),
    )


def verify_opening(path: Path) -> tuple[Opening, x509.Certificate]:
    """Return an `opening.json` and who signed the `.p7s` beside it, or raise NotVerified.

    Without the record around it its verdicts are the signer's word, and it states no time at which
    an authority could have vouched for the signer.
    """
    signature = path.with_suffix(".p7s")
    try:
        data, p7s = path.read_bytes(), signature.read_bytes()
    except OSError as error:
        raise NotVerified(Path(str(error.filename)).name, "the file is missing") from error
    try:
        stated = load(Opening, data, limit=LIST_LIMIT)
    except ValueError as error:
        raise NotVerified(path.name, str(error)) from error
    try:
        signer = cms.verify(data, p7s)
    except BadSignature as error:
        raise NotVerified(signature.name, str(error)) from error
    return stated, signer


def _require_all(
    export: ExportFacts,
    boxes: Sequence[BoxRecord],
    awards: Mapping[tuple[str, str], AwardRecord],
) -> None:
    """Refuse an export that leaves out the record of a box or an award which its log has.

    Of a whole export all, of one tender's that tender's.
    """
    recorded = {(box.box.tender, box.box.lot, box.box.stage) for box in boxes}
    whole, tenders = DISCLOSED in export.files, {tender for tender, _, _ in recorded}
    for fields in _entries(export, _FINISHED):
        box = tuple(str(fields[name]) for name in ("tender", "lot", "stage"))
        if box not in recorded and (whole or box[0] in tenders):
            path = f"{TENDERS}{'/'.join(box)}/opening.json"
            raise NotVerified(path, "the log has finished this box, and its record is left out")
    for kind in _AWARDING:
        for fields in _entries(export, kind):
            lot = (str(fields["tender"]), str(fields["lot"]))
            if lot not in awards and (whole or lot[0] in tenders):
                path = f"{TENDERS}{'/'.join(lot)}/award.json"
                raise NotVerified(path, "the log has awarded this lot, and its award is left out")


def _require_rules(export: ExportFacts, boxes: Sequence[BoxRecord]) -> None:
    """Require the file of every rule set that a notice pins, of all its bases, and no other."""
    pins = {one.notice.rules for box in boxes for one in box.basis.revisions}
    needed = {below.sha256 for pin in pins for below in rulebook.read(export, pin).chain}
    there = {path for path in export.files if path.startswith(RULES)}
    for path in sorted(there - {rulebook.path_of(sha256) for sha256 in needed}):
        raise NotVerified(path, "no notice pins this rule set")


def _entries(export: ExportFacts, family: str) -> Iterator[Fields]:
    """Give the open entries of a kind, in the order of the log."""
    for _, opened in sorted(export.log.entries.items()):
        if entry.kind_of(opened.fields).family == family:
            yield opened.fields


def _facts(box: BoxRecord) -> assurance.Facts:
    """Return what the card of a box rests on; the record of it is verified."""
    *_, policy = box.basis.policies.values()
    revision = box.basis.revisions[-1]
    lot = lot_of(revision.notice, box.box.lot)
    trusted = box.folder.export.log.policy
    return assurance.Facts(
        mode=assurance.Mode(policy.mode),
        k=policy.k,
        n=len(policy.groups),
        one_machine=kind_of(revision.notice.rules.set) in DEMONSTRATIONS,
        opened=assurance.Opened.MATCHES,
        cosigners=0 if trusted.quorum is None else len(trusted.witnesses),
        draw=assurance.Draw.PLANNED if lot is not None and lot.draw else assurance.Draw.NONE,
    )
