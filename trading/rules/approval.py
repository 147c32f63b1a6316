"""Drafting and approving: two bodies' work, two persons, one text.

The agency drafts; another person, of the purchaser, approves, and that publishes.

Source: `architecture.md`, Who; `people.md` 5.
"""

from datetime import datetime

from notary.instant import seconds
from notary.refusal import Refusal
from trading.notice import WINDOW, dump
from trading.types import Drafted, Notice


class TenderUnknown(Refusal):
    """There is no such tender, or it is not published and none of the actor's.

    Source: `architecture.md`, a tender's public number is its id.
    """

    code = "tender.unknown"


class TenderTaken(Refusal):
    """Another agency drafts a tender of this number.

    Source: `architecture.md`, a tender's public number is its id.
    """

    code = "tender.taken"


class OrganisationUnknown(Refusal):
    """The draft names a body that is not enrolled.

    Source: `architecture.md`, Who.
    """

    code = "tender.organisation_unknown"


class DraftMalformed(Refusal):
    """The draft could never become a notice.

    Source: `sealing.md` 3, notice.
    """

    code = "draft.malformed"


class NoticeMalformed(Refusal):
    """The signed text is not a notice.

    Source: `sealing.md` 2 and 3, E-JSON and E-POLICY.
    """

    code = "notice.malformed"


class NoticeDiffers(Refusal):
    """The signed notice is not the one that the draft leads to.

    Source: `people.md` 5, the second person approves what the first one wrote.
    """

    code = "notice.differs"


class NoticeStale(Refusal):
    """The notice says it is published in the future, or more than ten minutes ago.

    Source: `sealing.md` 3, published ≤ at of its entry ≤ published + 10 min.
    """

    code = "notice.stale"


class NotThePurchaser(Refusal):
    """Who approves, or whose certificate signs, is not of the purchaser.

    Source: `architecture.md`, Who: the purchaser's approval publishes.
    """

    code = "notice.not_the_purchaser"


class SamePerson(Refusal):
    """Who drafted a tender does not approve it.

    Source: `people.md` 5, two persons for a publication.
    """

    code = "notice.same_person"


class DocumentsMissing(Refusal):
    """A document of the notice is not in the vault, or has another size there.

    Source: `style.md` 10, blobs first, rows second; Tendering and Bidding Law, art. 24.
    """

    code = "notice.documents_missing"
    article = "招标投标法 24"


class DocumentUnknown(Refusal):
    """No tender that the reader may see has a document of this digest.

    Source: Tendering and Bidding Law, art. 24 (documents are issued by the notice).
    """

    code = "document.unknown"


class DocumentNotAsNamed(Refusal):
    """The uploaded bytes have another digest than they were announced with, or are too many.

    Source: `sealing.md` 3, documents are named by their SHA-256.
    """

    code = "document.not_as_named"


def require_approver(drafted: Drafted, person: str, org: str) -> None:
    """Refuse whoever is not of the purchaser, or drafted the tender himself."""
    require_second_person(drafted.draft.purchaser, drafted.drafted_by, person, org)


def require_second_person(purchaser: str, drafted_by: str | None, person: str, org: str) -> None:
    """Refuse whoever is not of the purchaser, or prepared himself what he would approve.

    `drafted_by`: None where the act needs no second person.
    """
    if org != purchaser:
        raise NotThePurchaser(purchaser=purchaser)
    if person == drafted_by:
        raise SamePerson(person=person)


def require_same(signed: Notice, expected: Notice) -> None:
    """Refuse a notice that is not `expected` byte for byte, naming the members that differ."""
    if dump(signed) != dump(expected):
        names = Notice.__dataclass_fields__
        differing = [name for name in names if getattr(signed, name) != getattr(expected, name)]
        raise NoticeDiffers(members=", ".join(differing))


def require_fresh(notice: Notice, at: datetime) -> None:
    """Refuse a notice whose entry, at `at`, would not follow its `published` in ten minutes."""
    if not notice.published <= at <= notice.published + WINDOW:
        raise NoticeStale(published=seconds(notice.published), at=seconds(at))
