import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notary import entry, merkle, note, policy, proof
from notary.entry import BadEntry
from tests.notary import golden


def test_the_golden_proofs_are_written_and_checked_alike() -> None:
    log = golden.log()
    trusted = policy.parse(log["policy"].encode())
    leaves = [bytes.fromhex(each["leaf_hash"]) for each in log["entries"]]
    hash_of = merkle.in_memory(leaves)
    notes = {each["size"]: each["note"].encode() for each in log["checkpoints"]}
    for case in log["proofs"]:
        source = log["entries"][case["index"]]
        disclosed = entry.disclosure(
            source["fields"], source["salt"] and bytes.fromhex(source["salt"]), case["shown"]
        )
        hashes = merkle.inclusion_proof(hash_of, case["index"], case["size"])
        written = proof.of_entry(disclosed, case["index"], tuple(hashes), notes[case["size"]])
        assert written.encode().decode() == case["tlog_proof"]

        proven = proof.check(proof.parse(case["tlog_proof"].encode()), trusted)

        assert (proven.index, proven.seen.checkpoint.size) == (case["index"], case["size"])
        assert proven.opened.record.hex() == source["record"]


def test_the_golden_consistency_proofs() -> None:
    log = golden.log()
    leaves = [bytes.fromhex(each["leaf_hash"]) for each in log["entries"]]
    for case in log["consistency"]:
        made = merkle.consistency_proof(merkle.in_memory(leaves), case["from"], case["to"])
        assert tuple(made) == golden.hashes(case["proof"])


def test_every_tampered_disclosure_is_refused_with_its_reason() -> None:
    log = golden.log()
    tampers = log["tampers"]
    notes = {"log": log["checkpoint"], "hostile": tampers["hostile_log"]["checkpoint"]}
    trusted = policy.parse(log["policy"].encode())
    for case in tampers["disclosures"]:
        attempt = proof.Proof(
            index=case["index"],
            hashes=golden.hashes(case["proof"]),
            note=notes[case["in"]].encode(),
            extra=case["disclosure"].encode(),
        )
        with pytest.raises(BadEntry) as error:
            proof.check(attempt, trusted)
        assert error.value.reason == case["reason"], case["name"]


def test_every_tampered_note_is_refused_with_its_reason() -> None:
    log = golden.log()
    trusted = policy.parse(log["policy"].encode())
    refusals = {"note": note.BadNote, "quorum": policy.QuorumNotMet}
    for case in log["tampers"]["notes"]:
        if case["reason"] is None:
            assert trusted.check(note.parse(case["note"].encode())).checkpoint.size == 9
        else:
            with pytest.raises(refusals[case["reason"]]):
                trusted.check(note.parse(case["note"].encode()))


def test_the_golden_checkpoints_meet_the_quorum_when_their_last_operator_signed() -> None:
    log = golden.log()
    trusted = policy.parse(log["policy"].encode())
    for case in log["checkpoints"]:
        assert trusted.check(note.parse(case["note"].encode())).time == case["time"]


def test_the_fork_is_found_between_two_signed_notes() -> None:
    log = golden.log()
    trusted = policy.parse(log["policy"].encode())
    fork = log["tampers"]["fork"]
    old, new = (trusted.check(note.parse(fork[age]["note"].encode())) for age in ("old", "new"))

    with pytest.raises(merkle.BadProof):
        merkle.check_consistency(
            old.checkpoint.size,
            new.checkpoint.size,
            golden.hashes(fork["proof"]),
            old.checkpoint.root,
            new.checkpoint.root,
        )


@settings(deadline=None)
@given(st.data())
def test_a_proof_with_one_bit_flipped_is_refused(data: st.DataObject) -> None:
    log = golden.log()
    trusted = policy.parse(log["policy"].encode())
    written = bytearray(data.draw(st.sampled_from(log["proofs"]))["tlog_proof"].encode())
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] ^= 1 << data.draw(st.integers(0, 7))

    try:
        proven = proof.check(proof.parse(bytes(written)), trusted)
    except ValueError:
        return
    # What is left is a line that became one of an unknown key, while the quorum is still met.
    assert proven.seen.checkpoint.origin == log["entries"][0]["fields"]["origin"]
    assert len(proven.seen.cosigned) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AA==\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nextra AB==\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n!\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 0\u00a0\n\nnote\n",
    ],
)
def test_a_text_that_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(merkle.BadProof):
        proof.parse(text.encode())


def test_a_proof_without_extra_is_read_and_proves_nothing_of_an_entry() -> None:
    log = golden.log()
    bare = proof.Proof(index=0, hashes=(), note=log["checkpoint"].encode())

    assert proof.parse(bare.encode()) == bare
    with pytest.raises(BadEntry):
        proof.check(bare, policy.parse(log["policy"].encode()))


def test_a_policy_may_have_comments_blanks_addresses_and_thresholds() -> None:
    log = golden.log()
    text = log["policy"].replace(" any ", " 1 ").replace(" all ", "\t2  ")
    lines = ["# 政策", "", " \t ", *text.split("\n")]
    lines[3] += " https://hall.example/log"

    read = policy.parse("\n".join(lines).encode())

    assert read == policy.parse(log["policy"].encode())


def test_the_policy_of_a_single_hall_wants_no_cosignature() -> None:
    log = golden.log()
    trusted = policy.parse(policy.of_log(note.parse_key(log["log"]["vkey"])))

    seen = trusted.check(note.parse(log["checkpoint"].encode()))

    assert (seen.checkpoint.size, seen.time, seen.cosigned) == (11, None, {})


def bad_policies() -> list[str]:
    log = golden.log()
    good = log["policy"]
    witness = log["witness"]["vkey"]
    fresh = note.VerifierKey("x.example", note.Algorithm.COSIGNATURE, bytes(32)).vkey
    return [
        "",
        good.rstrip("\n"),
        good.replace("\n", "\r\n"),
        good + "quorum none\n",
        good + "unknown line\n",
        good + f"log {log['log']['vkey']}\n",
        good + f"witness again {witness}\n",
        good + f"witness province {log['duty']['vkey']}\n",
        good + f"witness none {fresh}\n",
        good + f"witness province {fresh}\n",
        good + "group again any province-witness\n",
        good + "group few 2 two-operators\n",
        good + "group few 0 two-operators\n",
        good + "group few 01 two-operators\n",
        good + "group empty any\n",
        good.replace("quorum two-operators", "quorum nobody"),
        good.replace("quorum two-operators\n", ""),
        good.replace("log hall", "witness w hall"),
        good.replace(witness, witness.replace("c9541dcf", "c9541dce")),
        "quorum two-operators\n" + good.replace("quorum two-operators\n", ""),
    ]


def test_a_policy_that_is_not_as_specified_is_refused() -> None:
    for text in bad_policies():
        with pytest.raises(policy.BadPolicy):
            policy.parse(text.encode())


def test_a_name_stands_once_in_a_group() -> None:
    log = golden.log()
    text = f"witness w {log['witness']['vkey']}\ngroup g any w w\nquorum g\n"

    with pytest.raises(policy.BadPolicy):
        policy.parse(text.encode())


def test_a_proof_too_long_is_refused() -> None:
    with pytest.raises(merkle.BadProof):
        proof.parse(bytes(proof.MAX_BYTES + 1))


@pytest.mark.parametrize("data", [b"AAAA", b"\xff\n", b"AAB=\n", b"\n"])
def test_lines_that_are_no_hashes_are_refused(data: bytes) -> None:
    with pytest.raises(merkle.BadProof):
        proof.decode_hashes(data)
