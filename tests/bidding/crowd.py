"""Many boxes at once, as rows: what comes after them must not be lost behind them."""

import asyncpg

MANY = 51
"""One more than the nearest boxes that everybody is shown."""


async def let_many_boxes_follow(
    owner_dsn: str, not_opened_at: str = "deadline", apart: str = "1 minute"
) -> None:
    """Let more boxes than the nearest pass their deadlines, each `apart` from the one before.

    They are like the town's own, and nobody sealed anything for them or keeps their keys.
    """
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute("ALTER TABLE bidding.box DISABLE TRIGGER USER")
        await owner.execute("CREATE TEMP TABLE later AS SELECT * FROM bidding.box")
        for n in range(MANY):
            await owner.execute(
                f"""
                UPDATE later
                   SET lot = 'later-{n}', room = 'o-' || lpad('{n}', 16, '0'),
                       policy_sha256 = lpad('{n}', 64, '0'),
                       not_opened_at = {not_opened_at}, closing_at = NULL, closed_at = NULL,
                       asked_at = NULL, finished_at = NULL, opening_json = NULL,
                       list_sha256 = NULL, deadline = deadline + interval '{apart}',
                       parts_by = parts_by + interval '1 hour',
                       open_at = open_at + interval '1 hour',
                       release_by = release_by + interval '1 hour',
                       owner_by = owner_by + interval '1 hour'
                """  # noqa: S608 - a number, a column and a time
            )
            await owner.execute("INSERT INTO bidding.box SELECT * FROM later")
        await owner.execute(
            """
            INSERT INTO bidding.policy
            SELECT b.policy_sha256, p.tender_id, b.lot, p.stage, p.json
              FROM bidding.policy AS p
              JOIN bidding.box AS b USING (tender_id, stage)
             WHERE b.lot LIKE 'later-%'
            """
        )
    finally:
        await owner.close()
