from pathlib import Path

import pytest

from sql.database import Database
from tests.trading.house import House, a_house


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    return await a_house(database, tmp_path)


@pytest.fixture
async def demo(database: Database, tmp_path: Path) -> House:
    return await a_house(database, tmp_path, demo=True)
