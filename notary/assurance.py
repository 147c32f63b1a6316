"""The record card: what the record of one tender can prove, and what not.

One pure function makes its six lines, so that page, PDF, OCDS and `hall verify` say the same words
(design: people.md 4). A line never claims more than the facts carry.
"""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What a line answers; the values are fixed, the words below are shown."""

    YES = "yes"
    PART = "part"
    NO = "no"
    NOT_YET = "not_yet"


ANSWER_WORDS = {
    Answer.YES: ("能证明", "Yes"),
    Answer.PART: ("部分", "In part"),
    Answer.NO: ("不能", "No"),
    Answer.NOT_YET: ("还没有", "Not yet"),
}

Line = tuple[Answer, str, str]  # the answer, the sentence in Chinese and in English


class Mode(StrEnum):
    """Who can open the bids of a box (`bid-policy/v1`, `mode`)."""

    SHARED = "shared"
    HOSTED = "hosted"
    BIDDER = "bidder"


class Opened(StrEnum):
    """How far the opening has come, as the record shows it."""

    WAITING = "waiting"  # before it, or while it goes on
    MATCHES = "matches"  # finished, every check passed
    BROKEN = "broken"  # finished, a check failed
    NEVER = "never"  # cancelled, or too few bids


class Draw(StrEnum):
    """Whether a panel of experts is drawn, and how far that can be checked."""

    NONE = "none"  # price only: no panel
    PLANNED = "planned"
    VERIFIABLE = "verifiable"
    WITNESSED = "witnessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the card of one tender rests on.

    `k` of `n` bodies open a bid; `cosigners`: outside bodies whose signatures the ledger's policy
    asks for, 0 with `quorum none`; `one_machine`: all keys lie on one machine, as in a demo.
    """

    mode: Mode
    k: int
    n: int
    one_machine: bool
    opened: Opened
    cosigners: int
    draw: Draw


@dataclass(frozen=True, slots=True)
class Assurance:
    """One line of the card: its number from 1, its answer, its sentence in both languages."""

    number: int
    answer: Answer
    zh: str
    en: str


def label(facts: Facts) -> tuple[Assurance, ...]:
    """Return the six lines, always in the same order."""
    lines = (
        _nobody_alone(facts),
        _opened_is_received(facts),
        _acts_unchanged(facts),
        _draw(facts),
        (
            Answer.NO,
            "拿钥匙的几家有没有私下合谋偷看。",
            "Whether bodies that hold keys read bids together, in secret.",
        ),
        (
            Answer.NO,
            "投标人自己的电脑有没有被人动过。",
            "Whether somebody has tampered with the bidder's own computer.",
        ),
    )
    return tuple(Assurance(number, *line) for number, line in enumerate(lines, start=1))


def _nobody_alone(facts: Facts) -> Line:
    """1: no one body could open a bid early."""
    if facts.mode is Mode.BIDDER:
        return (
            Answer.YES,
            "开标前，除了投标人自己，谁也打不开他的投标。",
            "Before the opening nobody but the bidder could open a bid.",
        )
    if facts.one_machine:
        return (
            Answer.NO,
            "截标前单独一家打不开投标：这里所有钥匙在同一台机器上，等于一家。",
            (
                "That no one body could open a bid early: here all keys are on one machine, "
                "which is one body."
            ),
        )
    if facts.mode is Mode.HOSTED:
        return (
            Answer.YES,
            (
                f"截标前，单独一家打不开任何一份投标。钥匙由上级的 {facts.n} 家分着拿，"
                f"满 {facts.k} 家才能开。"
            ),
            (
                "Before the deadline no one body could open a bid. "
                f"{facts.n} bodies of the level above hold the keys; it takes {facts.k}."
            ),
        )
    return (
        Answer.YES,
        f"截标前，单独一家打不开任何一份投标。钥匙由 {facts.n} 家分着拿，满 {facts.k} 家才能开。",
        (
            "Before the deadline no one body could open a bid. "
            f"{facts.n} bodies hold the keys; it takes {facts.k}."
        ),
    )


def _opened_is_received(facts: Facts) -> Line:
    """2: what was opened is what was received."""
    match facts.opened:
        case Opened.WAITING:
            return (
                Answer.NOT_YET,
                "打开的就是截标前收到的，不多不少，一字未改：开标以后才能核对。",
                (
                    "That what was opened is what was received, no more, no less, not a letter "
                    "changed: to be checked after the opening."
                ),
            )
        case Opened.MATCHES:
            return (
                Answer.YES,
                "打开的就是截标前收到的，不多不少，一字未改。",
                (
                    "What was opened is what was received before the deadline: no more, no less, "
                    "not a letter changed."
                ),
            )
        case Opened.BROKEN:
            return (
                Answer.NO,
                "打开的就是截标前收到的：有一项核对没有通过，见开标记录。",
                (
                    "That what was opened is what was received: a check failed, see the record of "
                    "the opening."
                ),
            )
        case Opened.NEVER:
            return (
                Answer.NO,
                "打开的就是截标前收到的：这个项目没有打开过投标。",
                "That what was opened is what was received: no bid of this tender was opened.",
            )


def _acts_unchanged(facts: Facts) -> Line:
    """3: acts unchanged, cosigned by n."""
    if facts.cosigners == 0:
        return (
            Answer.PART,
            (
                "谁在几点几分办了什么，事后改一处就查得出。没有外部机构共签：时刻以大厅所记为准，"
                "整本账换掉要靠存过旧账头的人发现。"
            ),
            (
                "Who did what and when: a later change of one entry shows. No outside body "
                "cosigns: the times are the hall's word, and a ledger replaced as a whole is "
                "found by those who kept an older head of it."
            ),
        )
    bodies = "outside body" if facts.cosigners == 1 else "outside bodies"
    return (
        Answer.YES,
        f"谁在几点几分办了什么，事后没有改过。账本由 {facts.cosigners} 家外部机构共签。",
        (
            f"Who did what and when, unchanged since. The ledger is cosigned by {facts.cosigners} "
            f"{bodies}."
        ),
    )


def _draw(facts: Facts) -> Line:
    """4: the draw of the experts."""
    match facts.draw:
        case Draw.NONE:
            return (
                Answer.NO,
                "专家抽取：这个项目只比价格，不抽专家，没有可证明的。",
                "The draw of experts: this tender goes by price alone; there is no draw to prove.",
            )
        case Draw.PLANNED:
            return (
                Answer.NOT_YET,
                "专家抽取：还没有抽。按计划会是可核验。",
                "The draw of experts: not held yet. It is planned so that anyone can check it.",
            )
        case Draw.VERIFIABLE:
            return (
                Answer.PART,
                "专家抽取：可核验。前提是参与各方没有全部串通。",
                "The draw of experts: anyone can check it, unless all parties to it colluded.",
            )
        case Draw.WITNESSED:
            return (
                Answer.PART,
                "专家抽取：有人在场见证，不能由别人重算。",
                "The draw of experts: witnessed on the spot; others cannot compute it again.",
            )
