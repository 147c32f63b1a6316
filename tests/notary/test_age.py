import base64
import hashlib
import itertools
import json
import shutil
import subprocess
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyrage  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary import age, bech32
from notary.age import BadAge
from tests import shared

SECRET = bytes(range(32))
RECIPIENT = age.recipient_of(SECRET)
CHUNK = 64 * 1024

KIT = [
    "header_crlf", "hmac_bad", "hmac_garbage", "hmac_no_space", "hmac_trailing_space",
    "stanza_bad_start", "stanza_empty_argument", "stanza_empty_body", "stanza_long_line",
    "stanza_missing_final_line", "stanza_no_arguments", "stanza_spurious_cr",
    "stanza_valid_characters", "stream_257_chunks_full", "stream_bad_tag",
    "stream_bad_tag_second_chunk_full", "stream_empty_payload", "stream_last_chunk_full_second",
    "stream_missing_tag", "stream_no_final", "stream_no_final_two_chunks", "stream_short_chunk",
    "stream_short_nonce", "stream_trailing_garbage_long", "stream_two_chunks",
    "stream_two_final_chunks", "stream_two_final_chunks_second", "x25519_bad_tag",
    "x25519_extra_argument", "x25519_grease", "x25519_long_file_key", "x25519_low_order",
    "x25519_no_match", "x25519_not_canonical_share",
]  # fmt: skip


@dataclass(frozen=True)
class KitFile:
    """One file of the age test kit (C2SP/CCTV) and what we say of it."""

    facts: dict[str, str]
    outcome: dict[str, Any]
    content: bytes

    @property
    def secret(self) -> bytes:
        """The secret that the file is for, where the kit names one."""
        return age.secret_of(self.facts["identity"])


def kit_file(name: str) -> KitFile:
    header, _, body = shared.path(f"vectors/age/{name}").read_bytes().partition(b"\n\n")
    facts = dict(line.split(": ", 1) for line in header.decode().splitlines())
    if facts.get("compressed") == "zlib":
        body = zlib.decompress(body)
    outcome = json.loads(shared.path("vectors/age/profile.json").read_bytes())[name]
    return KitFile(facts, outcome, body)


def golden() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(shared.path("vectors/seal-v1-golden.json").read_bytes())
    return content


def test_the_kit_is_whole() -> None:
    outcomes = json.loads(shared.path("vectors/age/profile.json").read_bytes())

    assert sorted(outcomes) == KIT
    assert len(KIT) == 34


@pytest.mark.parametrize("name", KIT)
def test_profile_of_each_kit_file(name: str) -> None:
    file = kit_file(name)
    head = file.content[: age.MAX_HEADER]

    if file.outcome["profile"] == "refuse":
        with pytest.raises(BadAge):
            age.check_header(head, len(file.content))
    else:
        size = age.check_header(head, len(file.content))
        assert size == file.outcome["plaintext"]
        payload = 16 + size + 16 * -(-size // CHUNK)
        assert len(file.content) - payload == file.outcome["header"]


@pytest.mark.parametrize("name", KIT)
def test_a_kit_file_opens_exactly_if_profile_and_age_say_so(name: str, tmp_path: Path) -> None:
    file = kit_file(name)
    source, target = tmp_path / "a.age", tmp_path / "a"
    source.write_bytes(file.content)
    digest = file.facts.get("payload", "")
    opens = file.facts["expect"] == "success" and file.outcome["profile"] == "accept"

    if opens:
        plaintext = age.decrypt(file.content, file.secret)
        assert hashlib.sha256(plaintext).hexdigest() == digest
        assert age.decrypt_file(source, target, file.secret, sha256=digest) == len(plaintext)
        assert target.read_bytes() == plaintext
    else:
        secret = file.secret if "identity" in file.facts else SECRET
        with pytest.raises(BadAge):
            age.decrypt(file.content, secret)
        with pytest.raises(BadAge):
            age.decrypt_file(source, target, secret, sha256=digest)
        assert list(tmp_path.iterdir()) == [source]


def test_golden_keys() -> None:
    content = golden()
    pairs = [(bid["S"], bid["identity"], bid["recipient"]) for bid in content["bids"]]
    pairs += [(bid["F"], bid["files_identity"], bid["files_recipient"]) for bid in content["bids"]]
    for secret_hex, identity, recipient in pairs:
        secret = bytes.fromhex(secret_hex)

        assert age.identity_of(secret) == identity
        assert age.secret_of(identity) == secret
        assert age.recipient_of(secret) == recipient
        assert age.parse_recipient(recipient)


@given(st.binary(min_size=32, max_size=32))
def test_pyrage_spells_keys_the_same(secret: bytes) -> None:
    identity = pyrage.x25519.Identity.from_str(age.identity_of(secret))

    assert str(identity) == age.identity_of(secret)
    assert str(identity.to_public()) == age.recipient_of(secret)


def test_no_letter_of_a_key_can_change() -> None:
    identity = age.identity_of(SECRET)
    for i in range(len(RECIPIENT)):
        for letter in "1qzbQ \u212a":
            changed = RECIPIENT[:i] + letter + RECIPIENT[i + 1 :]
            if changed != RECIPIENT:
                with pytest.raises(BadAge):
                    age.parse_recipient(changed)
    for i in range(len(identity)):
        for letter in "1QZBq \u212a":
            changed = identity[:i] + letter + identity[i + 1 :]
            if changed != identity:
                with pytest.raises(BadAge):
                    age.secret_of(changed)


@pytest.mark.parametrize("text", ["", "age1", RECIPIENT.upper(), RECIPIENT[:-1], RECIPIENT + "q"])
def test_other_recipients_are_refused(text: str) -> None:
    with pytest.raises(BadAge):
        age.parse_recipient(text)


@pytest.mark.parametrize(
    "u", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255 - 10, 2**255 + 9, 2**256 - 1]
)
def test_low_order_and_second_spellings_are_refused(u: int) -> None:
    text = bech32.encode("age", u.to_bytes(32, "little"))

    with pytest.raises(BadAge):
        age.parse_recipient(text)


def test_golden_share_envelopes_byte_for_byte() -> None:
    content = golden()
    policies = {
        policy["sha256"]: json.loads(policy["json"])
        for policy in (content["policy"], content["policy_technical"], content["policy_bidder"])
    }
    envelopes = 0
    for bid in content["bids"]:
        core = json.loads(bid["core_jcs"])
        groups = policies[core["policy_sha256"]]["groups"]
        manifest = json.loads(bid["seal"]["json"])
        for group, share, entry in zip(
            groups, bid.get("shares", []), manifest["shares"], strict=True
        ):
            recipients = [member["recipient"] for member in group["members"]]
            envelope = age.seal_one_chunk(
                share["text"].encode(),
                recipients,
                bytes.fromhex(share["filekey"]),
                bytes.fromhex(share["nonce"]),
                [bytes.fromhex(secret) for secret in share["esk"]],
            )
            envelopes += 1

            assert base64.b64encode(envelope).decode() == entry["age"]
            assert hashlib.sha256(envelope).hexdigest() == share["age_sha256"]
            assert len(envelope) == 257 + 98 * len(recipients)
            age.check_envelope(envelope, len(recipients), 155)
            assert age.check_header(envelope, len(envelope), members=len(recipients)) == 155
    assert envelopes >= 9


def envelope_for(members: int, plaintext: bytes = b"x" * 155) -> bytes:
    secrets = [bytes([member]) * 32 for member in range(1, members + 1)]
    recipients = [age.recipient_of(secret) for secret in secrets]
    return age.seal_one_chunk(plaintext, recipients, bytes(16), bytes(16), secrets)


@pytest.mark.parametrize("members", range(1, 9))
def test_every_member_opens_the_envelope_with_each_tool(members: int, tmp_path: Path) -> None:
    envelope = envelope_for(members)

    age.check_envelope(envelope, members, 155)
    for member in range(1, members + 1):
        secret = bytes([member]) * 32
        assert age.decrypt(envelope, secret, members=members) == b"x" * 155
        assert debian_age(envelope, secret, tmp_path).stdout == b"x" * 155


def test_keys_and_nonces_have_one_length() -> None:
    with pytest.raises(BadAge):
        age.identity_of(bytes(31))
    with pytest.raises(BadAge):
        age.recipient_of(bytes(33))
    for file_key, nonce, ephemeral in [(15, 16, 32), (16, 17, 32), (16, 16, 31)]:
        with pytest.raises(BadAge):
            age.seal_one_chunk(b"x", [RECIPIENT], bytes(file_key), bytes(nonce), [bytes(ephemeral)])


def test_an_envelope_of_another_form_is_refused() -> None:
    envelope = envelope_for(2)
    grease = envelope.replace(b"\n---", b"\n-> x-grease\n\n---", 1)

    for members, size in [(1, 155), (3, 155), (2, 154)]:
        with pytest.raises(BadAge):
            age.check_envelope(envelope, members, size)
    age.check_header(grease, len(grease), members=2)
    with pytest.raises(BadAge):
        age.check_envelope(grease, 2, 155)


def test_nine_stanzas_are_refused() -> None:
    with pytest.raises(BadAge):
        age.check_envelope(envelope_for(9), 9, 155)


def test_a_header_of_more_than_4096_bytes_is_refused() -> None:
    envelope = envelope_for(1)
    header_size = len(envelope) - 187

    def with_header_of(size: int) -> bytes:
        name = b"x" * (size - header_size - len(b"-> grease\n\n"))
        return envelope.replace(b"\n---", b"\n-> " + name + b"grease\n\n---", 1)

    fits, longer = with_header_of(4096), with_header_of(4097)
    assert age.check_header(fits[: age.MAX_HEADER], len(fits)) == 155
    with pytest.raises(BadAge):
        age.check_header(longer, len(longer))


def test_the_empty_and_the_too_large_plaintext_are_refused() -> None:
    header = envelope_for(1)[:-187]
    chunks = 128

    assert age.check_header(header, len(header) + 16 + chunks * (CHUNK + 16)) == 8 * 2**20
    for payload in (
        15,
        16,
        17,
        32,
        16 + chunks * (CHUNK + 16) + 1,
        16 + chunks * (CHUNK + 16) + 17,
    ):
        with pytest.raises(BadAge):
            age.check_header(header, len(header) + payload)
    with pytest.raises(BadAge):
        age.encrypt(b"", RECIPIENT)
    with pytest.raises(BadAge):
        age.encrypt(bytes(8 * 2**20 + 1), RECIPIENT)
    with pytest.raises(BadAge):
        envelope_for(1, b"")
    with pytest.raises(BadAge):
        envelope_for(1, bytes(CHUNK + 1))


def test_each_changed_byte_of_an_envelope_is_refused_or_does_not_open() -> None:
    envelope = envelope_for(1)
    for i, bit in itertools.product(range(len(envelope)), (1, 0x80)):
        changed = bytearray(envelope)
        changed[i] ^= bit
        with pytest.raises(BadAge):
            age.decrypt(bytes(changed), bytes([1]) * 32)


@given(st.binary(min_size=1, max_size=300))
def test_encrypted_bytes_fit_the_profile_and_open(plaintext: bytes) -> None:
    ciphertext = age.encrypt(plaintext, RECIPIENT)

    assert age.check_header(ciphertext[: age.MAX_HEADER], len(ciphertext)) == len(plaintext)
    assert age.decrypt(ciphertext, SECRET) == plaintext


@given(st.binary(max_size=400))
def test_any_header_is_read_or_refused(tail: bytes) -> None:
    for head in (tail, b"age-encryption.org/v1\n" + tail, envelope_for(1)[:120] + tail):
        with pytest.raises(BadAge):
            age.decrypt(head, SECRET)


def test_debian_age_opens_ours_and_we_open_its(tmp_path: Path) -> None:
    plaintext = bytes(range(256)) * 1000
    ours = age.encrypt(plaintext, RECIPIENT)
    theirs = subprocess.run(
        [tool("age"), "-r", RECIPIENT], input=plaintext, capture_output=True, check=True
    ).stdout

    assert debian_age(ours, SECRET, tmp_path).stdout == plaintext
    assert age.decrypt(theirs, SECRET) == plaintext


@pytest.mark.parametrize("size", [1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_truncation_leaves_no_file(size: int, tmp_path: Path) -> None:
    source, target = tmp_path / "part.age", tmp_path / "piece"
    whole = age.encrypt(bytes(size), RECIPIENT)
    digest = hashlib.sha256(bytes(size)).hexdigest()
    borders = {len(whole) - 1, len(whole) - 17, len(whole) - CHUNK - 16, len(whole) // 2}

    for length in borders - {n for n in borders if n <= 0}:
        source.write_bytes(whole[:length])
        with pytest.raises(BadAge):
            age.decrypt_file(source, target, SECRET, sha256=digest)
        assert list(tmp_path.iterdir()) == [source]


def test_files_go_round(tmp_path: Path) -> None:
    plain, part, piece = tmp_path / "a", tmp_path / "a.age", tmp_path / "b"
    plain.write_bytes(bytes(8 * 2**20))
    age.encrypt_file(plain, part, RECIPIENT)

    size = age.decrypt_file(part, piece, SECRET, sha256=hashlib.sha256(bytes(2**23)).hexdigest())
    assert size == 8 * 2**20
    assert piece.read_bytes() == plain.read_bytes()
    assert sorted(tmp_path.iterdir()) == [plain, part, piece]


def test_another_hash_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    part, piece = tmp_path / "a.age", tmp_path / "b"
    part.write_bytes(age.encrypt(b"new", RECIPIENT))
    piece.write_bytes(b"old")

    with pytest.raises(BadAge):
        age.decrypt_file(part, piece, SECRET, sha256=hashlib.sha256(b"other").hexdigest())
    assert piece.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == [part, piece]


def test_a_file_too_large_for_the_profile_is_not_encrypted(tmp_path: Path) -> None:
    plain = tmp_path / "a"
    plain.write_bytes(bytes(8 * 2**20 + 1))

    with pytest.raises(BadAge):
        age.encrypt_file(plain, tmp_path / "a.age", RECIPIENT)
    assert list(tmp_path.iterdir()) == [plain]


def test_a_full_disk_is_no_fault_of_the_file() -> None:
    ciphertext = age.encrypt(bytes(2**20), RECIPIENT)

    with (
        Path("/dev/full").open("r+b", buffering=0) as full,
        pytest.raises(OSError, match="No space"),
    ):
        age._decrypt(BytesIO(ciphertext), full, SECRET)  # noqa: SLF001 - the rim to pyrage


def debian_age(
    ciphertext: bytes, secret: bytes, folder: Path
) -> subprocess.CompletedProcess[bytes]:
    """Decrypt with Debian's age."""
    identity = folder / "identity"
    identity.write_text(age.identity_of(secret) + "\n")
    return subprocess.run(
        [tool("age"), "-d", "-i", str(identity)], input=ciphertext, capture_output=True, check=True
    )


def tool(name: str) -> str:
    """Return the path of a program, or skip where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
