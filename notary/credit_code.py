"""The unified social credit code 统一社会信用代码, an id of a body, and its check character.

Not every id is one: bodies of other places, and offices that a hall names itself, have others.
Source: GB 32100-2015.
"""

import re
import unicodedata

from notary.refusal import Refusal

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""No I, O, S, V or Z, which people misread."""

_LENGTH = 18
_WEIGHT = 3
_LIKE = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{18}")


class CreditCodeWrong(Refusal):
    """The id is no unified social credit code, or its check character does not fit the others.

    Source: GB 32100-2015, the check character.
    """

    code = "identity.credit_code_wrong"


def check_character(first: str) -> str:
    """Return the last character of a code whose first 17 these are. Raises ValueError."""
    modulus = len(ALPHABET)
    weighted = (
        ALPHABET.index(one) * pow(_WEIGHT, place, modulus) for place, one in enumerate(first)
    )
    return ALPHABET[-sum(weighted) % modulus]


def of_typed(typed: str) -> str:
    """Return an id without spaces, in narrow characters; a code as licences print it, in capitals.

    Whatever else a body is called by keeps its case: the hall tells ids by it.
    """
    given = "".join(unicodedata.normalize("NFKC", typed).split())
    printed = given.upper()
    return printed if _is_code(printed) else given


def require(org: str) -> None:
    """Refuse what is no code."""
    if not _is_code(org):
        raise CreditCodeWrong(id=org)


def require_if_like(org: str) -> None:
    """Refuse the id of a new body that has the form of a code, but of a code with a slip in it."""
    if _LIKE.fullmatch(org) is not None:
        require(org)


def _is_code(org: str) -> bool:
    known = len(org) == _LENGTH and set(org) <= set(ALPHABET)
    return known and check_character(org[:-1]) == org[-1]
