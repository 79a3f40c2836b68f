"""Keep a process, and those that it begins, from the network and from code in the current folder.

The command line wraps every command but ``fetch`` in `isolated`; ``import routeplan`` changes
nothing. The current folder is where tables lie that others sent: a file ``copy.py`` among them must
not stand for Python's own module.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["child_environment", "environment", "isolate_child", "isolated", "isolated_imports"]

# Told to processes that are begun here, which then refuse connections, too.
OFFLINE = "ROUTEPLAN_OFFLINE"

# What Python tells of, before it is done.
_CALLS = frozenset(
    (
        *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"),
        *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"),
        "socket.getnameinfo",
    )
)


class _Wall:
    """What is refused now; one for a process, since an audit hook cannot be removed."""

    def __init__(self) -> None:
        self.stands = False
        self._named: frozenset[object] = frozenset()
        self._told = False

    def put_up(self, named: frozenset[object]) -> None:
        """Refuse connections from now on, but for hosts and addresses that are named."""
        if not self._told:
            sys.addaudithook(self._hear)
            self._told = True
        self._named = named
        self.stands = True

    def _hear(self, event: str, values: tuple[Any, ...]) -> None:
        if not self.stands or event not in _CALLS:
            return
        # Between processes of one machine, and through no network.
        if getattr(getattr(values[0], "family", None), "name", "") == "AF_UNIX":
            return
        asked = values[0] if event in _HOSTS else values[1] if len(values) > 1 else None
        if asked in self._named or (isinstance(asked, tuple) and asked[:2] in self._named):
            return
        raise PermissionError(f"no connection is opened but by `fetch`: {event} {asked!r}")


# These are told of a host, the others of a socket and an address.
_HOSTS = frozenset(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"))
_wall = _Wall()


@contextlib.contextmanager
def isolated(*, offline: bool = True, scheduler: str | None = None) -> Iterator[None]:
    """Refuse code of the current folder and connections, here and in processes that are begun.

    Parameters
    ----------
    offline
        Whether connections are refused, not code alone.
    scheduler
        The one address that may be connected to, ``tcp://host:port``; None for none.
    """
    named = _addresses(scheduler) if offline else frozenset()
    settings = {OFFLINE: "1", "PROJ_NETWORK": "OFF"} if offline else {}
    with environment(settings), _importing_from(_elsewhere(sys.path)):
        if offline:
            _wall.put_up(named)
        try:
            yield
        finally:
            _wall.stands = False


@contextlib.contextmanager
def isolated_imports() -> Iterator[None]:
    """Have processes that multiprocessing begins look for no code in the current folder.

    The folder of a script that runs is another matter: they read the script again.
    """
    with _importing_from([entry for entry in sys.path if Path(entry).is_absolute()]):
        yield


def child_environment() -> dict[str, str]:
    """Return an environment whose interpreters find what this one finds elsewhere than here."""
    path = os.pathsep.join(_elsewhere(sys.path))
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}


def isolate_child() -> None:
    """Refuse connections for good, where the process that began this one does."""
    if os.environ.get(OFFLINE):
        _wall.put_up(frozenset())


def _elsewhere(path: list[str]) -> list[str]:
    """Return the folders of a path but the current one; that of this package comes last."""
    try:
        here = Path.cwd().resolve()
    except OSError:
        here = None  # it was removed
    entries = (entry for entry in path if Path(entry).is_absolute())
    kept = [entry for entry in entries if Path(entry).resolve() != here]
    return list(dict.fromkeys((*kept, str(Path(__file__).absolute().parents[1]))))


@contextlib.contextmanager
def _importing_from(entries: list[str]) -> Iterator[None]:
    """Look for modules in these folders alone, here and in processes that are begun."""
    path = list(sys.path)
    with environment({"PYTHONSAFEPATH": "1"}):
        sys.path[:] = entries
        try:
            yield
        finally:
            sys.path[:] = path


@contextlib.contextmanager
def environment(settings: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment, and afterwards set them back."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _addresses(scheduler: str | None) -> frozenset[object]:
    """Return the host of an address, and what it comes to, as connections name it."""
    host, _, port = (scheduler or "").rpartition("://")[2].rpartition(":")
    host = host.strip("[]")
    if not (host and port.isdecimal() and port.isascii()):
        return frozenset()
    import socket  # noqa: PLC0415  # no command but this one needs it

    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except OSError:
        # Whoever connects says that it cannot be found.
        found = []
    addresses = [address[:2] for *_, address in found]
    # Whoever has looked up a host looks up what it comes to.
    return frozenset((host, *(own for own, _ in addresses), *addresses))
