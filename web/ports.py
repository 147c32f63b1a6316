"""Where a hall listens: sockets that are bound before anything else is opened.

A port that is taken is so known at once, and a hall that listens on any port (`localhost:0`) knows
its own origin before its log is named after it.
"""

import errno
import socket
from contextlib import ExitStack

from notary.entropy import Entropy

# Linux gives 32768-60999 to outgoing connections; a server there may find its port held
# (web.md 12). Below 10000 live the ports that people choose.
_FIRST, _LAST = 10_000, 32_767
_TRIES = 50
_NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


class PortTaken(Exception):  # noqa: N818 - named after what is wrong
    """Nothing can listen at the address; the message names it."""


def bind(host: str, port: int, entropy: Entropy) -> list[socket.socket]:
    """Return a bound socket for each address of `host`; port 0: one that is free. PortTaken."""
    if port:
        return _bind(host, port)
    for _ in range(_TRIES):
        chosen = _FIRST + int.from_bytes(entropy(4)) % (_LAST - _FIRST + 1)
        try:
            return _bind(host, chosen)
        except PortTaken:
            continue
    raise PortTaken(f"no free port at {host}")


def port_of(sockets: list[socket.socket]) -> int:
    """Return the port that all of them have."""
    port: int = sockets[0].getsockname()[1]
    return port


def _bind(host: str, port: int) -> list[socket.socket]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise PortTaken(f"{host}: {error.strerror}") from error
    with ExitStack() as undo:
        bound = []
        for family, kind, protocol, _, address in dict.fromkeys(found):
            try:
                one = undo.enter_context(socket.socket(family, kind, protocol))
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                one.bind(address)
            except OSError as error:
                if error.errno in _NOT_HERE:  # `localhost` may name an address this machine lacks
                    continue
                raise PortTaken(f"{host}:{port}: {error.strerror}") from error
            bound.append(one)
        if not bound:
            raise PortTaken(f"{host} is no address of this machine")
        undo.pop_all()
    return bound
