"""The user the embedded PostgreSQL runs as.

PostgreSQL refuses root. Where the hall is not root the server is the hall's own user; where it is,
the server gets a system user that owns its data and its socket and nothing else. What that user
cannot reach (a home or an environment below a closed folder such as root's) is kept in or copied
to a folder of its own; no door is opened above.
"""

import ctypes
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_NAME = "trading-hall"
_FOLDER = Path("/var/lib/trading-hall")  # root's own, so that the account can plant nothing in it
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # no PG* of the caller's
_PR_SET_PDEATHSIG = 1  # prctl(2)


class NoAccount(Exception):  # noqa: N818 - it says what is so
    """We are root, and the system user is missing and could not be made."""


@dataclass(frozen=True, slots=True)
class Account:
    """Our own user (`user` is None), or the system user that root drops to."""

    user: int | None
    group: int | None

    @classmethod
    def for_us(cls) -> "Account":
        """Return the account for a server that this process starts; raises NoAccount."""
        if os.geteuid() != 0:
            return cls(None, None)
        _FOLDER.mkdir(mode=0o755, exist_ok=True)
        entry = _find_or_create()
        return cls(entry.pw_uid, entry.pw_gid)

    def popen(
        self, command: Sequence[str | Path], folder: Path, output: int, at_our_end: signal.Signals
    ) -> subprocess.Popen[bytes]:
        """Start `command` in `folder`; it gets the signal `at_our_end` when this thread ends."""
        return subprocess.Popen(  # noqa: S603 - the programs that sql.postgres found
            command,
            cwd=folder,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=self.user,
            group=self.group,
            extra_groups=self._extra_groups,
            start_new_session=True,  # Ctrl-C is for the hall, which then stops the server
            preexec_fn=signal_at_end_of(os.getpid(), at_our_end),  # noqa: PLW1509 - two system calls
        )

    def folder_in(self, home: Path) -> Path:
        """Return `home/postgres`: made there, or a link to a folder where the account reaches it.

        The link decides which database belongs to `home`: the name of the folder is never guessed.
        """
        link = home / "postgres"
        if not link.exists():
            if self._reaches(home):
                link.mkdir()
            else:
                link.symlink_to(tempfile.mkdtemp(prefix="postgres-", dir=_FOLDER))
        folder = link.resolve()
        folder.chmod(0o700 if self.user is None else 0o711)
        return folder

    def make_folder(self, path: Path) -> Path:
        """Make `path` a folder that only the account enters."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)
        return path

    def programs(self, folder: Path) -> Path:
        """Return `folder`, or the same folder in a copy of its tree that the account reaches."""
        if self._reaches(folder / "postgres"):
            return folder
        digest = hashlib.sha256((folder / "postgres").read_bytes()).hexdigest()
        copy = _FOLDER / f"programs-{digest[:16]}"
        tree = folder.parent
        package = tree.parent
        if not copy.exists():
            unfinished = Path(tempfile.mkdtemp(prefix="copy-", dir=_FOLDER))
            shutil.copytree(tree, unfinished / package.name / tree.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")  # where auditwheel puts them
            if libraries.is_dir():
                shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            for closed in (unfinished, unfinished / package.name):
                closed.chmod(0o755)
            unfinished.rename(copy)
        return copy / package.name / tree.name / folder.name

    @property
    def _extra_groups(self) -> tuple[int, ...] | None:
        return None if self.user is None else ()

    def _reaches(self, path: Path) -> bool:
        if self.user is None:
            return True
        done = subprocess.run(  # noqa: S603 - a constant program
            ["/usr/bin/test", "-x", path],
            cwd="/",
            user=self.user,
            group=self.group,
            extra_groups=self._extra_groups,
            check=False,
        )
        return done.returncode == 0


def _find_or_create() -> pwd.struct_passwd:
    folder = os.open(_FOLDER, os.O_RDONLY)
    try:
        # Two useradd of one name at once both succeed, and the second changes the user's number.
        fcntl.flock(folder, fcntl.LOCK_EX)
        return pwd.getpwnam(_NAME)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir"]
        command += [str(_FOLDER), "--shell", "/usr/sbin/nologin", _NAME]
        done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603 - constants
        if done.returncode != 0:
            raise NoAccount(f"{' '.join(command)}: {done.stderr.strip()}") from None
        return pwd.getpwnam(_NAME)
    finally:
        os.close(folder)


def signal_at_end_of(parent: int, word: signal.Signals) -> Callable[[], None]:
    """Return what the child calls after setuid, which clears the request, and before exec."""
    prctl = ctypes.CDLL(None).prctl

    def ask_the_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, word)
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), signal.SIGKILL)

    return ask_the_kernel
