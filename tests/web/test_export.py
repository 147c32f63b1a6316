import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from bidding.proof.verify import PublicRecord, verify_record
from bidding.sealed.statements import AWARD_LIMIT, Award
from notary import canonical
from notary.shape import dump, load
from notary.sums import NotVerified
from notary.verify import Trust, verify_export
from sql.postgres import EmbeddedPostgres
from tests.notary.export import files_of, flip
from tests.web.exported import (
    AWARDED,
    DRAWING,
    INVITED,
    TAKING_BIDS,
    TOO_FEW,
    Exported,
    export_a_town,
)

TRUST = Trust()
LOT = f"tender/{AWARDED}/1"
BOX = f"{LOT}/single"


@pytest.fixture(scope="module")
def exported(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export_a_town(postgres, tmp_path_factory.mktemp("town"))


@pytest.fixture
def copy(exported: Exported, tmp_path: Path) -> Path:
    """Give a copy of the whole export, to be falsified."""
    return Path(shutil.copytree(exported.whole, tmp_path / "copy"))


def refusal(folder: Path) -> NotVerified:
    with pytest.raises(NotVerified) as error:
        verify_record(folder, TRUST)
    return error.value


def verdicts(record: PublicRecord) -> dict[str, list[str]]:
    return {
        box.box.tender: sorted(one.result.verdict for one in box.judged.values())
        for box in record.boxes
    }


def kind_of(path: str) -> str:
    """Return what the file at a path is, whichever tender, hash or number it is about."""
    return re.sub(r"[0-9a-f]{64}|GC-[0-9-]+|[0-9]+", "*", path)


def one_of_each_kind(folder: Path) -> list[str]:
    return sorted({kind_of(path): path for path in files_of(folder)}.values())


def places(path: Path) -> Iterator[int]:
    """Give the first, the middle and the last byte of a file."""
    size = path.stat().st_size
    yield from sorted({0, size // 2, size - 1})


# What it proves


def test_the_whole_record_is_verified(exported: Exported) -> None:
    record = verify_record(exported.whole, TRUST)

    assert verdicts(record) == {
        AWARDED: ["improper", "opened", "opened", "opened"],
        INVITED: ["opened", "opened", "opened"],
    }
    assert record.unopened == [TOO_FEW, TAKING_BIDS]
    [award] = record.awards.values()
    assert award.awarded
    assert [one.price_fen for one in award.award.ranking] == [
        1_200_000_000,
        1_250_000_000,
        1_310_000_000,
    ]
    assert [line.answer for line in record.card(AWARDED)][:3] == ["no", "yes", "part"]


def test_the_record_with_all_files_is_verified(exported: Exported) -> None:
    record = verify_record(exported.with_files, TRUST)

    parts = [path for path in record.export.files if path.endswith("p0001.age")]
    assert len(parts) == 1
    assert not any(path.endswith("p0001.age") for path in files_of(exported.whole))


def test_the_record_of_one_tender_is_verified_and_needs_the_log_to_be_the_only_one(
    exported: Exported,
) -> None:
    alone = verify_record(exported.one_tender, TRUST)
    log = verify_export(exported.whole, TRUST).log
    beside = verify_record(exported.one_tender, TRUST, log)

    assert verdicts(alone) == verdicts(beside)
    assert alone.tenders == [AWARDED]
    assert alone.export.log.tree is None
    assert beside.export.log.tree is not None
    assert sum(path.stat().st_size for path in exported.one_tender.rglob("*")) < 1_000_000


def test_the_record_of_one_tender_shows_nothing_of_others(exported: Exported) -> None:
    names = files_of(exported.one_tender)
    shown = b"".join((exported.one_tender / name).read_bytes() for name in names)

    assert not any(name.startswith("tile/") for name in names)
    for other in (INVITED, TOO_FEW, TAKING_BIDS):
        assert other.encode() not in shown
    older = [name for name in names if name.startswith("checkpoints/")]
    assert {name for name in older if name.endswith(".proof")} == {
        f"{name}.proof" for name in older if not name.endswith(".proof")
    }


def test_a_log_that_is_not_the_one_of_the_record_is_found(exported: Exported) -> None:
    log = verify_export(exported.whole, TRUST).log
    other = replace(log, seen=replace(log.seen, checkpoint=replace(log.seen.checkpoint, size=1)))

    with pytest.raises(NotVerified, match="ends before"):
        verify_record(exported.one_tender, TRUST, other)


def test_two_exports_of_one_moment_are_the_same_but_for_signatures(exported: Exported) -> None:
    whole = {name: (exported.whole / name).read_bytes() for name in files_of(exported.whole)}
    more = {name: (exported.with_files / name).read_bytes() for name in whole}

    differing = {name for name, content in whole.items() if more[name] != content}
    assert differing == {"SHA256SUMS", "SHA256SUMS.p7s"}


@pytest.mark.parametrize("tender", [AWARDED, INVITED])
def test_part_0_of_every_opened_bid_opens_with_nothing_but_age(
    exported: Exported, tender: str
) -> None:
    age = shutil.which("age")
    if age is None:
        pytest.skip("no age on this machine: apt install age")
    found = sorted(exported.whole.glob(f"tender/{tender}/1/single/bids/*/identity.txt"))

    assert len(found) == 3
    for identity in found:
        part = identity.with_name("p0000.age")
        opened = subprocess.run([age, "-d", "-i", identity, part], capture_output=True, check=True)
        assert canonical.load_signed(opened.stdout, limit=1 << 20)["v"] == "bid-index/v1"


def test_the_revocation_lists_are_those_of_the_closing_not_of_today(exported: Exported) -> None:
    found = {path.read_bytes() for path in exported.whole.glob("tender/*/1/single/crls.pem")}

    [lists] = found
    assert [one.serial_number for one in x509.load_pem_x509_crl(lists)] == [1]


# What it keeps


def test_nothing_leaves_before_its_lawful_moment(exported: Exported) -> None:
    for folder in (exported.whole, exported.with_files, exported.one_tender):
        for name in files_of(folder):
            content = (folder / name).read_bytes()

            assert exported.held.encode() not in content
            assert TAKING_BIDS not in name
            assert TOO_FEW not in name
            assert DRAWING not in content


def test_envelopes_that_were_never_asked_for_show_their_entries_and_no_shares(
    exported: Exported,
) -> None:
    names = files_of(exported.with_files)
    *opened_entries, lonely = exported.shut
    disclosed = (exported.whole / "disclosed.jsonl").read_text()

    assert not any(envelope in name for envelope in exported.shut for name in names)
    assert all(envelope in disclosed for envelope in opened_entries)
    assert lonely not in disclosed


def test_nobody_who_acted_is_named_in_what_acts_open(exported: Exported) -> None:
    for line in (exported.whole / "disclosed.jsonl").read_bytes().splitlines():
        shown = canonical.load_signed(line)["disclosure"]
        assert isinstance(shown, dict)
        fields = shown["fields"]
        assert isinstance(fields, list)
        open_names = {one["name"] for one in fields if isinstance(one, dict) and "value" in one}

        assert open_names.isdisjoint({"actor", "person"})


# What is found


@pytest.mark.parametrize("which", ["whole", "one_tender"])
def test_one_flipped_bit_in_any_file_is_found_and_named(
    exported: Exported, tmp_path: Path, which: str
) -> None:
    copy = Path(shutil.copytree(getattr(exported, which), tmp_path / "copy"))
    silent = []
    for name in files_of(copy):
        for place in places(copy / name):
            flip(copy / name, place, bit=place % 8)
            if name not in str(refusal(copy)):
                silent.append((name, place))
            flip(copy / name, place, bit=place % 8)

    assert silent == []
    assert len(files_of(copy)) > 70
    verify_record(copy, TRUST)


@pytest.mark.parametrize(
    "which", [pytest.param("with_files", marks=pytest.mark.nightly), "one_tender"]
)
def test_a_hall_that_signs_the_sums_again_is_found_all_the_same(
    exported: Exported, tmp_path: Path, which: str
) -> None:
    copy = Path(shutil.copytree(getattr(exported, which), tmp_path / "copy"))
    kinds = set(one_of_each_kind(copy)) - {"SHA256SUMS", "SHA256SUMS.p7s"}
    silent = []
    for name in sorted(kinds):
        for place in places(copy / name):
            flip(copy / name, place)
            exported.house.reseal(copy)
            try:
                verify_record(copy, TRUST)
            except NotVerified:
                pass
            else:
                silent.append((name, place))
            flip(copy / name, place)

    assert silent == []
    assert len(kinds) > 20


def test_a_file_more_or_less_is_found_whoever_signs_the_sums(
    exported: Exported, copy: Path
) -> None:
    for name in one_of_each_kind(copy):
        content = (copy / name).read_bytes()
        (copy / name).unlink()
        exported.house.reseal(copy)
        if name not in {"SHA256SUMS", "SHA256SUMS.p7s"} and not name.startswith("checkpoints/"):
            refusal(copy)
        (copy / name).write_bytes(content)
    (copy / "rules" / f"{'0' * 64}.toml").write_bytes(b"")
    exported.house.reseal(copy)

    assert refusal(copy).file == f"rules/{'0' * 64}.toml"


@pytest.mark.parametrize("left_out", [f"tender/{INVITED}", f"{LOT}/award.json"])
def test_a_record_that_is_left_out_is_missed(exported: Exported, copy: Path, left_out: str) -> None:
    if (copy / left_out).is_dir():
        shutil.rmtree(copy / left_out)
    else:
        (copy / left_out).unlink()
        (copy / left_out).with_suffix(".p7s").unlink()
    exported.house.reseal(copy)

    error = refusal(copy)

    assert error.file.startswith(left_out)
    assert "left out" in error.sentence


def test_another_winner_is_found_even_under_the_agencys_own_signature(
    exported: Exported, copy: Path
) -> None:
    path = copy / LOT / "award.json"
    award = load(Award, path.read_bytes(), limit=AWARD_LIMIT)
    false = dump(replace(award, winner=award.ranking[1].envelope))
    path.write_bytes(false)
    path.with_suffix(".p7s").write_bytes(exported.town.people["drafter"].sign(false))
    exported.house.reseal(copy)

    error = refusal(copy)

    assert error.file == f"{LOT}/award.json"
    assert "E-AWARD" in error.sentence


def test_another_verdict_is_found_even_under_the_halls_own_signature(
    exported: Exported, copy: Path
) -> None:
    path = copy / BOX / "opening.json"
    false = path.read_bytes().replace(b'"improper"', b'"unopened"')
    path.write_bytes(false)
    path.with_suffix(".p7s").write_bytes(exported.town.hall.sign(false))
    exported.house.reseal(copy)

    error = refusal(copy)

    assert error.file == f"{BOX}/opening.json"
    assert "E-VERDICT" in error.sentence
