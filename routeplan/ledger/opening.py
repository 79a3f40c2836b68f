"""Where a ledger is found or made: by the name of a file, or the address of a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, read_bytes, write_whole
from routeplan.language import gettext as _
from routeplan.ledger.marks import is_sealed_name, mark_sealed
from routeplan.ledger.schema import VERSION
from routeplan.ledger.storage import (
    Memory,
    OpenFile,
    SealedFile,
    Server,
    address_shown,
    check_version,
    closed_on_error,
    copy_rows,
)
from routeplan.packs import seal_with_passphrase, unseal_with_passphrase

if TYPE_CHECKING:
    from routeplan.ledger.storage import Storage

_SERVER = ("postgresql:", "postgres:", "postgresql+psycopg:")


def is_server(where: Path | str) -> bool:
    """Return whether a ledger is on a server, by its address."""
    return str(where).startswith(_SERVER)


def open_storage(where: Path | str, passphrase: str | None, *, create: bool) -> Storage:
    """Open a ledger, or make an empty one; see `routeplan.ledger.open_ledger`."""
    if is_server(where):
        _check_unsealed(address_shown(str(where)), passphrase)
        return _open_server(str(where), create=create)
    path = Path(where)
    if create:
        with Memory(str(path)) as empty:
            write_new(path, empty.image(), passphrase)
    if is_sealed_name(path):
        return SealedFile(path, _require(passphrase, path))
    _check_unsealed(str(path), passphrase)
    return OpenFile(path)


def write_new(path: Path, image: bytes, passphrase: str | None) -> None:
    """Write the file of a ledger, whole or not at all, where there is none; sealed by its name."""
    if path.exists():
        raise _taken(str(path))
    check_writable(path)
    if is_sealed_name(path):
        image = seal_with_passphrase(image, _require(passphrase, path))
        mark_sealed(path)
    else:
        _check_unsealed(str(path), passphrase)
    write_whole({path: image}, index=False)


def restore(path: Path, where: Path | str, *, passphrase: str | None = None) -> None:
    """Make a ledger of a backup: in a file, or on a server, wherever the backup comes from.

    Parameters
    ----------
    path
        The backup, which stays as it is.
    where
        The ledger, as `routeplan.ledger.open_ledger` takes it.
    passphrase
        Of the backup, if it is sealed, and of the ledger, if it is to be.

    Raises
    ------
    InputError
        Where the backup is none, of a newer version, or damaged; or where there is a ledger
        already.
    """
    image = read_bytes(path)
    if is_sealed_name(path):
        image = unseal_with_passphrase(image, _require(passphrase, path), source=str(path))
    with Memory(str(path), image) as rows:
        rows.check()
        if is_server(where):
            with _open_server(str(where), create=True) as server:
                copy_rows(rows, server)
        else:
            given = passphrase if is_sealed_name(Path(where)) else None
            write_new(Path(where), rows.image(), given)


def _open_server(url: str, *, create: bool) -> Server:
    with closed_on_error(Server(url)) as server:
        version = server.version()
        if create and version is not None:
            raise _taken(server.name)
        if create or check_version(version, server.name) < VERSION:
            server.migrate()
    return server


def _require(passphrase: str | None, path: Path) -> str:
    if passphrase is None:
        raise InputError([Fault(str(path), _("is sealed"), _("give its passphrase"))])
    return passphrase


def _check_unsealed(name: str, passphrase: str | None) -> None:
    if passphrase is not None:
        hint = _("a sealed one is a file whose name ends in .age")
        raise InputError([Fault(name, _("has no passphrase: it is not sealed"), hint)])


def _taken(name: str) -> InputError:
    message = _("is there already, and would be lost")
    return InputError([Fault(name, message, _("choose another name"))])
