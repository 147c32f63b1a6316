"""A lot without a winner: said with its ground first, then signed as an award that is void.

Source: Tendering and Bidding Law, art. 42; `bid-seal/v1` section 3, award.
"""

from bidding import grounds, rules
from bidding.facts import Voiding
from bidding.look import tell
from bidding.opened import Opened, opened_lot
from bidding.store import awards
from notary import ledger
from notary.acknowledgement import acknowledge
from notary.canonical import Json
from notary.hall import Hall
from notary.identity import Actor
from notary.once import Answer, Once
from sql.database import Database
from trading import service as trading
from trading.rules.stays import require_going

VOIDED = "bidding.award-voided.v1"

ALL_REJECTED = "tender.all_rejected"
"""The ground of ZTB 42: every bid was rejected, and so nobody is left."""


async def void(
    database: Database,
    hall: Hall,
    actor: Actor,
    once: Once,
    tender: str,
    lot: str,
    *,
    ground: str,
    article: str,
    reason: str,
) -> Answer:
    """Declare an opened lot void; its award is signed next, and the tender is held again.

    Way back: none. Raises TenderHalted, LotNotOpened, AlreadyAwarded, LotVoid, SomebodyLeft.
    """
    async with database.transaction() as tx:
        require_going((await trading.hold_tender(tx, tender, "update")).facts)
        opened = await opened_lot(tx, tender, lot, actor.org)
        at = await hall.clock(tx)
        _require_voidable(opened, ground)
        entry = await ledger.append(
            tx,
            hall,
            VOIDED,
            subject=tender,
            actor=actor.org,
            at=at,
            fields={"tender": tender, "lot": lot, "n": 1, "ground": ground, "article": article},
        )
        voiding = Voiding(
            n=1, ground=ground, article=article, reason=reason, at=at, entry_id=entry.entry_id
        )
        await awards.insert_voiding(tx, tender, lot, voiding)
        said: dict[str, Json] = {"ground": ground, "article": article}
        await tell(tx, opened.box, at, VOIDED, entry, said)
        answer: Answer = {"tender": tender, "lot": lot, **acknowledge(hall, entry, "accepted")}
        await once.keep(tx, answer)
        return answer


def _require_voidable(opened: Opened, ground: str) -> None:
    names = {"tender": opened.notice.tender, "lot": opened.lot.lot}
    if any(one.step == "awarded" for one in opened.awards):
        raise rules.AlreadyAwarded(**names)
    if opened.voiding is not None:
        raise grounds.LotVoid(**names)
    rejected = {one.envelope_id for one in opened.rejections}
    if ground == ALL_REJECTED and opened.prices.keys() - rejected:
        raise grounds.SomebodyLeft(**names)
