"""What the hall says when a rule says no."""

from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """A rule refused an act.

    Subclasses are named after their rule, set `code` and `article`, and cite their source in the
    docstring. `facts` fill the sentence that the reader sees; they never hold content of a bid.
    """

    code: ClassVar[str]
    article: ClassVar[str] = ""

    def __init__(self, **facts: str | int) -> None:
        super().__init__(self.code)
        self.facts = facts
