"""A clock that moves when told."""

from datetime import datetime

from sql.database import Tx


class FakeClock:
    """A `notary.clock.Clock` that shows `now` until somebody moves it."""

    def __init__(self, at: datetime) -> None:
        self.now = at

    async def __call__(self, _tx: Tx) -> datetime:
        """Return `now`, whatever the database thinks."""
        return self.now

    def move_to(self, at: datetime) -> None:
        """Show `at` from here on."""
        self.now = at
