"""What the browser's modules seal is what Python would have sealed, byte for byte, and back."""

import json
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from bidding.clients import sealing
from bidding.clients.sealing import SealedBid, SealedFiles
from bidding.sealed import seal
from bidding.sealed.index import PIECE_SIZE, open_index, open_piece
from bidding.sealed.objects import Core, Group, Manifest, Member, Policy
from notary import age, cms
from notary.canonical import sha256_hex
from notary.shape import dump
from tests import node
from tests.bidding.golden import PRICE, Facts, certificate, golden, manifest, policy, revisions
from tests.bidding.test_sealing import (
    FORM,
    a_bid,
    an_invitation,
    entropy_of,
    signature,
    some_files,
)

LARGEST = (16, 8)  # groups, members of each


def a_policy(seed: int, groups: int, members: int, k: int) -> Policy:
    entropy = entropy_of(seed)
    return replace(
        policy(),
        k=k,
        groups=tuple(
            Group(
                id=f"g{x}",
                x=x,
                members=tuple(
                    Member(recipient=age.recipient_of(entropy(32)), key_sha256=entropy(32).hex())
                    for _ in range(members)
                ),
            )
            for x in range(1, groups + 1)
        ),
    )


def a_dealing(seed: int) -> tuple[Core, Policy, bytes]:
    """Return a core, a policy and an S that the seed chooses; seed 0 is the largest policy."""
    drawn = entropy_of(seed)(8)
    groups, members = LARGEST if seed == 0 else (2 + drawn[0] % 15, 1 + drawn[1] % 8)
    made = a_policy(seed, groups, members, 2 + drawn[2] % (groups - 1))
    secret = entropy_of(-seed - 1)(32)
    core = replace(
        manifest("second").core,
        policy_sha256=sha256_hex(dump(made)),
        nonce=drawn.hex() * 2,
        recipient=age.recipient_of(secret),
    )
    return core, made, secret


def judge(dealings: list[tuple[Core, Policy, bytes]]) -> None:
    expected = [
        dump(Manifest(core=core, shares=seal.deal(core, made, secret))).decode()
        for core, made, secret in dealings
    ]

    answer = node.ask(
        "deal",
        [
            {
                "core": json.loads(dump(core)),
                "policy": json.loads(dump(made)),
                "secret": secret.hex(),
            }
            for core, made, secret in dealings
        ],
    )

    assert answer == expected


def test_node_deals_the_same_bytes_to_policies_of_every_size() -> None:
    judge([a_dealing(seed) for seed in range(2)])


@pytest.mark.nightly
def test_node_deals_the_same_bytes_to_a_hundred_policies() -> None:
    judge([a_dealing(seed) for seed in range(100, 200)])


def offered() -> Facts:
    """Return what a hall answers of the golden box (GET …/sealing)."""
    facts = golden()
    core = manifest("second").core
    crt = facts["certificates"]["ca"]
    return {
        "box": {"origin": core.origin, "tender": core.tender, "lot": core.lot, "stage": core.stage},
        "notices": [{"json": one["json"], "p7s": one["p7s"]} for one in facts["notices"]],
        "policies": [facts["policy"]["json"]],
        "keys": [
            {"json": one["key"]["json"], "p7s": one["key"]["p7s"]} for one in facts["trustees"]
        ],
        "duties": [{"json": facts["duty"]["json"], "p7s": facts["duty"]["p7s"]}],
        "authorities": {
            "roots": f"-----BEGIN CERTIFICATE-----\n{crt}\n-----END CERTIFICATE-----\n",
            "crls": facts["crls_pem"],
        },
    }


def sealed_by_node(folder: Path, sizes: list[int]) -> bytes:
    """Have node seal a bid into the folder; return its S, out of the receipt."""
    own = bytes(range(32))
    bidder = manifest("second").core.bidder
    node.ask(
        "seal",
        {
            "sealed_to": offered(),
            "bidder": {"id": bidder.id, "cert_sha256": bidder.cert_sha256},
            "place": {"seq": 1, "supersedes": None},
            "form": FORM,
            "sizes": sizes,
            "recipient": age.recipient_of(own),
            "key": golden()["test_keys_pkcs8"]["bidder"],
            "certificate": golden()["certificates"]["bidder"],
            "folder": str(folder),
        },
    )
    line = age.decrypt((folder / "receipt.age").read_bytes(), own).decode().strip()
    return age.secret_of(line)


def test_what_node_sealed_passes_every_check_and_opens(tmp_path: Path) -> None:
    secret = sealed_by_node(tmp_path, [1, PIECE_SIZE + 1])

    bid = sealing.read_bid(tmp_path / "bid.seal")
    core, parts = bid.manifest.core, list(bid.parts())
    assert cms.verify(bid.seal, bid.p7s) == certificate("bidder")
    seal.require_bound(core, PRICE, revisions(), revisions()[-1].at)
    seal.require_sequence(core, [])
    seal.require_shares(bid.manifest, policy())
    for stated, part in zip(core.parts, parts, strict=True):
        seal.require_part(stated, seal.count(part))
    assert bid.manifest.shares == seal.deal(core, policy(), secret)
    index = open_index(core, parts[0], secret, an_invitation().terms.form)
    assert index.form == FORM
    assert [file.path for file in index.files] == ["文件/0.bin", "文件/1.bin"]
    opened = [open_piece(index, n, parts[n]) for n in range(1, 4)]
    assert opened == [b"\1", b"\2" * PIECE_SIZE, b"\2"]


def test_what_node_sealed_opens_with_nothing_but_age_and_tar(tmp_path: Path) -> None:
    secret = sealed_by_node(tmp_path, [3])
    with tarfile.open(tmp_path / "bid.seal", "r:") as archive:
        archive.extractall(tmp_path, filter="data")

    index = json.loads(by_age(tmp_path, secret, 0))
    assert index["form"] == FORM
    assert by_age(tmp_path, bytes.fromhex(index["files_key"]), 1) == b"\1\1\1"


def by_age(folder: Path, secret: bytes, n: int) -> bytes:
    (folder / "identity.txt").write_text(age.identity_of(secret) + "\n")
    command = ["age", "-d", "-i", str(folder / "identity.txt"), str(folder / f"p{n:04}.age")]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def test_the_transport_file_of_node_is_that_of_python(tmp_path: Path) -> None:
    secret = sealed_by_node(tmp_path, [5, 6])
    given = sealing.read_bid(tmp_path / "bid.seal")
    first, *others = given.parts()
    paths = tuple(tmp_path / f"part-{n}" for n in range(len(others)))
    for path, content in zip(paths, others, strict=True):
        path.write_bytes(content)

    sealing.write_bid(
        tmp_path / "again.seal",
        SealedBid(seal=given.seal, secret=secret, index=b"", part_0=first),
        given.p7s,
        SealedFiles(files_key=bytes(32), parts=given.manifest.core.parts[1:], paths=paths),
    )

    assert (tmp_path / "again.seal").read_bytes() == (tmp_path / "bid.seal").read_bytes()


def test_node_reads_the_transport_file_of_python_and_finds_each_flipped_part(
    tmp_path: Path,
) -> None:
    files = some_files(tmp_path, 10, 70_000)
    bid = a_bid(files)
    path = tmp_path / "bid.seal"
    sealing.write_bid(path, bid, signature(bid), files)

    told = node.ask("read", {"path": str(path)})
    assert told["envelope"] == bid.envelope_id
    assert [part["sha256"] for part in told["parts"]] == [
        part.sha256 for part in seal.read_manifest(bid.seal).core.parts
    ]

    content = bytearray(path.read_bytes())
    content[told["parts"][2]["from"]] ^= 1
    path.write_bytes(content)
    with pytest.raises(subprocess.CalledProcessError) as raised:
        node.ask("read", {"path": str(path)})
    assert "part 2 has another hash" in raised.value.stderr
