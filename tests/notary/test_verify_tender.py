from pathlib import Path

import pytest

from notary import merkle, note, policy, verify
from notary.sums import NotVerified
from tests.notary import golden
from tests.notary.export import (
    ORIGIN,
    TRUST_NOTHING,
    House,
    a_house,
    a_log,
    files_of,
    flip,
    golden_files,
    one_tender,
    refusal,
)


@pytest.fixture(scope="module")
def house() -> House:
    return a_house()


@pytest.fixture(scope="module")
def small(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export a log of 300 entries, which no test changes."""
    folder = tmp_path_factory.mktemp("small")
    house.seal(folder, a_log(300).files(house))
    return folder


@pytest.fixture(scope="module")
def whole(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the golden log with its cosigned checkpoints, which no test changes."""
    folder = tmp_path_factory.mktemp("golden")
    house.seal(folder, golden_files(house))
    return folder


def test_an_export_of_one_tender_proves_its_entries_without_tiles(
    house: House, tmp_path: Path
) -> None:
    house.seal(tmp_path, one_tender(house))

    log = verify.verify_export(tmp_path, TRUST_NOTHING).log

    assert log.tree is None
    assert sorted(log.entries) == [0, 2, 5, 6, 8, 9]
    assert sorted(log.checkpoints) == [4, 5, 9, 11]
    with pytest.raises(merkle.BadProof):
        log.require_consistent(note.Checkpoint(ORIGIN, 7, bytes(32)))


def test_one_tender_is_the_only_one_with_the_whole_log_beside_it(
    house: House, whole: Path, small: Path, tmp_path: Path
) -> None:
    house.seal(tmp_path, one_tender(house))
    trusted = policy.parse(golden.log()["policy"].encode())

    beside = verify.verify_log(whole, trusted)
    facts = verify.verify_export(tmp_path, TRUST_NOTHING, beside)

    assert sorted(facts.log.entries) == [0, 1, 2, 3, 5, 6, 8, 9, 10]
    assert facts.log.tree is not None
    with pytest.raises(merkle.BadProof):
        facts.log.require_consistent(note.Checkpoint("hall.other.example", 7, bytes(32)))
    stranger = verify.verify_log(small, policy.parse(policy.of_log(a_log(1).key)))
    with pytest.raises(NotVerified) as error:
        verify.verify_export(tmp_path, TRUST_NOTHING, stranger)
    assert error.value.file == "checkpoint"


def test_sums_made_anew_do_not_help_an_export_of_one_tender(house: House, tmp_path: Path) -> None:
    house.seal(tmp_path, one_tender(house))
    for name in files_of(tmp_path):
        original = (tmp_path / name).read_bytes()
        if not name.startswith(("checkpoint", "entries", "log")):
            continue
        for place in {0, len(original) // 2, len(original) - 1}:
            flip(tmp_path / name, place)
            house.reseal(tmp_path)
            assert refusal(tmp_path).file == name
            (tmp_path / name).write_bytes(original)


def test_a_proof_under_the_number_of_another_entry_is_refused(house: House, tmp_path: Path) -> None:
    files = one_tender(house)
    files["entries/7.tlog-proof"] = files.pop("entries/6.tlog-proof")
    house.seal(tmp_path, files)

    assert refusal(tmp_path).file == "entries/7.tlog-proof"


def test_a_log_beside_that_ends_before_the_export_is_refused(house: House, tmp_path: Path) -> None:
    log = a_log(300)
    house.seal(tmp_path / "before", log.files(house))
    trusted = policy.parse(policy.of_log(log.key))
    beside = verify.verify_log(tmp_path / "before", trusted)
    files = {
        name: data
        for name, data in a_log(301).files(house).items()
        if not name.startswith(("tile/", "disclosed", "checkpoints/"))
    }
    house.seal(tmp_path / "tender", files)

    with pytest.raises(NotVerified) as error:
        verify.verify_export(tmp_path / "tender", TRUST_NOTHING, beside)

    assert "ends before" in error.value.sentence


def test_an_export_that_opens_no_time_cannot_vouch_for_its_signer(
    house: House, tmp_path: Path
) -> None:
    files = {name: data for name, data in one_tender(house).items() if "entries" not in name}
    house.seal(tmp_path, files)

    assert "no entry with a time" in refusal(tmp_path).sentence
