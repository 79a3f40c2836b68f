"""What databases say when something fails, as errors that a caller can mend."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCK_SECONDS = 30
"""How long a writer waits for others."""


@contextlib.contextmanager
def readable_errors(name: str) -> Iterator[None]:
    """Turn errors of a database into InputError; `name` is that of the ledger."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise InputError([_fault(name, cause or error)]) from error


def _fault(name: str, error: BaseException) -> Fault:
    code = getattr(error, "sqlite_errorcode", None)
    fault = _server_fault(name, error) if code is None else _file_fault(name, code)
    return fault or Fault(name, _("the database failed: {why}", why=_first_line(error)))


def _file_fault(name: str, code: int) -> Fault | None:
    make = _OF_FILES.get(code & 0xFF)
    return make(name) if make else None


def _server_fault(name: str, error: BaseException) -> Fault | None:
    state = getattr(error, "sqlstate", None)
    if state is None and type(error).__name__ in {"OperationalError", "ConnectionTimeout"}:
        hint = _("does it run, and are address, name and password right?")
        message = _("cannot connect to the server: {why}", why=_first_line(error))
        return Fault(name, message, hint)
    make = _OF_SERVERS.get(state or "")
    return make(name) if make else None


def _locked(name: str) -> Fault:
    message = _("another program has been recording for {n} seconds", n=LOCK_SECONDS)
    return Fault(name, message, _("close it, and repeat this: nothing was recorded"))


def _full(name: str) -> Fault:
    hint = _("make space, and repeat this: nothing was recorded")
    return Fault(name, _("the disk is full"), hint)


def _read_only(name: str) -> Fault:
    return Fault(name, _("may be read, but not written, by this user"))


def _not_opened(name: str) -> Fault:
    return Fault(name, _("cannot be opened"), _("is it there, and its folder writable?"))


def _disk_failed(name: str) -> Fault:
    hint = _("is the disk full, or was it removed? What was confirmed as recorded is kept")
    return Fault(name, _("cannot be read or written: the disk failed"), hint)


def _damaged(name: str) -> Fault:
    hint = _("restore a backup with 'routeplan ledger restore'")
    return Fault(name, _("is damaged"), hint)


_OF_FILES: dict[int, Callable[[str], Fault]] = {
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_READONLY: _read_only,
    sqlite3.SQLITE_PERM: _read_only,
    sqlite3.SQLITE_CANTOPEN: _not_opened,
    sqlite3.SQLITE_IOERR: _disk_failed,
    sqlite3.SQLITE_CORRUPT: _damaged,
    sqlite3.SQLITE_NOTADB: _damaged,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_OF_SERVERS: dict[str, Callable[[str], Fault]] = {
    **dict.fromkeys(("55P03", "40001", "40P01"), _locked),
    "53100": _full,
    **dict.fromkeys(("42501", "25006"), _read_only),
}


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
