"""The commands of `hall` that need no hall, and what their exit codes say."""

import base64
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import click
import pytest
from aiohttp.test_utils import unused_port
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bidding.sealed.objects import Duty
from notary import age, authority, canonical, cms, note, policy, signer
from notary.clock import machine_clock
from notary.entropy import system_entropy
from notary.shape import dump, load
from tests.authorities import TestAuthority
from tests.bidding.asked import Log
from web import client, duty_folder, key_folder, terminal
from web.cli import COMMANDS, DONE, FAULT, REFUSED, UNREAD, WRONG_USAGE, main
from web.commands.post import framed
from web.terminal import Refusing


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give the commands a home of their own, and the address of a hall that is not there."""
    monkeypatch.setenv("HALL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HALL_URL", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setattr(client, "_PAUSES", ())


@pytest.fixture
def unread() -> Iterator[int]:
    """Give the writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def hall(*words: str | Path, answers: str = "") -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=answers)


def an_authority() -> TestAuthority:
    made = authority.create_authority("CA", system_entropy, machine_clock() - timedelta(days=1))
    return TestAuthority(*made)


def a_key(folder: Path, org: str = "FIRM-1") -> Path:
    """Make a key folder whose certificate is that of some authority."""
    assert hall("key", "new", folder, "--org", org).exit_code == DONE
    key = authority.load_key(folder / client.KEY_FILE)
    certificate = an_authority().issue(
        key.public_key(),
        identifier=org,
        at=machine_clock() - timedelta(hours=1),
        until=machine_clock() + timedelta(days=1),
    )
    key_folder.save_certificate(folder, certificate)
    return folder


def a_trustee(folder: Path, *words: str | Path, answers: str = "") -> Result:
    """Make a duty client's folder."""
    trusted = folder.parent / "trusted"
    trusted.mkdir(exist_ok=True)
    (trusted / "ca.pem").write_bytes(an_authority().certificate.public_bytes(Encoding.PEM))
    return hall(
        "trustee", "new", folder, "--org", "ORG-OFFICER", "--log", Log().verifier.vkey,
        "--authorities", trusted, *words, answers=answers,
    )  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_line_of_the_table_is_a_command_with_help(name: str) -> None:
    module = importlib.import_module(f"web.commands.{name.replace('-', '_')}")

    assert isinstance(module.command, click.Command)
    result = hall(name, "--help")
    assert result.exit_code == DONE
    assert result.output.startswith("Usage:")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--version"], DONE),
        (["fly"], WRONG_USAGE),
        (["seal"], WRONG_USAGE),
        (["key", "new", "somewhere"], WRONG_USAGE),
        (["trustee", "arm", "tomorrow", "--key", "."], WRONG_USAGE),
        (["trustee", "status", "--key", "."], REFUSED),
        (["code", "nobody"], REFUSED),
    ],
)
def test_the_exit_code_says_what_happened(words: list[str], code: int) -> None:
    assert hall(*words).exit_code == code


def test_a_hall_that_is_not_there_is_a_fault_and_a_wrong_setting_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = a_key(tmp_path / "key")
    wish = tmp_path / "wish.json"
    wish.write_text("{}")

    assert hall("post", "/tenders", wish, "--key", folder).exit_code == FAULT
    monkeypatch.setenv("HALL_LISTEN", "nowhere")
    assert hall("post", "/tenders", wish, "--key", folder).exit_code == WRONG_USAGE


def test_what_nobody_foresaw_is_a_fault_with_its_trace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def breaks() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(terminal, "read_settings", breaks)
    result = hall("code", "nobody")

    assert result.exit_code == FAULT
    assert "ZeroDivisionError" in result.stderr
    assert tmp_path.exists()


def test_the_exit_code_reaches_the_shell() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from web.cli import main; main()", "code", "nobody"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert run.returncode == REFUSED
    assert "only a demo hall" in run.stderr


def test_who_reads_no_further_ends_a_command_quietly(unread: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "web", "verify", "--help"],
        stdout=unread,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (UNREAD, b"")


def test_what_is_laid_out_leaves_a_closed_pipe_to_the_command_line(
    monkeypatch: pytest.MonkeyPatch, unread: int
) -> None:
    piped = os.fdopen(os.dup(unread), "w")
    monkeypatch.setattr(sys, "stdout", piped)

    with pytest.raises(BrokenPipeError):
        terminal.answers.print("x")
    with suppress(BrokenPipeError):
        piped.close()


def test_a_refusal_is_printed_with_article_code_and_next_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    problem: dict[str, canonical.Json] = {
        "type": "urn:hall:problem:bidding.closed",
        "title": "Bidding closed",
        "detail": "投标已截止。",
        "next": "可以提出异议。",
        "article": "招标投标法 28",
    }
    terminal.say_refused(problem, 409)

    assert capsys.readouterr().err == (
        "投标已截止。 (招标投标法 28) [bidding.closed]\n可以提出异议。\n"
    )


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "en_GB"}, "zh-CN"),
        ({}, "en"),
    ],
)
def test_refusals_speak_the_language_of_the_terminal(environ: dict[str, str], spoken: str) -> None:
    assert terminal.language(environ) == spoken


# Keys


def test_a_new_key_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "key"
    first = hall("key", "new", folder, "--org", "FIRM-1", "--name", "Wang Min")
    before = (folder / "key.pem").read_bytes()
    second = hall("key", "new", folder, "--org", "FIRM-1")

    assert (first.exit_code, second.exit_code) == (DONE, REFUSED)
    assert (folder / "key.pem").read_bytes() == before
    assert (folder / "key.pem").stat().st_mode & 0o777 == 0o600
    request = x509.load_pem_x509_csr((folder / "request.pem").read_bytes())
    assert request.is_signature_valid
    assert "Wang Min" in request.subject.rfc4514_string()


def test_a_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    folder, other = a_key(tmp_path / "key"), a_key(tmp_path / "other")

    result = hall("key", "enrol", folder, other / "cert.pem")
    assert result.exit_code == REFUSED
    assert "not for the key" in result.stderr


def test_an_enrolment_is_written_where_the_hall_is_not_reached(tmp_path: Path) -> None:
    folder, out = a_key(tmp_path / "key"), tmp_path / "enrolment.json"
    (folder / "log.policy").write_bytes(policy.of_log(Log().verifier))

    result = hall("key", "enrol", folder, folder / "cert.pem", "--out", out)
    assert result.exit_code == DONE
    written = canonical.loads(out.read_bytes())
    assert isinstance(written, dict)
    text, p7s = canonical.dumps(written["object"]), base64.b64decode(str(written["p7s"]))
    assert cms.verify(text, p7s) == client.read_pair(folder).certificate


def test_only_a_demo_home_certifies(tmp_path: Path) -> None:
    result = hall("key", "new", tmp_path / "key", "--org", "FIRM-1", "--demo")

    assert result.exit_code == REFUSED
    assert "not the home of a demo hall" in result.stderr


def test_a_demo_home_certifies_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "authorities").mkdir(parents=True)
    made = an_authority()
    (home / "authorities" / "demo-ca.pem").write_bytes(made.certificate.public_bytes(Encoding.PEM))
    authority.save_key(home / "demo-ca.key", made.key)
    (home / "signer").mkdir()
    key = signer.LogKey(origin="hall.example/log/01234567", seed=bytes(32), demo=True)
    (home / "signer" / "key").write_bytes(dump(key))

    assert hall("key", "new", tmp_path / "key", "--org", "FIRM-1", "--demo").exit_code == DONE
    pair = client.read_pair(tmp_path / "key")
    made.authorities().check(pair.certificate, machine_clock())
    assert key_folder.body_of(pair.certificate) == "FIRM-1"


def test_a_root_is_shown_once_and_kept_under_its_passphrase(tmp_path: Path) -> None:
    result = hall("key", "new", tmp_path / "key", "--trustee", answers="secret\nsecret\n")
    (line,) = re.findall("AGE-SECRET-KEY-1[0-9A-Z]+", result.output)

    assert result.exit_code == DONE
    root = duty_folder.unlock(tmp_path / "key", "secret")
    assert age.identity_of(root) == line
    with pytest.raises(Refusing, match="another passphrase"):
        duty_folder.unlock(tmp_path / "key", "Secret")
    assert not (tmp_path / "key" / "root").exists()


# Posting


def test_an_object_that_its_format_signs_is_signed_and_others_go_as_they_are(
    tmp_path: Path,
) -> None:
    pair = terminal.pair_of(a_key(tmp_path / "key"))
    award: dict[str, canonical.Json] = {"v": "hall-award/v1", "b": 1, "a": 2}
    sent = framed(award, pair)

    assert isinstance(sent, dict)
    assert sent["object"] == award
    signed_by = cms.verify(canonical.dumps(award), base64.b64decode(str(sent["p7s"])))
    assert signed_by == pair.certificate
    secret: dict[str, canonical.Json] = {"v": "bid-owner-release/v1"}
    assert framed(secret, pair) == {"object": secret}
    for other in ({"tender": "T-1"}, {"v": "no-such/v1"}, {"v": 1}, [1]):
        assert framed(other, pair) == other  # type: ignore[arg-type] # literals of JSON


def test_what_is_no_json_is_never_sent(tmp_path: Path) -> None:
    wish = tmp_path / "wish.json"
    wish.write_text('{"a": 1, "a": 2}')

    assert hall("post", "/tenders", wish, "--key", a_key(tmp_path / "key")).exit_code == REFUSED


# The second factor


def test_the_second_factor_of_a_demo_is_six_digits(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "demo" / "officer"
    folder.mkdir(parents=True)
    (folder / "factor").write_text(base64.b32encode(b"12345678901234567890").decode() + "\n")

    result = hall("code", "officer")
    assert result.exit_code == DONE
    assert re.fullmatch(r"[0-9]{6}\n", result.stdout)


# The duty client


def test_an_armed_trustee_is_made_armed_and_drilled_without_a_passphrase(tmp_path: Path) -> None:
    folder = tmp_path / "duty"
    made = a_trustee(folder, "--armed")
    armed = hall("trustee", "arm", "2026-12-01", "2026-12-02", "--key", folder)
    drill = hall("trustee", "drill", "--key", folder)
    status = hall("trustee", "status", "--key", folder)

    assert [one.exit_code for one in (made, armed, drill, status)] == [DONE] * 4
    assert drill.stdout == "ok\n"
    assert "armed: 2026-12-01, 2026-12-02" in status.stdout
    assert re.search(r"last drill: [0-9-]{10} ok\n", status.stdout)
    assert "root unlocked" in status.stdout
    assert (folder / "root").stat().st_mode & 0o777 == 0o600
    statement = load(Duty, (folder / "duty.json").read_bytes())
    pair = client.read_pair(folder)
    assert statement.cert_sha256 == cms.cert_sha256(pair.certificate)
    assert statement.to - statement.from_ <= timedelta(days=366)
    assert statement.from_ < machine_clock() < statement.to
    pair.certificate.verify_directly_issued_by(pair.certificate)


def test_the_key_of_one_box_comes_out_for_plain_age(tmp_path: Path) -> None:
    folder, words = tmp_path / "duty", ("--box", "GC-1", "--group", "officer")
    a_trustee(folder, "--armed")
    first = hall("trustee", "identity", "--key", folder, *words)
    next_ = hall("trustee", "identity", "--key", folder, *words, "--gen", "2")
    (tmp_path / "box.key").write_text(first.output)
    (tmp_path / "share").write_bytes(b"share")
    recipient = age.recipient_of(age.secret_of(first.output.strip()))
    sealed = tmp_path / "share.age"
    subprocess.run(["age", "-r", recipient, "-o", sealed, tmp_path / "share"], check=True)
    opened = subprocess.run(
        ["age", "-d", "-i", tmp_path / "box.key", sealed], capture_output=True, check=True
    )

    assert first.output.startswith("AGE-SECRET-KEY-1")
    assert next_.output not in {first.output, ""}
    assert opened.stdout == b"share"


def test_an_attended_trustee_needs_its_passphrase_and_cannot_be_armed(tmp_path: Path) -> None:
    folder = tmp_path / "duty"
    made = a_trustee(folder, answers="secret\nsecret\n")
    wrong = hall("trustee", "drill", "--key", folder, answers="wrong\n")
    right = hall("trustee", "drill", "--key", folder, answers="secret\n")
    armed = hall("trustee", "arm", "2026-12-01", "--key", folder)

    codes = [one.exit_code for one in (made, wrong, right, armed)]
    assert codes == [DONE, REFUSED, DONE, REFUSED]
    assert not (folder / "root").exists()
    assert not (folder / "armed").exists()


def test_a_trustee_goes_by_no_log_that_it_was_not_told(tmp_path: Path) -> None:
    words = ["trustee", "new", str(tmp_path / "duty"), "--org", "ORG", "--armed"]

    assert hall(*words).exit_code == WRONG_USAGE
    assert hall(*words, "--log", "no key").exit_code == WRONG_USAGE


def test_a_policy_of_ones_own_serves_as_well(tmp_path: Path) -> None:
    known, path = Log(), tmp_path / "log.policy"
    path.write_bytes(policy.of_log(known.verifier))
    made = a_trustee(tmp_path / "duty", "--armed", "--log", path)

    assert made.exit_code == DONE
    assert key_folder.read_log(tmp_path / "duty").logs == (note.parse_key(known.verifier.vkey),)
