"""What the migrations make, as one readable file: `python -m tests.schema sql/schema.sql`."""

import asyncio
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sql.migrate import migrate
from sql.postgres import OWNER, EmbeddedPostgres, binaries, erase

_HEAD = """\
-- What the migrations make, for reading; nothing runs it. `make schema` writes it anew.

"""


def dump(pg_bin: Path, owner_dsn: str) -> str:
    """Return tables, constraints, functions and grants of a database, without the noise."""
    options = ["--schema-only", "--no-owner", "--restrict-key=hall"]
    done = subprocess.run(
        [pg_bin / "pg_dump", *options, owner_dsn], capture_output=True, check=True, text=True
    )
    return _HEAD + _without_noise(done.stdout)


def _without_noise(dumped: str) -> str:
    """Leave out comments of the tool, settings of its session, and empty lines in a row."""
    noise = re.compile(r"--( .*)?$|SET |SELECT pg_catalog\.set_config|\\(un)?restrict ")
    lines = [line for line in dumped.splitlines() if not noise.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


async def _write(target: Path) -> None:
    home = Path(tempfile.mkdtemp(prefix="hall-schema-"))
    server = EmbeddedPostgres(home, binaries())
    try:
        await server.start()
        await migrate(server.dsn(OWNER))
        target.write_text(dump(binaries(), server.dsn(OWNER)))
    finally:
        await server.stop()
        erase(home)
        home.rmdir()


if __name__ == "__main__":
    asyncio.run(_write(Path(sys.argv[1])))
