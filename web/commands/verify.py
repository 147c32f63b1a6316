"""`hall verify PATH`: whether an export, a receipt, an opening or a proof is what it claims."""

import os
from pathlib import Path

import click

from notary import canonical
from notary.assurance import ANSWER_WORDS
from notary.canonical import Json
from notary.cms import BadCertificate
from notary.policy import BadPolicy
from notary.sums import NotVerified
from web import terminal, verified
from web.letterhead import Lang, Text
from web.verified import Answer, Beside, Unclear

_NOT_VERIFIED = 1
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("path", metavar="PATH", type=click.Path(exists=True, path_type=Path))
@click.option("--authorities", type=_FOLDER, help="Certificates of the authorities you trust.")
@click.option("--policy", type=_FILE, help="Your tlog-policy: whose log, and which cosigners.")
@click.option("--old", type=_FILE, multiple=True, help="A checkpoint that you kept earlier.")
@click.option("--log", type=_FOLDER, help="A whole log beside a receipt or one tender's export.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language; default: the locale's.")
@click.option("--json", "json_out", metavar="OUT", help="The answer for machines; - for stdout.")
@click.pass_context
def command(
    context: click.Context,
    path: Path,
    authorities: Path | None,
    policy: Path | None,
    old: tuple[Path, ...],
    log: Path | None,
    lang: str | None,
    json_out: str | None,
) -> None:
    """Verify an export, a receipt, an opening record or a .tlog-proof, offline."""
    spoken = terminal.language(os.environ) if lang is None else lang
    chosen = Lang.ZH if spoken.startswith("zh") else Lang.EN
    try:
        beside = Beside(trust=verified.read_trust(authorities, policy, old), log=log)
    except (BadCertificate, BadPolicy) as error:
        raise click.UsageError(str(error)) from error
    try:
        with terminal.errors.status("verify"):
            answer = verified.verify(path, beside)
    except Unclear as error:
        raise click.UsageError(str(error)) from error
    except NotVerified as error:
        _write(json_out, _refused(error))
        _say(_no(error), chosen, quiet=json_out == "-")
        context.exit(_NOT_VERIFIED)
    _write(json_out, _proved(answer))
    if json_out != "-":
        _print(answer, chosen)


def _print(answer: Answer, lang: Lang) -> None:
    for said in (answer.sentence, *answer.notes):
        click.echo(_in(said, lang))
    for tender, card in answer.cards.items():
        click.echo(f"\n{tender}")
        for line in card:
            zh, en = ANSWER_WORDS[line.answer]
            word, sentence = (zh, line.zh) if lang is Lang.ZH else (en, line.en)
            click.echo(f"  {line.number}. {word}{'：' if lang is Lang.ZH else ': '}{sentence}")


def _no(error: NotVerified) -> Text:
    place = error.file if error.position is None else f"{error.file}, {error.position}"
    return Text(
        zh=f"核对没有通过：{place}：{error.sentence}。",
        en=f"Not verified: {place}: {error.sentence}.",
    )


def _say(said: Text, lang: Lang, *, quiet: bool) -> None:
    if not quiet:
        click.echo(_in(said, lang))


def _in(said: Text, lang: Lang) -> str:
    return said.zh if lang is Lang.ZH else said.en


def _proved(answer: Answer) -> dict[str, Json]:
    cards: dict[str, Json] = {
        tender: [
            {"number": line.number, "answer": line.answer, "zh": line.zh, "en": line.en}
            for line in card
        ]
        for tender, card in answer.cards.items()
    }
    return {
        "verified": True,
        "sentence": _both(answer.sentence),
        "notes": [_both(said) for said in answer.notes],
        "cards": cards,
        **answer.facts,
    }


def _refused(error: NotVerified) -> dict[str, Json]:
    return {
        "verified": False,
        "file": error.file,
        "position": error.position,
        "reason": error.sentence,
        "sentence": _both(_no(error)),
    }


def _both(said: Text) -> dict[str, Json]:
    return {"zh": said.zh, "en": said.en}


def _write(out: str | None, answer: dict[str, Json]) -> None:
    if out is not None:
        with click.open_file(out, "wb") as file:
            file.write(canonical.dumps(answer) + b"\n")
