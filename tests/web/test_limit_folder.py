"""The agency's machine keeps secret limits: on disk first, then in the notice."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from bidding.ranking import limit_commitment
from bidding.sealed.objects import Body, Duty
from notary import authority, canonical, policy
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.shape import Fen, load
from tests.bidding.asked import Log
from web import limit_folder
from web.cli import DONE, REFUSED, main
from web.terminal import Refusing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the duty client of an agency."""
    _, certificate = authority.create_authority(
        "CA", system_entropy, machine_clock() - timedelta(days=1)
    )
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted" / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    limit_folder.new(
        tmp_path / "duty",
        Body(id="ORG-AGENCY", name="代理机构"),
        log=policy.of_log(Log().verifier),
        authorities=tmp_path / "trusted",
    )
    return tmp_path / "duty"


def test_a_commitment_is_printed_and_its_limit_kept(folder: Path) -> None:
    words = ["limits", "commit", "--key", str(folder), "--fen", "1250000000"]
    done = CliRunner().invoke(main, words)

    assert done.exit_code == DONE
    [kept] = limit_folder.kept(folder)
    commit = limit_commitment("reference", kept.salt, Fen(1_250_000_000))
    assert canonical.loads(done.stdout.strip().encode()) == {"name": "reference", "commit": commit}
    assert load(Duty, (folder / "duty.json").read_bytes()).uses == ("limits",)
    assert (folder / "limits").stat().st_mode & 0o777 == 0o700


def test_two_limits_of_one_amount_have_two_commitments(folder: Path) -> None:
    first, second = (limit_folder.commit(folder, "reference", Fen(7)) for _ in range(2))

    assert first.commit != second.commit
    assert len(limit_folder.kept(folder)) == 2


def test_a_folder_that_keeps_no_limits_takes_none(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    words = ["limits", "commit", "--key", str(tmp_path / "empty"), "--fen", "7"]

    assert CliRunner().invoke(main, words).exit_code == REFUSED
    with pytest.raises(Refusing):
        limit_folder.new(
            folder,
            Body(id="ORG-AGENCY", name="代理机构"),
            log=b"",
            authorities=tmp_path / "trusted",
        )
