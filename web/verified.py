"""What `hall verify` answers: plain sentences about what a file or a folder proves, or does not.

One function for each thing that can be verified; all return an Answer or raise NotVerified. The
facts are those of `bidding.proof.verify`, `notary.single` and `notary.verify`; here they become
words.

Source: `ledger.md` 9; `architecture.md`, "The command line".
"""

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from bidding.proof.verify import PublicRecord, verify_opening, verify_record
from bidding.sealed.statements import LIST_LIMIT
from bidding.types import Verdict
from notary import authority, canonical, note, policy, single, sums
from notary.assurance import Assurance
from notary.authority import Authorities
from notary.canonical import Json
from notary.note import BadNote
from notary.policy import Policy
from notary.sums import NotVerified
from notary.verify import (
    DISCLOSED,
    KEY,
    ExportFacts,
    LogFacts,
    Trust,
    verify_export,
    verify_log,
)
from web.letterhead import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was proved, in one sentence, and what the reader should know besides.

    `cards`: the record card of every opened tender; `facts`: the same for machines.
    """

    sentence: Text
    notes: tuple[Text, ...] = ()
    cards: Mapping[str, tuple[Assurance, ...]] = field(default_factory=dict)
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What the reader lays beside the thing to verify. `log`: a whole log, or an export."""

    trust: Trust
    log: Path | None = None


class Unclear(Exception):  # noqa: N818 - a question to the reader, not an error of the program
    """It cannot be judged as it is asked; the message says what to give besides."""


def verify(path: Path, beside: Beside) -> Answer:
    """Verify whatever `path` is, or raise NotVerified; Unclear where it is nothing of the kind."""
    if (path / sums.NAME).is_file():
        return _export(path, beside)
    if path.is_dir():
        for name in ("receipt.json", "opening.json"):
            if (path / name).is_file():
                return verify(path / name, beside)
        raise Unclear(f"{path} is no export: it has no {sums.NAME}, and no receipt.json")
    if path.suffix == ".tlog-proof":
        return _proof(path, beside)
    if tarfile.is_tarfile(path):
        raise Unclear(f"{path} is packed: tar xf {path}, then verify the folder that comes out")
    match _version(path):
        case "hall-receipt/v1":
            return _receipt(path, beside)
        case "bid-opening/v1":
            return _opening(path, beside)
        case _:
            raise Unclear(f"{path} is neither an export, a receipt, an opening nor a .tlog-proof")


# An export


def _export(path: Path, beside: Beside) -> Answer:
    log = None if beside.log is None else _log(beside.log, beside.trust)[0]
    record = verify_record(path, beside.trust, log)
    size = record.export.log.seen.checkpoint.size
    envelopes = sum(len(box.judged) for box in record.boxes)
    tenders = len(record.tenders)
    return Answer(
        sentence=Text(
            zh=f"核对无误：账本 {size} 条，已开标项目 {tenders} 个，投标 {envelopes} 份，"
            f"定标 {len(record.awards)} 项，每个结论都重新算过。",
            en=f"Verified: {size} entries, opened tenders: {tenders}, bids: {envelopes}, "
            f"awards: {len(record.awards)}; every verdict was computed again.",
        ),
        notes=(*_of_trust(record.export), *_of_record(record)),
        cards={tender: record.card(tender) for tender in record.tenders},
        facts=_facts(record),
    )


def _of_trust(export: ExportFacts) -> list[Text]:
    """Say what the sentence rests on that came with the export itself."""
    said = []
    if export.own_authorities:
        said.append(
            Text(
                zh="证书只核对到导出里自带的 certs.pem：用 --authorities 给出您信任的证书机构。",
                en="Certificates lead to the export's own certs.pem: "
                "give --authorities to name those that you trust.",
            )
        )
    if export.own_policy:
        said.append(
            Text(
                zh="账本的公钥取自导出里的 policy.txt：用 --policy 给出您自己的。",
                en="The key of the log is that of the export's own policy.txt: "
                "give --policy to name the one you know.",
            )
        )
    if export.log.policy.quorum is None:
        said.append(
            Text(
                zh="没有外部机构共签：先后次序得到证明，时刻以大厅所记为准。",
                en="Nobody cosigned the log: the order is proved, the times are the hall's word.",
            )
        )
    if export.log.tree is None:
        said.append(
            Text(
                zh="只有一个项目的记录：有没有第二份没有得到证明（用 --log 给出整本账）。",
                en="One tender without the whole log: that nothing else of its kind was recorded "
                "is not proved (give --log).",
            )
        )
    return said


def _of_record(record: PublicRecord) -> list[Text]:
    """Say what is left out of the record, and what was not looked at."""
    said = []
    if any(not box.folder.has("crls.pem") for box in record.boxes):
        said.append(
            Text(
                zh="没有吊销清单，证书是否被吊销没有核对。",
                en="There are no revocation lists: revocation was not checked.",
            )
        )
    unseen = sum(
        not box.folder.has(f"bids/{envelope}/p{part.n:04}.age")
        for box in record.boxes
        for envelope, manifest in box.manifests.items()
        for part in manifest.core.parts[1:]
    )
    if unseen:
        said.append(
            Text(
                zh=f"附件 {unseen} 个分片不在公开记录里，关于它们的结论以大厅所记为准。",
                en=f"Parts of files not in the public record: {unseen}; "
                "what is said of them is the hall's word.",
            )
        )
    if record.unopened:
        said.append(
            Text(
                zh=f"另有已公告、没有开标的项目 {len(record.unopened)} 个。",
                en=f"Tenders published and not opened: {len(record.unopened)}.",
            )
        )
    return said


def _facts(record: PublicRecord) -> dict[str, Json]:
    checkpoint = record.export.log.seen.checkpoint
    boxes: list[Json] = []
    for box in record.boxes:
        verdicts = [judged.result.verdict for judged in box.judged.values()]
        boxes.append(
            {
                "tender": box.box.tender,
                "lot": box.box.lot,
                "stage": box.box.stage,
                **{verdict.value: verdicts.count(verdict) for verdict in Verdict},
            }
        )
    awards: list[Json] = [
        {"tender": tender, "lot": lot, "winner": proved.award.winner, "awarded": proved.awarded}
        for (tender, lot), proved in record.awards.items()
    ]
    return {
        "kind": "export" if DISCLOSED in record.export.files else "tender",
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "boxes": boxes,
        "awards": awards,
        "unopened": [*record.unopened],
    }


# Single files


def _receipt(path: Path, beside: Beside) -> Answer:
    log, hall = (None, None) if beside.log is None else _log(beside.log, beside.trust)
    shown = single.verify_receipt(path, beside.trust.authorities, log, hall)
    given, who = shown.receipt, _name(shown.signer)
    kind, at = str(given.fields["kind"]), str(given.fields["at"])
    if shown.index is None:
        sentence = Text(
            zh=f"回执是真的：{who} 签名，{at}，{kind}。是否已入账没有核对（用 --log 给出账本）。",
            en=f"A true receipt: {who} signed it, {at}, {kind}. "
            "Whether it is in the log was not looked at (give --log).",
        )
    else:
        sentence = Text(
            zh=f"回执是真的，并且已入账：第 {shown.index} 条，{who} 签名，{at}，{kind}。",
            en=f"A true receipt, and in the log: entry {shown.index}; "
            f"{who} signed it, {at}, {kind}.",
        )
    return Answer(
        sentence=sentence,
        notes=_of_signer(beside, who),
        facts={"kind": "receipt", "fields": dict(given.fields), "index": shown.index},
    )


def _proof(path: Path, beside: Beside) -> Answer:
    proven = single.verify_proof(path, _policy_for(beside))
    checkpoint = proven.seen.checkpoint
    kind = str(proven.opened.fields["kind"])
    return Answer(
        sentence=Text(
            zh=f"核对无误：账本 {checkpoint.origin} 第 {proven.index} 条是 {kind}。",
            en=f"Verified: entry {proven.index} of {checkpoint.origin} is {kind}.",
        ),
        facts={
            "kind": "proof",
            "index": proven.index,
            "size": checkpoint.size,
            "fields": proven.opened.fields,
        },
    )


def _opening(path: Path, beside: Beside) -> Answer:
    """Verify an opening record: with the export around it whole, else its signature alone."""
    export = next((folder for folder in path.parents if (folder / sums.NAME).is_file()), None)
    if export is not None:
        return _export(export, beside)
    stated, signer = verify_opening(path)
    who, count = _name(signer), len(stated.results)
    return Answer(
        sentence=Text(
            zh=f"签名是真的：{who} 说 {stated.tender} 的 {count} 份投标是这样打开的。"
            "结论没有重新计算，要用完整的导出。",
            en=f"A true signature: {who} says how {count} bids of {stated.tender} were opened. "
            "The verdicts were not computed again: that takes the export.",
        ),
        notes=_of_signer(Beside(trust=Trust()), who),
        facts={"kind": "opening", "tender": stated.tender, "results": count},
    )


def _of_signer(beside: Beside, who: str) -> tuple[Text, ...]:
    if beside.trust.authorities is not None:
        return ()
    return (
        Text(
            zh=f"没有核对 {who} 的证书由谁签发：用 --authorities 给出您信任的证书机构。",
            en=f"Who vouches for the certificate of {who} was not looked at: give --authorities.",
        ),
    )


def _name(certificate: x509.Certificate) -> str:
    return (
        authority.organization_name(certificate)
        or authority.common_name(certificate)
        or certificate.subject.rfc4514_string()
    )


# What is laid beside


def _log(folder: Path, trust: Trust) -> tuple[LogFacts, x509.Certificate | None]:
    """Prove the log in a folder, and return who signed the export that it is, if it is one."""
    if (folder / sums.NAME).is_file():
        export = verify_export(folder, trust)
        return export.log, export.signer
    return verify_log(folder, trust.policy or _own_policy(folder)), None


def _policy_for(beside: Beside) -> Policy:
    """Return the policy by which a single proof is judged."""
    if beside.trust.policy is not None:
        return beside.trust.policy
    if beside.log is not None:
        return _log(beside.log, beside.trust)[0].policy
    raise Unclear("a proof alone does not say whose log is meant: give --policy or --log")


def _own_policy(folder: Path) -> Policy:
    """Return the policy of a bare log: its own key, and nobody who cosigns."""
    try:
        return Policy((note.parse_key((folder / KEY).read_text().removesuffix("\n")),))
    except OSError as error:
        raise Unclear(f"{folder} has no {KEY}: give --policy") from error
    except (BadNote, UnicodeDecodeError) as error:
        raise NotVerified(KEY, str(error)) from error


def read_trust(authorities: Path | None, policy_file: Path | None, old: tuple[Path, ...]) -> Trust:
    """Read what the reader trusts. Raises BadPolicy, BadCertificate, OSError."""
    return Trust(
        authorities=None if authorities is None else Authorities.from_folder(authorities),
        policy=None if policy_file is None else policy.parse(policy_file.read_bytes()),
        old={str(path): path.read_bytes() for path in old},
    )


def _version(path: Path) -> Json:
    try:
        return canonical.load_signed(path.read_bytes(), limit=LIST_LIMIT).get("v")
    except OSError as error:
        raise Unclear(f"{path}: {error.strerror}") from error
    except canonical.BadJson:
        return None
