"""Keep a process and its children from the network, and from code in the current folder.

The command line wraps every command but ``fetch`` in `isolated`; ``import routeplan`` changes
nothing. The current folder is where tables from others lie: a file ``copy.py`` among them must not
be imported in place of Python's own module.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Set for child processes, which then refuse connections, too.
OFFLINE = "ROUTEPLAN_OFFLINE"

# Audit events with a host as first argument, and with a socket and an address.
_LOOKUPS = {f"socket.{name}" for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr")}
_CONNECTIONS = {f"socket.{name}" for name in ("connect", "bind", "sendto", "sendmsg")}
_CONNECTIONS |= {"socket.getnameinfo"}

LOOPBACK = "127.0.0.1"
"""The one address that may be listened on: nothing but this machine reaches it."""

# On Windows, asyncio wakes its own loop up by a connection to itself.
_OF_LISTENERS = {"socket.bind"} | ({"socket.connect"} if sys.platform == "win32" else set())


class _ConnectionGuard:
    """Refuses connections; one for a process, since an audit hook cannot be removed."""

    def __init__(self) -> None:
        self.active = False
        self._allowed: frozenset[object] | None = None
        self._listening = False

    def start(self, allowed: frozenset[object], *, listening: bool = False) -> None:
        """Refuse connections from now on, except to these hosts and addresses.

        With `listening`, a socket may be bound to `LOOPBACK`.
        """
        if self._allowed is None:
            sys.addaudithook(self._check)
        self._allowed = allowed
        self._listening = listening
        self.active = True

    def _check(self, event: str, values: tuple[Any, ...]) -> None:
        if not self.active or self._allowed is None or event not in _LOOKUPS | _CONNECTIONS:
            return
        # Sockets between processes of one machine use no network.
        if getattr(getattr(values[0], "family", None), "name", "") == "AF_UNIX":
            return
        target = values[0] if event in _LOOKUPS else values[1] if len(values) > 1 else None
        if not self._allows(event, target):
            raise PermissionError(f"no connection is opened but by `fetch`: {event} {target!r}")

    def _allows(self, event: str, target: Any) -> bool:  # noqa: ANN401  # a host, or an address of any family
        assert self._allowed is not None  # noqa: S101  # it has been started
        if not isinstance(target, tuple):
            return target in self._allowed
        if self._listening and event in _OF_LISTENERS and target[0] == LOOPBACK:
            return True
        return bool({target, target[:2]} & self._allowed)


_guard = _ConnectionGuard()


@contextlib.contextmanager
def isolated(
    *, offline: bool = True, scheduler: str | None = None, listening: bool = False
) -> Iterator[None]:
    """Refuse connections and code of the current folder, here and in child processes.

    Connections are refused if `offline` is true, but for that to a scheduler, ``tcp://host:port``.
    With `listening`, this process, and none of its children, may listen on `LOOPBACK`.
    """
    allowed = _addresses(scheduler) if offline else frozenset()
    settings = {OFFLINE: "1", "PROJ_NETWORK": "OFF"} if offline else {}
    with environment(settings), _importing_from(_path_without_cwd()):
        if offline:
            _guard.start(allowed, listening=listening)
        try:
            yield
        finally:
            _guard.active = False


@contextlib.contextmanager
def isolated_imports() -> Iterator[None]:
    """Keep children of multiprocessing from importing code of the current folder.

    The folder of the running script stays on the path: children import the script again.
    """
    with _importing_from([entry for entry in sys.path if Path(entry).is_absolute()]):
        yield


@contextlib.contextmanager
def environment(settings: dict[str, str]) -> Iterator[None]:
    """Set environment variables, and restore them at the end."""
    before = {name: os.environ[name] for name in settings if name in os.environ}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            os.environ.pop(name, None)
        os.environ.update(before)


def child_environment() -> dict[str, str]:
    """Return an environment for interpreters that import nothing from the current folder."""
    path = os.pathsep.join(_path_without_cwd())
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}


def isolate_child() -> None:
    """Refuse all connections in this process if its parent does."""
    if os.environ.get(OFFLINE):
        _guard.start(frozenset())


def _path_without_cwd() -> list[str]:
    """Return `sys.path` without the current folder; that of this package comes last."""
    try:
        here = Path.cwd().resolve()
    except OSError:
        here = None  # it was removed
    entries = (entry for entry in sys.path if Path(entry).is_absolute())
    kept = [entry for entry in entries if Path(entry).resolve() != here]
    return list(dict.fromkeys((*kept, str(Path(__file__).absolute().parents[1]))))


@contextlib.contextmanager
def _importing_from(entries: list[str]) -> Iterator[None]:
    path = list(sys.path)
    with environment({"PYTHONSAFEPATH": "1"}):
        sys.path[:] = entries
        try:
            yield
        finally:
            sys.path[:] = path


def _addresses(scheduler: str | None) -> frozenset[object]:
    """Return the host of an address and what it resolves to, as audit events name them."""
    host, _, port = (scheduler or "").rpartition("://")[2].rpartition(":")
    host = host.strip("[]")
    if not (host and port.isdecimal() and port.isascii()):
        return frozenset()
    import socket  # noqa: PLC0415  # no command without a scheduler needs it

    try:
        resolved = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except OSError:
        resolved = []  # whoever connects reports it
    addresses = [address[:2] for *_, address in resolved]
    return frozenset((host, *(ip for ip, _ in addresses), *addresses))
