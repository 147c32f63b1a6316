import asyncio
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from notary import canonical
from notary.canonical import Json
from sql.postgres import EmbeddedPostgres
from tests.notary.export import files_of, flip
from tests.web.exported import AWARDED, INVITED, Exported, export_a_town
from web import settings
from web.cli import main
from web.house import open_house

OPENING = f"tender/{AWARDED}/1/single/opening"


@pytest.fixture(scope="module")
def exported(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export_a_town(postgres, tmp_path_factory.mktemp("town"))


def hall(*words: str | Path, **environ: str) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], env={"LANG": "C", **environ})


def answer(*words: str | Path) -> dict[str, Json]:
    said = hall("verify", *words, "--json", "-")
    return canonical.load_signed(said.stdout_bytes.removesuffix(b"\n"), limit=1 << 20)


def test_an_export_is_verified_in_one_sentence_with_its_cards(exported: Exported) -> None:
    said = hall("verify", exported.whole)

    assert said.exit_code == 0
    assert said.stdout.startswith("Verified: ")
    assert "opened tenders: 2, bids: 7, awards: 1" in said.stdout
    assert "the export's own certs.pem" in said.stdout
    assert "the times are the hall's word" in said.stdout
    assert f"\n{AWARDED}\n  1. No: " in said.stdout
    assert f"\n{INVITED}\n  1. No: " in said.stdout


@pytest.mark.parametrize(
    ("words", "environ"), [(("--lang", "zh"), {}), ((), {"LANG": "zh_CN.UTF-8"})]
)
def test_it_speaks_the_language_of_its_reader(
    exported: Exported, words: tuple[str, ...], environ: dict[str, str]
) -> None:
    said = hall("verify", exported.whole, *words, **environ)

    assert said.exit_code == 0
    assert said.stdout.startswith("核对无误")
    assert "时刻以大厅所记为准" in said.stdout


def test_what_the_reader_trusts_takes_the_place_of_what_came_along(exported: Exported) -> None:
    policy = exported.whole / "policy.txt"

    said = hall("verify", exported.whole, "--authorities", exported.authorities, "--policy", policy)

    assert said.exit_code == 0
    assert "--authorities" not in said.stdout
    assert "--policy" not in said.stdout


def test_another_log_or_other_authorities_are_refused(exported: Exported, tmp_path: Path) -> None:
    policy = tmp_path / "policy.txt"
    policy.write_text("quorum none\n")
    (tmp_path / "nobody").mkdir()

    assert hall("verify", exported.whole, "--policy", policy).exit_code == 1
    assert hall("verify", exported.whole, "--authorities", tmp_path / "nobody").exit_code == 1


def test_the_first_wrong_thing_is_named_with_its_file(exported: Exported, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(exported.whole, tmp_path / "copy"))
    flip(copy / f"{OPENING}.json", 20)

    said, stated = hall("verify", copy), answer(copy)

    assert said.exit_code == 1
    assert said.stdout == f"Not verified: {OPENING}.json: not the sum that SHA256SUMS states.\n"
    assert stated["verified"] is False
    assert stated["file"] == f"{OPENING}.json"


def test_a_checkpoint_kept_earlier_is_a_state_that_the_log_went_through(
    exported: Exported, tmp_path: Path
) -> None:
    kept = sorted((exported.whole / "checkpoints").iterdir())
    fork = tmp_path / "fork"
    fork.write_bytes(kept[0].read_bytes().replace(b"\n", b"0\n", 2).replace(b"0\n", b"\n", 1))

    assert hall("verify", exported.whole, "--old", kept[0], "--old", kept[-1]).exit_code == 0
    assert hall("verify", exported.whole, "--old", fork).exit_code == 1


def test_machines_get_the_facts(exported: Exported) -> None:
    stated = answer(exported.whole)

    assert stated["verified"] is True
    assert stated["kind"] == "export"
    assert {"tender": AWARDED, "lot": "1", "stage": "single", "opened": 3, "improper": 1} | {
        "unopened": 0
    } in stated["boxes"]  # type: ignore[operator]  # a list, by the line above
    assert answer(exported.one_tender)["kind"] == "tender"


def test_the_record_of_one_tender_says_what_it_leaves_out_until_the_log_lies_beside_it(
    exported: Exported,
) -> None:
    left_out = "that nothing else of its kind was recorded is not proved"

    alone = hall("verify", exported.one_tender)
    beside = hall("verify", exported.one_tender, "--log", exported.whole)

    assert (alone.exit_code, beside.exit_code) == (0, 0)
    assert left_out in alone.stdout
    assert left_out not in beside.stdout


def test_a_receipt_shows_the_promise_and_the_log_that_it_was_kept(exported: Exported) -> None:
    alone = hall("verify", exported.receipt)
    kept = hall(
        *("verify", exported.receipt.parent, "--log", exported.whole),
        *("--authorities", exported.authorities),
    )

    assert alone.exit_code == 0
    assert "Whether it is in the log was not looked at" in alone.stdout
    assert "Who vouches for the certificate" in alone.stdout
    assert kept.exit_code == 0
    assert "A true receipt, and in the log: entry " in kept.stdout
    assert len(kept.stdout.splitlines()) == 1


def test_a_receipt_whose_record_is_not_in_the_log_is_refused(exported: Exported) -> None:
    said = hall("verify", exported.held_receipt, "--log", exported.whole)

    assert said.exit_code == 1
    assert "is not among the " in said.stdout
    assert hall("verify", exported.held_receipt).exit_code == 0


@pytest.mark.parametrize("name", ["receipt.json", "receipt.p7s"])
def test_a_receipt_with_a_flipped_bit_is_refused(
    exported: Exported, tmp_path: Path, name: str
) -> None:
    copy = Path(shutil.copytree(exported.receipt.parent, tmp_path / "copy"))
    flip(copy / name, 100)

    said = hall("verify", copy, "--authorities", exported.authorities)

    assert said.exit_code == 1
    assert "receipt." in said.stdout


def test_a_proof_is_verified_under_the_policy_of_its_reader(exported: Exported) -> None:
    proof = exported.whole / f"tender/{AWARDED}/1/single/list.tlog-proof"

    assert hall("verify", proof).exit_code == 2
    for beside in (("--policy", exported.whole / "policy.txt"), ("--log", exported.whole)):
        said = hall("verify", proof, *beside)

        assert said.exit_code == 0
        assert "is bidding.box-closed.v1" in said.stdout


def test_an_opening_alone_is_the_halls_word_and_in_its_export_is_computed_again(
    exported: Exported, tmp_path: Path
) -> None:
    for suffix in (".json", ".p7s"):
        shutil.copy(exported.whole / f"{OPENING}{suffix}", tmp_path)

    alone = hall("verify", tmp_path)
    inside = hall("verify", (exported.whole / OPENING).parent)

    assert alone.exit_code == 0
    assert "The verdicts were not computed again" in alone.stdout
    assert inside.stdout == hall("verify", exported.whole).stdout


def test_what_is_nothing_of_the_kind_is_a_wrong_use(exported: Exported, tmp_path: Path) -> None:
    (tmp_path / "something.json").write_text("{}")

    assert hall("verify", tmp_path).exit_code == 2
    assert hall("verify", tmp_path / "something.json").exit_code == 2
    assert hall("verify", exported.whole / "checkpoint").exit_code == 2


def test_a_home_is_exported_while_its_hall_runs_and_while_it_does_not(
    tmp_path: Path, pg_bin: Path
) -> None:
    home = tmp_path / "home"
    environ = {"HALL_HOME": str(home), "HALL_PG_BIN": str(pg_bin)}
    assert hall("export", tmp_path / "none", **environ).exit_code == 1
    tmp_path.chmod(0o711)

    running = asyncio.run(_export_while_it_runs(environ, tmp_path / "running"))
    stopped = hall("export", tmp_path / "stopped", **environ)
    again = hall("export", tmp_path / "stopped", **environ)

    assert running == 0
    assert stopped.exit_code == 0
    assert again.exit_code == 1
    assert "not empty" in again.stderr
    assert files_of(tmp_path / "running") == files_of(tmp_path / "stopped")
    assert hall("verify", tmp_path / "stopped").exit_code == 0


async def _export_while_it_runs(environ: dict[str, str], target: Path) -> int:
    known = settings.load(environ, target.parent)
    async with open_house(known, demo=True) as house:
        roles = asyncio.create_task(house.run())
        await asyncio.sleep(2)  # the first checkpoint comes within one
        said = await asyncio.to_thread(hall, "export", target, **environ)
        roles.cancel()
        await asyncio.wait({roles})
    return said.exit_code
