import json
from base64 import b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from notary import note
from tests import shared
from tests.notary import golden


def published() -> list[dict[str, Any]]:
    return json.loads(shared.path("vectors/note_vectors.json").read_text())  # type: ignore[no-any-return]


def signer(seed: bytes) -> note.Sign:
    return Ed25519PrivateKey.from_private_bytes(seed).sign


def test_the_example_of_the_note_package_is_signed_alike() -> None:
    case = published()[0]
    key = note.parse_key(case["vkey"])
    seed = b64decode(case["skey"].split("+", 4)[4])[1:]

    line = note.sign_note(case["text"], key, signer(seed))

    assert line.text == case["signature_line"]
    assert key.vkey == case["vkey"]
    signed = note.parse(note.Note(case["text"], (line,)).encode())
    assert note.signers(signed, [key]) == {key: None}


def test_the_checkpoint_of_c2sp_issue_99() -> None:
    case = published()[1]
    origin = case["checkpoint"].partition("\n")[0]
    key = note.VerifierKey(origin, note.Algorithm.ED25519, bytes.fromhex(case["public_key_hex"]))
    signed = note.parse(case["checkpoint"].encode())

    checkpoint = note.open_checkpoint(signed, key)
    line = note.sign_note(checkpoint.text, key, signer(bytes.fromhex(case["private_key_hex"])))

    assert (checkpoint.origin, checkpoint.size) == (origin, 10)
    assert note.Note(checkpoint.text, (line,)).encode() == case["checkpoint"].encode()


def test_the_cosignature_of_a_mirror_in_the_field() -> None:
    case = published()[3]
    key = note.parse_key(case["vkey"])

    times = note.signers(note.parse(case["checkpoint"].encode()), [key])

    assert times == {key: 1767139200}


def test_checkpoints_of_the_foreign_golden_log() -> None:
    key = note.parse_key(published()[2]["vkey"])
    for size in range(16):
        written = shared.path(f"vectors/tessera-log/checkpoint.{size}").read_bytes()
        assert note.open_checkpoint(note.parse(written), key).size == size


def test_the_golden_checkpoints_are_signed_alike() -> None:
    log = golden.log()
    roles = ("witness", "mirror", "duty")
    keys = {role: note.parse_key(log[role]["vkey"]) for role in ("log", *roles)}
    sign = {role: signer(bytes.fromhex(log[role]["seed"])) for role in keys}
    for case in log["checkpoints"]:
        checkpoint = note.Checkpoint(keys["log"].name, case["size"], bytes.fromhex(case["root"]))
        text = checkpoint.text
        lines = [
            note.sign_note(text, keys["log"], sign["log"]),
            *(note.cosign(text, keys[role], sign[role], case["times"][role]) for role in roles),
        ]

        assert note.Note(text, tuple(lines)).encode() == case["note"].encode()
        signed = note.parse(case["note"].encode())
        assert note.open_checkpoint(signed, keys["log"]) == checkpoint
        assert note.signers(signed, keys.values()) == {
            keys["log"]: None,
            **{keys[role]: case["times"][role] for role in roles},
        }


def test_a_note_of_sixteen_lines_in_any_order_is_read() -> None:
    log = golden.log()
    key = note.parse_key(log["log"]["vkey"])
    text, _, line = log["checkpoint"].partition("\n\n")
    own = line.split("\n")[0]
    foreign = [f"— stranger{n}.example {'A' * 96}" for n in range(15)]

    signed = note.parse("\n".join([text, "", *foreign, own, ""]).encode())

    assert note.open_checkpoint(signed, key).size == 11


def test_two_lines_of_one_cosigner_count_with_the_earlier_time() -> None:
    log = golden.log()
    key = note.parse_key(log["witness"]["vkey"])
    sign = signer(bytes.fromhex(log["witness"]["seed"]))
    text = log["checkpoint"].partition("\n\n")[0] + "\n"
    lines = tuple(note.cosign(text, key, sign, time) for time in (30, 20, 40))

    assert note.signers(note.Note(text, lines), [key]) == {key: 20}


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "hall.example+6b9b888b",
        "hall.example+00000000+ASLku1HiZzkaMlYRfZoPxHwLNHVAUWALol2TqSfAk5yl",
        "hall.anshan.example/ledger+6B9B888B+ASLku1HiZzkaMlYRfZoPxHwLNHVAUWALol2TqSfAk5yl",
        "hall.anshan.example/ledger+6b9b888b+ASLku1HiZzkaMlYRfZoPxHwLNHVAUWALol2TqSfAk5ym",
        "hall.anshan.example/ledger+6b9b888b+BiLku1HiZzkaMlYRfZoPxHwLNHVAUWALol2TqSfAk5yl",
        "hall.anshan.example/ledger+6b9b888b+ASLku1HiZzkaMlYRfZoPxHwLNHVAUWALol2TqSfAkw==",
        "hall anshan+6b9b888b+ASLku1HiZzkaMlYRfZoPxHwLNHVAUWALol2TqSfAk5yl",
    ],
)
def test_a_key_that_is_not_as_specified_is_refused(vkey: str) -> None:
    with pytest.raises(note.BadNote):
        note.parse_key(vkey)


@pytest.mark.parametrize("origin", ["", "http://a", "a b", "a+b", "x" * 129, "a\u200bb"])
def test_an_origin_that_is_not_as_fixed_is_refused(origin: str) -> None:
    with pytest.raises(note.BadNote):
        note.require_origin(origin)
    note.require_origin("localhost:8080/log/0a1b2c3d")


def test_a_line_of_the_log_under_another_name_is_no_line_of_it() -> None:
    log = golden.log()
    key = note.parse_key(log["log"]["vkey"])
    signed = note.parse(log["checkpoint"].encode())
    renamed = note.VerifierKey("hall.other.example", key.algorithm, key.public)
    cosigner = note.VerifierKey(key.name, note.Algorithm.COSIGNATURE, key.public)

    for other in (renamed, cosigner):
        with pytest.raises(note.BadNote):
            note.open_checkpoint(signed, other)


@pytest.mark.parametrize(
    "lines",
    ["— a.example AAAAAA==\n", "— a.example AAAA\n" * 65, "— a.example\n", "A" * (1 << 20) + "\n"],
    ids=["key id alone", "too many lines", "no signature", "too long"],
)
def test_a_note_whose_lines_are_not_as_specified_is_refused(lines: str) -> None:
    with pytest.raises(note.BadNote):
        note.parse(f"text\n\n{lines}".encode())


@pytest.mark.parametrize("data", [b"\xff\n\n\n", b"text", b"text\x00\n\nline\n"])
def test_bytes_that_are_no_note_are_refused(data: bytes) -> None:
    with pytest.raises(note.BadNote):
        note.parse(data)
