"""Why an evaluation goes no further: refusals of rejections, of secret limits, of void lots.

Pure.
"""

from notary.refusal import Refusal


class StageOver(Refusal):
    """The next stage is asked for already: what was rejected until then counts.

    Source: `bid-seal/v1` section 8.2; Regulation on the Tendering and Bidding Law, art. 51.
    """

    code = "rejection.stage_over"
    article = "招标投标法实施条例 51"


class NotRejectedYet(Refusal):
    """There is no rejection of this bid that could be set aside.

    Source: Regulation on the Tendering and Bidding Law, art. 51 and 54.
    """

    code = "rejection.none"
    article = "招标投标法实施条例 51"


class LimitUnknown(Refusal):
    """The notice is bound to no limit of this name for the lot.

    Source: `sealing.md` 3, limits; Regulation on the Tendering and Bidding Law, art. 27.
    """

    code = "limit.unknown"
    article = "招标投标法实施条例 27"


class LimitNotNow(Refusal):
    """A limit is opened between the list that is asked for and the asking, once: never after.

    Source: `sealing.md` 3, limits; Regulation on the Tendering and Bidding Law, art. 50.
    """

    code = "limit.not_now"
    article = "招标投标法实施条例 50"


class LimitNotGood(Refusal):
    """The amount and its salt are not those that the notice is bound to.

    Source: `sealing.md` 3, limits.
    """

    code = "limit.not_good"


class VoidFirst(Refusal):
    """Nobody is left that could win: the lot is declared void before its award is signed.

    Source: Tendering and Bidding Law, art. 42; `bid-seal/v1` section 3, award.
    """

    code = "award.void_first"
    article = "招标投标法 42"


class LotVoid(Refusal):
    """The lot is void: it has no candidates, and is not declared void again.

    Source: Tendering and Bidding Law, art. 42 and 64.
    """

    code = "award.void"
    article = "招标投标法 42"


class SomebodyLeft(Refusal):
    """Not everybody was rejected: on this ground the lot is not void.

    Source: Tendering and Bidding Law, art. 42.
    """

    code = "award.somebody_left"
    article = "招标投标法 42"
