import asyncio
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary import durable, merkle, note, shape
from notary.note import Checkpoint
from notary.signer import (
    LogFault,
    LogKey,
    Signer,
    StaleState,
    State,
    read_key,
    read_state,
    unsigned,
)

ORIGIN = "hall.example/log/00c0ffee"
KEY = LogKey(origin=ORIGIN, seed=bytes(range(32)), demo=False)
LEAVES = merkle.leaf_hashes([f"record {n}".encode() for n in range(64)])
OTHERS = merkle.leaf_hashes([f"another {n}".encode() for n in range(64)])


class PowerCut(Exception):  # noqa: N818 - it is what it says
    """The process ends here."""


def a_signer(folder: Path, **named: object) -> Signer:
    durable.replace(folder / "state", shape.dump(unsigned(ORIGIN)))
    return Signer(folder, KEY, **named)  # type: ignore[arg-type]


def checkpoint(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(ORIGIN, size, merkle.root(leaves[:size]))


def sign(signer: Signer, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    state = signer.state()
    proof = merkle.consistency_proof(
        merkle.in_memory(leaves[: max(size, state.size)]), state.size, max(size, state.size)
    )
    return signer.sign(checkpoint(size, leaves), after=state, proof=proof)


def test_a_note_is_signed_by_the_log_and_remembered(tmp_path: Path) -> None:
    signer = a_signer(tmp_path)
    written = sign(signer, 3)

    assert note.open_checkpoint(note.parse(written), KEY.verifier) == checkpoint(3)
    assert (signer.state().size, signer.state().root) == (3, checkpoint(3).root)


def test_the_same_checkpoint_gets_the_same_note(tmp_path: Path) -> None:
    signer = a_signer(tmp_path)

    assert sign(signer, 3) == sign(signer, 3) == sign(Signer(tmp_path, KEY), 3)


@given(sizes=st.lists(st.integers(1, 64), min_size=1, max_size=8))
def test_whatever_is_asked_only_growing_logs_are_signed(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    signer = a_signer(tmp_path_factory.mktemp("signer"))
    signed = 0
    for size in sizes:
        if size >= signed:
            sign(signer, size)
            signed = size
        else:
            with pytest.raises(LogFault, match="older than the signer state"):
                sign(signer, size)

    assert signer.state().size == signed


def test_another_root_for_a_signed_size_is_refused(tmp_path: Path) -> None:
    signer = a_signer(tmp_path)
    sign(signer, 3)

    with pytest.raises(LogFault, match="does not extend the one of 3 that was signed"):
        signer.sign(checkpoint(3, OTHERS), after=signer.state(), proof=[])
    assert signer.state().root == checkpoint(3).root


def test_a_longer_log_that_forked_is_refused(tmp_path: Path) -> None:
    signer = a_signer(tmp_path)
    sign(signer, 3)
    proof = merkle.consistency_proof(merkle.in_memory(OTHERS[:5]), 3, 5)

    with pytest.raises(LogFault, match="does not extend"):
        signer.sign(checkpoint(5, OTHERS), after=signer.state(), proof=proof)
    assert signer.state().size == 3


def test_a_state_that_moved_in_between_asks_for_another_proof(tmp_path: Path) -> None:
    signer = a_signer(tmp_path)
    before = signer.state()
    sign(signer, 3)

    with pytest.raises(StaleState):
        signer.sign(checkpoint(5), after=before, proof=[])


def test_a_signature_never_leaves_before_it_is_remembered(tmp_path: Path) -> None:
    def cut(step: str) -> None:
        if step == "signer.signed":
            raise PowerCut

    with pytest.raises(PowerCut):
        sign(a_signer(tmp_path, fail_point=cut), 3)

    assert read_state(tmp_path / "state") == unsigned(ORIGIN)


def test_a_lost_answer_is_given_again(tmp_path: Path) -> None:
    def cut(step: str) -> None:
        if step == "signer.remembered":
            raise PowerCut

    with pytest.raises(PowerCut):
        sign(a_signer(tmp_path, fail_point=cut), 3)

    assert read_state(tmp_path / "state").size == 3
    assert b"\n3\n" in sign(Signer(tmp_path, KEY), 3)


def test_a_disk_that_does_not_sync_gives_no_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    signer = a_signer(tmp_path)
    monkeypatch.setattr(os, "fsync", broken)

    with pytest.raises(OSError, match="Input/output"):
        sign(signer, 3)
    assert read_state(tmp_path / "state") == unsigned(ORIGIN)


def test_the_highest_entry_is_kept_and_never_lowered(tmp_path: Path) -> None:
    signer = a_signer(tmp_path)
    sign(signer, 3)
    signer.remember(41)
    signer.remember(7)
    sign(signer, 4)

    assert (signer.state().entry_id, signer.state().size) == (41, 4)


def test_the_state_of_another_hall_is_refused(tmp_path: Path) -> None:
    signer = a_signer(tmp_path)
    durable.replace(tmp_path / "state", shape.dump(unsigned("hall.example/log/deadbeef")))

    with pytest.raises(LogFault, match="copied from another hall"):
        signer.state()


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b'{"v":"hall-signer/v2"}', b"\xff"])
def test_a_damaged_state_or_key_is_a_fault_that_names_the_file(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(LogFault, match="file is damaged"):
        read_state(tmp_path / "file")
    with pytest.raises(LogFault, match="file is damaged"):
        read_key(tmp_path / "file")
    with pytest.raises(LogFault, match="missing is missing"):
        read_key(tmp_path / "missing")


def test_a_key_comes_back_as_it_was_written_and_never_shows_its_seed(tmp_path: Path) -> None:
    durable.replace(tmp_path / "key", shape.dump(KEY))

    assert read_key(tmp_path / "key") == KEY
    assert KEY.seed.hex() not in repr(KEY)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


async def test_many_signers_of_one_home_sign_one_history(tmp_path: Path) -> None:
    a_signer(tmp_path)
    sizes = list(range(1, 41))
    start = threading.Barrier(4)

    def sign_all() -> list[bytes]:
        signer = Signer(tmp_path, KEY)
        start.wait()
        notes = []
        for size in sizes:
            try:
                notes.append(sign(signer, size))
            except (StaleState, LogFault):  # another one was quicker
                continue
        return notes

    written = await asyncio.gather(*(asyncio.to_thread(sign_all) for _ in range(4)))
    signed: dict[int, set[bytes]] = {}
    for one in (text for notes in written for text in notes):
        opened = note.open_checkpoint(note.parse(one), KEY.verifier)
        signed.setdefault(opened.size, set()).add(opened.root)

    assert read_state(tmp_path / "state").size == sizes[-1]
    assert all(len(roots) == 1 for roots in signed.values())


def test_a_state_reads_as_it_was_written() -> None:
    state = State(origin=ORIGIN, size=3, root=bytes(32), note_sha256=64 * "a", entry_id=9)

    assert shape.load(State, shape.dump(state)) == state
