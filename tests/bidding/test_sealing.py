import base64
import itertools
import stat
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyshamir  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bidding.clients import sealing
from bidding.clients.sealing import BadBid, Invitation, SealedBid, SealedFiles
from bidding.sealed import seal
from bidding.sealed.index import PIECE_SIZE, open_index, open_piece
from bidding.sealed.objects import Bidder, Group, Member, Policy
from bidding.sealed.policy import read_policy
from bidding.types import Code, Complaint, Finding
from notary import age, cms
from notary.canonical import sha256_hex
from notary.instant import parse_seconds
from notary.shape import dump
from tests.bidding.golden import PRICE, certificate, golden, key, manifest, policy, revisions
from trading.notice import box_of
from trading.types import Field

AT = parse_seconds("2026-11-29T08:00:00Z")
FORM = {"bidder_name": "投标人甲", "duration_days": "365", "note": "", "price_fen": "122"}
FILES_KEY = bytes(range(64, 96))


def entropy_of(seed: int) -> Callable[[int], bytes]:
    """Return an entropy that never gives the same bytes twice and is the same in every run."""
    count = itertools.count()
    return lambda size: bytes.fromhex(sha256_hex(b"%d %d" % (seed, next(count))))[:size]


def an_invitation() -> Invitation:
    terms = box_of(revisions()[1].notice, PRICE.lot, PRICE.stage)
    assert terms is not None
    return Invitation(notice_sha256=revisions()[1].notice_sha256, terms=terms, policy=policy())


def a_bidder() -> Bidder:
    return manifest("second").core.bidder


def some_files(folder: Path, *sizes: int) -> SealedFiles:
    sources = []
    for n, size in enumerate(sizes):
        source = folder / f"source-{n}"
        source.write_bytes(bytes([n % 251]) * size)
        sources.append((f"文件/{n}.bin", "application/octet-stream", source))
    return sealing.seal_files(sources, FILES_KEY, folder)


def a_bid(files: SealedFiles, *, seed: int = 0, form: dict[str, str] = FORM) -> SealedBid:
    return sealing.seal_bid(
        an_invitation(), a_bidder(), form, files, earlier=[], entropy=entropy_of(seed), at=AT
    )


def signature(bid: SealedBid) -> bytes:
    return cms.sign(bid.seal, key("bidder"), certificate("bidder"))


def test_what_is_sealed_passes_every_check_and_opens(tmp_path: Path) -> None:
    files = some_files(tmp_path, 1, PIECE_SIZE, PIECE_SIZE + 1)
    bid = a_bid(files)

    sealed = seal.read_manifest(bid.seal)
    core, terms = sealed.core, an_invitation().terms
    seal.require_bound(core, PRICE, revisions()[:2], AT)
    seal.require_sequence(core, [])
    seal.require_shares(sealed, policy())
    parts = [bid.part_0, *(path.read_bytes() for path in files.paths)]
    for stated, part in zip(core.parts, parts, strict=True):
        seal.require_part(stated, seal.count(part))
    index = open_index(core, bid.part_0, bid.secret, terms.form)
    assert index.form == FORM
    assert [len(open_piece(index, n, parts[n])) for n in range(1, 5)] == [
        1,
        PIECE_SIZE,
        PIECE_SIZE,
        1,
    ]


def test_a_correction_keeps_its_files_and_nothing_else(tmp_path: Path) -> None:
    files = some_files(tmp_path, 10)
    first = a_bid(files, seed=1)
    second = sealing.seal_bid(
        an_invitation(),
        a_bidder(),
        FORM | {"price_fen": "121"},
        files,
        earlier=[first.envelope_id],
        entropy=entropy_of(2),
        at=AT,
    )

    old, new = seal.read_manifest(first.seal).core, seal.read_manifest(second.seal).core
    seal.require_fresh(seal.imprint(new), [seal.imprint(old)])
    seal.require_sequence(new, [first.envelope_id])
    assert new.parts[1:] == old.parts[1:]


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"price_fen": "1"}, "not exactly the fields"),
        (FORM | {"price_fen": "1.00"}, "price_fen is not of type fen"),
    ],
)
def test_answers_that_were_not_asked_for_are_refused_before_sealing(
    form: dict[str, str], why: str
) -> None:
    with pytest.raises(Finding, match=why) as raised:
        a_bid(SealedFiles(files_key=FILES_KEY), form=form)

    assert raised.value.code is Code.INDEX


def test_an_empty_file_is_refused_before_sealing(tmp_path: Path) -> None:
    with pytest.raises(Finding, match="E-INDEX"):
        some_files(tmp_path, 0)


def test_more_than_the_notice_allows_is_refused_before_sealing(tmp_path: Path) -> None:
    files = some_files(tmp_path, 100)
    small = replace(an_invitation(), terms=replace(an_invitation().terms, max_bytes=4_000))

    with pytest.raises(Finding, match="E-SIZE"):
        sealing.seal_bid(small, a_bidder(), FORM, files, earlier=[], entropy=entropy_of(0), at=AT)


def test_part_0_opens_with_nothing_but_age(tmp_path: Path) -> None:
    bid = a_bid(some_files(tmp_path, 5))
    (tmp_path / "identity.txt").write_text(age.identity_of(bid.secret) + "\n")
    (tmp_path / "p0000.age").write_bytes(bid.part_0)

    opened = subprocess.run(
        ["age", "-d", "-i", tmp_path / "identity.txt", tmp_path / "p0000.age"],
        check=True,
        capture_output=True,
    )

    assert opened.stdout == bid.index


def test_openssl_accepts_the_signature_of_a_bid(tmp_path: Path) -> None:
    bid = a_bid(some_files(tmp_path, 5))
    (tmp_path / "seal.json").write_bytes(bid.seal)
    (tmp_path / "seal.p7s").write_bytes(signature(bid))
    (tmp_path / "ca.pem").write_bytes(certificate("ca").public_bytes(Encoding.PEM))
    command = ["openssl", "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER"]
    files = ["-in", "seal.p7s", "-content", "seal.json", "-CAfile", "ca.pem", "-out", "/dev/null"]

    def verify() -> int:
        ran = subprocess.run([*command, *files], cwd=tmp_path, capture_output=True, check=False)
        return ran.returncode

    assert verify() == 0
    (tmp_path / "seal.json").write_bytes(bid.seal.replace(b'"seq":1', b'"seq":2'))
    assert verify() != 0


# `bid.seal`


def test_bid_seal_is_a_plain_ustar_in_order(tmp_path: Path) -> None:
    files = some_files(tmp_path, 5, PIECE_SIZE + 5)
    bid = a_bid(files)
    sealing.write_bid(tmp_path / "bid.seal", bid, signature(bid), files)

    listed = subprocess.run(
        ["tar", "--list", "--file", tmp_path / "bid.seal"], check=True, capture_output=True
    )
    names = ["seal.json", "seal.p7s", "p0000.age", "p0001.age", "p0002.age", "p0003.age"]
    assert listed.stdout.decode().split() == names
    with tarfile.open(tmp_path / "bid.seal") as archive:
        for member in archive.getmembers():
            assert member.isreg()
            assert (member.mode, member.uid, member.gid, member.mtime) == (0o644, 0, 0, 0)
            assert stat.S_IMODE(member.mode) == 0o644
    data = (tmp_path / "bid.seal").read_bytes()
    assert data[257:265] == b"ustar\x0000"


def test_bid_seal_is_read_as_it_was_written(tmp_path: Path) -> None:
    files = some_files(tmp_path, 5)
    bid = a_bid(files)
    sealing.write_bid(tmp_path / "bid.seal", bid, signature(bid), files)

    read = sealing.read_bid(tmp_path / "bid.seal")

    assert (read.seal, read.p7s) == (bid.seal, signature(bid))
    assert list(read.parts()) == [bid.part_0, files.paths[0].read_bytes()]
    with pytest.raises(FileExistsError):
        sealing.write_bid(tmp_path / "bid.seal", bid, signature(bid), files)


def test_a_part_that_has_changed_leaves_no_bid_seal(tmp_path: Path) -> None:
    files = some_files(tmp_path, 5)
    bid = a_bid(files)
    files.paths[0].write_bytes(b"short")

    with pytest.raises(OSError, match="unexpected end of data"):
        sealing.write_bid(tmp_path / "bid.seal", bid, signature(bid), files)

    assert not (tmp_path / "bid.seal").exists()


def test_another_archive_is_no_bid(tmp_path: Path) -> None:
    files = some_files(tmp_path, 5)
    bid = a_bid(files)
    sealing.write_bid(tmp_path / "bid.seal", bid, signature(bid), files)
    whole = (tmp_path / "bid.seal").read_bytes()
    bad = {
        "no archive": b"PK\x03\x04",
        "empty": b"",
        "renamed": whole.replace(b"seal.p7s", b"seal.sig", 1),
        "cut": whole[: len(whole) // 2],
        "compressed": b"\x1f\x8b" + whole,
    }
    for name, data in bad.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(BadBid):
            list(sealing.read_bid(path).parts())


def test_a_bid_seal_with_another_part_is_refused(tmp_path: Path) -> None:
    files = some_files(tmp_path, 5)
    bid = a_bid(files)
    changed = files.paths[0].read_bytes()[:-1] + b"\x00"
    files.paths[0].write_bytes(changed)
    sealing.write_bid(tmp_path / "bid.seal", bid, signature(bid), files)

    with pytest.raises(BadBid, match="not the part"):
        list(sealing.read_bid(tmp_path / "bid.seal").parts())


def test_the_receipt_gives_s_back_to_its_bidder_alone(tmp_path: Path) -> None:
    bid = a_bid(SealedFiles(files_key=FILES_KEY))
    own = bytes(range(32))
    sealing.write_receipt(tmp_path / "receipt.age", bid, age.recipient_of(own))

    receipt = (tmp_path / "receipt.age").read_bytes()
    line = age.decrypt(receipt, own).decode()
    assert age.secret_of(line.rstrip("\n")) == bid.secret
    with pytest.raises(age.BadAge):
        age.decrypt(receipt, bytes(32))


# Test envelopes


def test_a_rehearsal_is_opened_by_every_member() -> None:
    test = sealing.rehearsal(policy(), entropy_of(3), AT)
    sha256 = sha256_hex(dump(policy()))

    sealed = sealing.require_test(test.seal, test.secret, policy())

    seal.require_shares(sealed, policy())
    for trustee in golden()["trustees"]:
        group = next(one for one in policy().groups if one.id == trustee["group"])
        secret = age.secret_of(trustee["identity"])
        assert isinstance(seal.open_share(sealed, policy(), sha256, group, secret), bytes)
        wrong = seal.open_share(sealed, policy(), sha256, group, bytes(32))
        assert wrong is Complaint.UNDECRYPTABLE


def test_the_golden_canary_is_a_test_envelope() -> None:
    given = golden()["canary"]

    sealing.require_test(given["seal"]["json"].encode(), bytes.fromhex(given["S"]), policy())


def test_row_11_a_rivals_envelope_is_no_test() -> None:
    test = sealing.rehearsal(policy(), entropy_of(4), AT)
    rival = dump(manifest("rival"))

    with pytest.raises(BadBid, match="not a test envelope"):
        sealing.require_test(rival, bytes(32), policy())
    with pytest.raises(BadBid, match="not the secret"):
        sealing.require_test(test.seal, bytes(32), policy())
    twin = bytes([test.secret[0] ^ 1]) + test.secret[1:]
    assert age.recipient_of(twin) == age.recipient_of(test.secret)
    with pytest.raises(BadBid, match="not what the secret deals"):
        sealing.require_test(test.seal, twin, policy())
    with pytest.raises(BadBid, match="another policy"):
        sealing.require_test(test.seal, test.secret, policy("policy_technical"))


# Random policies, opened by other tools


@st.composite
def policies(draw: st.DrawFn) -> tuple[Policy, dict[str, bytes]]:
    """Give a policy up to 16 groups of 8, and the secret of one member of each group."""
    sizes = draw(st.lists(st.integers(1, 8), min_size=2, max_size=16))
    groups, secrets = [], {}
    for x, size in enumerate(sizes, 1):
        own = [bytes.fromhex(sha256_hex(b"%d %d" % (x, j))) for j in range(size)]
        members = tuple(
            Member(recipient=age.recipient_of(one), key_sha256=sha256_hex(one)) for one in own
        )
        groups.append(Group(id=f"g{x}", x=x, members=members))
        secrets[f"g{x}"] = draw(st.sampled_from(own))
    k = draw(st.integers(2, len(groups)))
    return replace(policy(), k=k, groups=tuple(groups)), secrets


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=policies(), seed=st.integers(0, 10**6))
def test_any_k_groups_open_a_bid_with_age_and_another_combine(
    drawn: tuple[Policy, dict[str, bytes]], seed: int, tmp_path: Path
) -> None:
    pinned, secrets = drawn
    assert read_policy(dump(pinned)) == pinned
    invitation = replace(an_invitation(), policy=pinned)
    bid = sealing.seal_bid(
        invitation,
        a_bidder(),
        FORM,
        SealedFiles(files_key=FILES_KEY),
        earlier=[],
        entropy=entropy_of(seed),
        at=AT,
    )
    shares = []
    for entry in seal.read_manifest(bid.seal).shares[-pinned.k :]:
        (tmp_path / "identity.txt").write_text(age.identity_of(secrets[entry.group]))
        opened = subprocess.run(
            ["age", "-d", "-i", tmp_path / "identity.txt"],
            input=base64.b64decode(entry.age),
            check=True,
            capture_output=True,
        ).stdout.decode()
        shares.append(bytearray.fromhex(opened.splitlines()[2].removeprefix("share ")))

    assert bytes(pyshamir.combine(shares)) == bid.secret


@settings(max_examples=25, deadline=None)
@given(
    note=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200),
    price=st.integers(0, 10**18 - 1),
)
def test_what_was_answered_is_read_back(note: str, price: int) -> None:
    form = FORM | {"note": note, "price_fen": str(price)}
    bid = a_bid(SealedFiles(files_key=FILES_KEY), form=form)
    asked: tuple[Field, ...] = an_invitation().terms.form

    core = seal.read_manifest(bid.seal).core
    assert open_index(core, bid.part_0, bid.secret, asked).form == form
