"""`hall watch ROOM`: follow a live room in the terminal, without a gap, whatever breaks."""

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import click
from rich.status import Status

from notary import canonical
from notary.entropy import system_entropy
from web import beijing, terminal, watching
from web.house import running_at
from web.letterhead import Lang
from web.retelling import Reteller
from web.terminal import Refusing
from web.watching import Beat, Frame, Hello, Lost, NoSuchRoom, RolledBack, Told
from web.words import Words

Show = Callable[[Frame], None]


@click.command()
@click.argument("room")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Begin behind this event.")
@click.option("--json", "as_json", is_flag=True, help="Print the frames as they come, one a line.")
@terminal.url_option
def command(room: str, after: int, url: str | None, *, as_json: bool) -> None:
    """Follow ROOM live, through every break, until stopped."""
    settings = terminal.read_settings()
    origin = url or running_at(settings.home) or settings.url
    words = Words(Lang(terminal.language(os.environ)))
    try:
        if as_json:
            asyncio.run(watch(origin, room, after, show_json))
        else:
            with terminal.answers.status("…") as below:
                shown = Screen(words, below, Reteller(words), after)
                asyncio.run(watch(origin, room, after, shown.show))
    except NoSuchRoom as error:
        raise Refusing(f"{origin} has no room {room}") from error
    except RolledBack as alarm:
        said = words.gettext(
            "The hall has gone back behind event {n}. Keep this page and tell the supervisor."
        )
        raise Refusing(said.format(n=alarm.after)) from alarm


async def watch(origin: str, room: str, after: int, show: Show) -> None:
    """Show the frames of a room, for ever. Raises NoSuchRoom, RolledBack."""
    async with aclosing(watching.follow(origin, room, system_entropy, after)) as frames:
        async for frame in frames:
            show(frame)


def show_json(frame: Frame) -> None:
    """Print a frame as the hall said it; a break is told beside, on standard error."""
    if isinstance(frame, Lost):
        terminal.say(_broken(frame))
    else:
        click.echo(canonical.dumps(frame.said))


@dataclass(slots=True)
class Screen:
    """Events as sentences, and below them how live the line is, by the hall's own clock."""

    words: Words
    below: Status
    reteller: Reteller
    seq: int

    def show(self, frame: Frame) -> None:
        """Show what a frame brings."""
        match frame:
            case Told(seq, at, kind, _, told):
                self.seq = seq
                clock = _clock(at) if at is not None else ""
                self._print(f"{seq:>4}  {clock:<8}  {self.reteller.sentence(kind, told)}")
            case Hello(head, time) | Beat(head, time):
                self._live(head, time)
            case Lost():
                self._print(f"   -  {_broken(frame)}")
            case other:
                assert_never(other)

    def _print(self, line: str) -> None:
        terminal.answers.print(line, markup=False)

    def _live(self, head: int, time: str) -> None:
        behind = head - self.seq
        said = (
            self.words.gettext("{n} events behind").format(n=behind)
            if behind > 0
            else self.words.gettext("Connected, live")
        )
        event = self.words.gettext("event {n}").format(n=head)
        self.below.update(f"{said} · {event} · {_clock(time)}")


def _clock(time: str) -> str:
    return beijing.clock(datetime.fromisoformat(time))


def _broken(lost: Lost) -> str:
    return f"the line broke after event {lost.after} ({lost.why}); trying again"
