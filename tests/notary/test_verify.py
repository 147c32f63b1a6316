import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from notary import entry, note, policy, verify
from notary.authority import Authorities
from notary.times import Dated
from notary.verify import Trust
from tests.notary import golden
from tests.notary.export import (
    ORIGIN,
    TRUST_NOTHING,
    House,
    Log,
    a_house,
    a_log,
    copied,
    files_of,
    flip,
    golden_files,
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


def test_the_golden_log_is_verified_with_all_its_facts(whole: Path) -> None:
    log = golden.log()

    facts = verify.verify_export(whole, TRUST_NOTHING)

    assert facts.log.origin == ORIGIN
    assert facts.log.seen.checkpoint.size == 11
    assert facts.log.seen.checkpoint.root.hex() == log["root"]
    assert sorted(facts.log.checkpoints) == [4, 5, 9, 11]
    assert {index: opened.fields for index, opened in facts.log.entries.items()} == {
        each["index"]: each["fields"] for each in log["entries"]
    }
    assert facts.own_policy
    assert facts.own_authorities


def test_the_times_of_the_golden_log_are_dated_by_its_cosigners(whole: Path) -> None:
    dated = verify.verify_export(whole, TRUST_NOTHING).log.dated

    assert dated[4] is Dated.OK  # cosigned two seconds later
    assert dated[1] is Dated.SINCE  # a week before the first checkpoint at hand
    assert {dated[index] for index in (5, 6, 7)} == {Dated.OK}  # held, and let out by entry 8


def test_a_log_that_nobody_cosigned_proves_order_only(small: Path) -> None:
    facts = verify.verify_export(small, TRUST_NOTHING)

    assert facts.log.dated == {0: Dated.ORDER}
    assert facts.log.tree is not None
    assert len(facts.log.tree.records) == 300


def test_one_bit_in_any_file_is_found_there(small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    for name in files_of(folder):
        original = (folder / name).read_bytes()
        if not original:
            continue
        for place in {0, len(original) // 2, len(original) - 1}:
            flip(folder / name, place, 1)
            assert name in str(refusal(folder))
            (folder / name).write_bytes(original)
    verify.verify_export(folder, TRUST_NOTHING)


def test_sums_made_anew_do_not_help(house: House, whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path)
    for name in files_of(folder):
        original = (folder / name).read_bytes()
        if name in {"SHA256SUMS", "SHA256SUMS.p7s", "certs.pem", "policy.txt"}:
            continue  # what the user brings: authorities, policy
        for place in {0, len(original) // 2, len(original) - 1}:
            flip(folder / name, place)
            house.reseal(folder)
            assert refusal(folder).file == name
            (folder / name).write_bytes(original)


def test_every_tile_of_a_small_log_is_authenticated(
    house: House, small: Path, tmp_path: Path
) -> None:
    folder = copied(small, tmp_path)
    names = [name for name in files_of(folder) if name.startswith("tile/")]
    assert len(names) == 5  # two tiles of leaves, one above them, two bundles
    for name in names:
        for place in (0, 700, -1):
            data = (folder / name).read_bytes()
            flip(folder / name, place % len(data), 3)
            house.reseal(folder)
            assert refusal(folder).file == name
            (folder / name).write_bytes(data)


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000", "log.vkey", "SHA256SUMS.p7s"])
def test_a_missing_file_is_named(house: House, small: Path, tmp_path: Path, name: str) -> None:
    folder = copied(small, tmp_path)
    (folder / name).unlink()
    assert refusal(folder).file == name
    if not name.startswith("SHA"):
        house.reseal(folder)
        assert refusal(folder).file == name


@pytest.mark.parametrize(
    "name",
    ["extra.txt", "tile/0/002", "tile/0/001.p/45", "tile/x", "checkpoints/07", "entries/1"],
)
def test_a_file_too_many_is_named(house: House, small: Path, tmp_path: Path, name: str) -> None:
    folder = copied(small, tmp_path)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")
    assert refusal(folder).file == name
    house.reseal(folder)
    assert refusal(folder).file == name


def test_a_link_out_of_the_export_is_refused(small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    (folder / "link").symlink_to("/etc/hostname")

    assert refusal(folder).file == "link"


def test_files_of_tenders_are_left_to_those_who_judge_them(
    house: House, small: Path, tmp_path: Path
) -> None:
    folder = copied(small, tmp_path)
    house.seal(folder, {"tender/A1/1/price/list.json": b"{}"})

    assert "tender/A1/1/price/list.json" in verify.verify_export(folder, TRUST_NOTHING).files


def test_another_authority_does_not_vouch_for_the_hall(small: Path) -> None:
    stranger = Authorities([a_house().root], [])

    assert refusal(small, Trust(authorities=stranger)).file == "SHA256SUMS.p7s"


def test_the_policy_of_the_user_decides(house: House, small: Path) -> None:
    log = golden.log()
    other_log = policy.parse(log["policy"].encode())
    assert refusal(small, Trust(policy=other_log)).file == "log.vkey"

    own = a_log(1).key.vkey
    cosigned = policy.parse(log["policy"].replace(log["log"]["vkey"], own).encode())
    assert refusal(small, Trust(policy=cosigned)).file == "checkpoint"
    assert "quorum" in refusal(small, Trust(policy=cosigned)).sentence

    trusted = Trust(
        policy=policy.parse(policy.of_log(a_log(1).key)), authorities=Authorities([house.root], [])
    )
    assert not verify.verify_export(small, trusted).own_policy


def test_a_note_seen_before_must_be_a_state_of_the_log(small: Path) -> None:
    log = a_log(300)
    for size in (1, 150, 257, 300):
        verify.verify_export(small, Trust(old={"seen": log.note(size)}))

    rolled_back = refusal(small, Trust(old={"seen": a_log(301).note()}))
    assert (rolled_back.file, "roll-back" in rolled_back.sentence) == ("seen", True)


def test_a_fork_signed_with_the_right_key_is_found_by_an_old_note(
    house: House, small: Path, tmp_path: Path
) -> None:
    honest = a_log(300)
    records = [*honest.records]
    records[40] = entry.COMMITTED + bytes(32)
    fork = type(honest)(honest.seed, records)
    house.seal(tmp_path, fork.files(house))

    verify.verify_export(tmp_path, TRUST_NOTHING)
    found = refusal(tmp_path, Trust(old={"seen": honest.note(41)}))

    assert "forked" in found.sentence
    verify.verify_export(tmp_path, Trust(old={"seen": honest.note(40)}))
    verify.verify_export(small, Trust(old={"seen": honest.note(41)}))


def test_a_checkpoint_of_a_fork_among_the_older_ones_is_found(
    house: House, small: Path, tmp_path: Path
) -> None:
    folder = copied(small, tmp_path)
    fork = a_log(99)
    records = [*fork.records[:-1], entry.COMMITTED + bytes(32)]
    house.seal(folder, {"checkpoints/99": type(fork)(fork.seed, records).note()})
    assert refusal(folder).file == "checkpoints/99"

    house.seal(folder, {"checkpoints/99": fork.note(98)})
    assert refusal(folder).file == "checkpoints/99"

    (folder / "checkpoints/99").unlink()
    house.seal(folder, {"checkpoints/301": a_log(301).note()})
    assert refusal(folder).file == "checkpoints/301"


def edited(files: dict[str, bytes], edit: Callable[[list[bytes]], list[bytes]]) -> bytes:
    *lines, _ = files["disclosed.jsonl"].split(b"\n")
    return b"".join(line + b"\n" for line in edit(lines))


EDITS: dict[str, tuple[int, Callable[[list[bytes]], list[bytes]]]] = {
    "a name": (1, lambda lines: [lines[0].replace(b'"n","salt"', b'"m","salt"'), *lines[1:]]),
    "a value": (4, lambda lines: [*lines[:3], lines[3].replace(b":2}", b":3}"), *lines[4:]]),
    "order": (2, lambda lines: [lines[1], lines[0], *lines[2:]]),
    "a line twice": (2, lambda lines: [lines[0], lines[0]]),
    "another index": (1, lambda lines: [lines[0].replace(b'"index":2', b'"index":4')]),
    "an index beyond": (1, lambda lines: [lines[0].replace(b'"index":2', b'"index":11')]),
    "no such index": (1, lambda lines: [lines[0].replace(b'"index":2', b'"index":-1')]),
    "a blank more": (1, lambda lines: [lines[0] + b" "]),
    "an object of nothing": (1, lambda _: [b"{}"]),
    "an empty line": (1, lambda _: [b""]),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_disclosure_that_is_not_what_was_committed_is_named_by_its_line(
    house: House, tmp_path: Path, name: str
) -> None:
    files, (line, edit) = golden_files(house), EDITS[name]
    changed = edited(files, edit)
    assert changed != files["disclosed.jsonl"]
    house.seal(tmp_path, {**files, "disclosed.jsonl": changed})

    found = refusal(tmp_path)

    assert (found.file, found.position) == ("disclosed.jsonl", line)


def test_a_disclosure_cut_off_is_refused(house: House, tmp_path: Path) -> None:
    files = golden_files(house)
    house.seal(tmp_path, {**files, "disclosed.jsonl": files["disclosed.jsonl"][:-1]})

    assert refusal(tmp_path).file == "disclosed.jsonl"


def test_a_log_that_breaks_its_own_rules_is_named_by_bundle_and_index(
    house: House, tmp_path: Path
) -> None:
    log = a_log(300)
    twice = type(log)(log.seed, [*log.records, log.records[7]])
    house.seal(tmp_path, twice.files(house))

    found = refusal(tmp_path)

    assert (found.file, found.position) == ("tile/entries/001.p/45", 300)


def cosigned_log(house: House, at: str) -> dict[str, bytes]:
    """Export two entries, the second saying `at`, cosigned by two operators on 1 December."""
    log = golden.log()
    amended = {**log["entries"][1]["fields"], "at": at}
    records = [bytes.fromhex(log["entries"][0]["record"]), entry.record(amended, None)]
    alone = Log(bytes.fromhex(log["log"]["seed"]), records)
    text = note.parse(alone.note()).text
    lines = [*note.parse(alone.note()).lines]
    for role in ("witness", "duty"):
        key = note.parse_key(log[role]["vkey"])
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(log[role]["seed"]))
        lines.append(note.cosign(text, key, private.sign, 1_796_083_200))
    files = alone.files(house)
    del files["checkpoints/1"]
    cosigned = note.Note(text, tuple(lines)).encode()
    return {**files, "checkpoint": cosigned, "policy.txt": log["policy"].encode()}


def test_an_entry_dated_after_its_cosigned_checkpoint_is_refused(
    house: House, tmp_path: Path
) -> None:
    house.seal(tmp_path, cosigned_log(house, "2026-12-01T00:00:05.000000Z"))
    assert verify.verify_export(tmp_path, TRUST_NOTHING).log.dated[1] is Dated.OK

    house.seal(tmp_path, cosigned_log(house, "2026-12-01T00:00:05.000001Z"))
    found = refusal(tmp_path)

    assert (found.file, found.position) == ("checkpoint", 1)


def test_a_cosigner_whose_time_runs_backwards_is_found(house: House, tmp_path: Path) -> None:
    files = cosigned_log(house, "2026-11-30T23:59:59.000000Z")
    log = golden.log()
    alone = Log(bytes.fromhex(log["log"]["seed"]), a_log(1).records)
    signed = note.parse(alone.note())
    key = note.parse_key(log["witness"]["vkey"])
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(log["witness"]["seed"]))
    line = note.cosign(signed.text, key, private.sign, 1_796_083_201)
    older = note.Note(signed.text, (*signed.lines, line)).encode()
    house.seal(tmp_path, {**files, "checkpoints/1": older})

    assert "backwards" in refusal(tmp_path).sentence


def test_the_sums_are_those_of_sha256sum(small: Path) -> None:
    tool = shutil.which("sha256sum")
    if tool is None:
        pytest.skip("no sha256sum on this machine")
    checked = subprocess.run(
        [tool, "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=small, check=False
    )
    assert checked.returncode == 0


def test_a_key_file_is_one_key_and_a_newline(house: House, small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    key = (folder / "log.vkey").read_bytes()
    for data in (key[:-1], key + b"\n", b"\xff"):
        house.seal(folder, {"log.vkey": data})
        assert refusal(folder).file == "log.vkey"
