"""Where a ledger is kept: in memory, in a file, in a sealed file, or on a server.

A storage gives connections in a transaction, to read or to record; what was recorded is safe on
disk when `recording` ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import sqlite3
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from routeplan.errors import Fault, InputError
from routeplan.files import locked_folders, read_bytes, write_whole
from routeplan.language import gettext as _
from routeplan.ledger.failures import LOCK_SECONDS, readable_errors
from routeplan.ledger.marks import (
    APPLICATION_ID,
    HEADER_BYTES,
    is_sealed_name,
    mark_sealed,
    version_of,
)
from routeplan.ledger.migrations import upgrade
from routeplan.ledger.schema import METADATA, VERSION, VERSION_TABLE
from routeplan.packs import seal_with_passphrase, unseal_with_passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL, Connection, Engine

CONNECT_SECONDS = 10

# EXTRA: the removal of the journal, which commits, is safe on disk, too. A schema that came with
# a file cannot call functions.
_PRAGMAS = ("synchronous = EXTRA", "foreign_keys = ON", "trusted_schema = OFF")


def check_version(version: int | None, name: str) -> int:
    """Return the version of a ledger; raise InputError where it is none, or a newer one."""
    if version is None:
        hint = _("make one with 'routeplan ledger create'")
        raise InputError([Fault(name, _("is no ledger"), hint)])
    if version > VERSION:
        message = _(
            "is a ledger of version {newer}, and this routeplan knows up to {known}; nothing in it "
            "was changed",
            newer=version,
            known=VERSION,
        )
        raise InputError([Fault(name, message, _("install a newer routeplan"))])
    return version


class Storage(ABC):
    """A place of a ledger; `name` is what messages call it."""

    name: str
    _engine: Engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read from, which sees one state of the ledger."""
        with readable_errors(self.name), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    @abstractmethod
    def recording(self) -> Iterator[Connection]:
        """Give a connection to record on, alone; all is recorded at its end, or nothing."""
        yield from ()

    @abstractmethod
    def image(self) -> bytes:
        """Return the whole ledger as an SQLite file."""

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


S = TypeVar("S", bound=Storage)


@contextlib.contextmanager
def closed_on_error(storage: S) -> Iterator[S]:
    """Close a storage if it could not be opened for good."""
    try:
        yield storage
    except BaseException:
        storage.close()
        raise


class _Sqlite(Storage):
    """A ledger that SQLite has open."""

    def __init__(self, raw: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._raw = raw
        self._engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
        self._recording = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        # Transactions are begun here, since Python's module would begin them too late.
        sa.event.listen(self._engine, "begin", _begin)
        with closed_on_error(self), readable_errors(name):
            raw.isolation_level = None
            for pragma in _PRAGMAS:
                raw.execute(f"PRAGMA {pragma}")

    @contextlib.contextmanager
    def recording(self) -> Iterator[Connection]:
        """Give a connection to record on; other writers wait."""
        with readable_errors(self.name), self._recording.begin() as connection:
            yield connection

    def image(self) -> bytes:
        """Return a copy that is consistent while others record."""
        with readable_errors(self.name), contextlib.closing(sqlite3.connect(":memory:")) as copy:
            self._raw.backup(copy)
            return copy.serialize()

    def close(self) -> None:
        """Close the connection, which is all the engine has."""
        super().close()
        self._raw.close()


def _begin(connection: Connection) -> None:
    how = connection.get_execution_options().get("begin", "BEGIN")
    connection.exec_driver_sql(how)


class Memory(_Sqlite):
    """A ledger in memory: an empty one, or one that was read whole; older ones are migrated."""

    def __init__(self, name: str, image: bytes | None = None) -> None:
        version = 0 if image is None else check_version(version_of(image[:HEADER_BYTES]), name)
        super().__init__(sqlite3.connect(":memory:"), name)
        with closed_on_error(self), readable_errors(name):
            if image is not None:
                self.replace(image)
            if version < VERSION:
                with super().recording() as connection:
                    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                    upgrade(connection)

    def check(self) -> None:
        """Refuse a ledger that is damaged."""
        with self.reading() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            strange = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if found != ["ok"] or strange:
            raise InputError([Fault(self.name, _("is damaged"), _("take another backup"))])

    def replace(self, image: bytes) -> None:
        """Hold another ledger from now on."""
        self._raw.deserialize(image)


class OpenFile(_Sqlite):
    """A ledger in an SQLite file; an older one is migrated, after a copy was made beside it."""

    def __init__(self, path: Path) -> None:
        version = check_version(version_of(_header(path)), str(path))
        address = f"{path.absolute().as_uri()}?mode=rw"
        with readable_errors(str(path)):
            raw = sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS)
        super().__init__(raw, str(path))
        if version < VERSION:
            with closed_on_error(self):
                image = self.image()
                # Another process may have been first.
                if version_of(image[:HEADER_BYTES]) == version:
                    keep_older(path, image, version)
                with self.recording() as connection:
                    upgrade(connection)


class SealedFile(Memory):
    """A ledger in a file that is sealed with a passphrase: read whole, and written back whole."""

    def __init__(self, path: Path, passphrase: str) -> None:
        self._path, self.passphrase = path, passphrase
        image = self._read()
        super().__init__(str(path), image)
        version = version_of(image[:HEADER_BYTES]) or 0
        if version < VERSION:
            with closed_on_error(self):
                self._migrate(version)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read from; what others recorded meanwhile is there."""
        self._refresh()
        with super().reading() as connection:
            yield connection

    @contextlib.contextmanager
    def recording(self) -> Iterator[Connection]:
        """Give a connection to record on, and write the file anew at the end."""
        with locked_folders([self._path.parent]):
            self._refresh()
            before = self.image()
            with super().recording() as connection:
                yield connection
            try:
                self._write()
            except BaseException:
                # What is not on disk is not recorded.
                self.replace(before)
                raise

    def _read(self) -> bytes:
        sealed = read_bytes(self._path)
        image = unseal_with_passphrase(sealed, self.passphrase, source=str(self._path))
        self._digest = hashlib.sha256(sealed).digest()
        return image

    def _migrate(self, version: int) -> None:
        """Keep the file, and write it anew in the newest version."""
        sealed = read_bytes(self._path)
        if hashlib.sha256(sealed).digest() == self._digest:
            # Enters the copy in the index, which takes the lock of the folder itself.
            keep_older(self._path, sealed, version)
        with locked_folders([self._path.parent]):
            # What is there now: another process may have recorded, or migrated it.
            with Memory(self.name, self._read()) as migrated:
                self.replace(migrated.image())
            self._write()

    def _refresh(self) -> None:
        if hashlib.sha256(read_bytes(self._path)).digest() != self._digest:
            image = self._read()
            check_version(version_of(image[:HEADER_BYTES]), self.name)
            self.replace(image)

    def _write(self) -> None:
        sealed = seal_with_passphrase(self.image(), self.passphrase)
        write_whole({self._path: sealed}, index=False)
        self._digest = hashlib.sha256(sealed).digest()


class Server(Storage):
    """A ledger in a PostgreSQL database (in the first schema of its search path)."""

    def __init__(self, url: str) -> None:
        self.name, self._engine = address_shown(url), _server_engine(url)

    def version(self) -> int | None:
        """Return the version of the tables, None where there are none."""
        with self.reading() as connection:
            if not sa.inspect(connection).has_table(VERSION_TABLE):
                return None
            query = sa.text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608  # a constant
            return int(connection.scalar(query))

    def migrate(self) -> None:
        """Bring the tables to the newest version, in one transaction."""
        with readable_errors(self.name), self._engine.begin() as connection:
            # Whoever comes second finds it done.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPLICATION_ID})")
            upgrade(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read from, which sees one state of the ledger."""
        engine = self._engine.execution_options(isolation_level="REPEATABLE READ")
        with readable_errors(self.name), engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def recording(self) -> Iterator[Connection]:
        """Give a connection to record on; other writers wait."""
        tables = ", ".join(METADATA.tables)
        with readable_errors(self.name), self._engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
            connection.exec_driver_sql(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
            yield connection

    def image(self) -> bytes:
        """Return the ledger as an SQLite file with the same rows."""
        with Memory(self.name) as copy:
            copy_rows(self, copy)
            return copy.image()


def _server_engine(url: str) -> Engine:
    address = _address(url).set(drivername="postgresql+psycopg")
    if "connect_timeout" not in address.query:
        address = address.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})
    try:
        return sa.create_engine(address, pool_size=1)
    except ModuleNotFoundError:
        hint = _("install it with 'pip install routeplan[postgresql]'")
        raise InputError([Fault("psycopg", _("is not installed"), hint)]) from None


def address_shown(url: str) -> str:
    """Return the address of a server without its password."""
    return _address(url).set(drivername="postgresql").render_as_string(hide_password=True)


def _address(url: str) -> URL:
    try:
        return sa.make_url(url)
    except (ArgumentError, ValueError):
        hint = _("write it as {example}", example="postgresql://name@host/database")
        # Whatever it is, it may hold a password.
        fault = Fault("postgresql:…", _("is no address of a database"), hint)
        raise InputError([fault]) from None


def copy_rows(source: Storage, target: Storage) -> None:
    """Copy all rows into a ledger that has none."""
    with source.reading() as rows, target.recording() as connection:
        for table in METADATA.sorted_tables:
            found = rows.execute(sa.select(table).order_by(table.c.id)).mappings()
            values = [dict(row) for row in found]
            if values:
                connection.execute(sa.insert(table), values)


def keep_older(path: Path, content: bytes, version: int) -> None:
    """Write the file of an older version beside it, before it is migrated."""
    for number in itertools.count(1):
        more = f"-{number}" if number > 1 else ""
        kept = path.with_name(
            f"{path.name.removesuffix(path.suffix)}.v{version}{more}{path.suffix}"
        )
        if not kept.exists():
            if is_sealed_name(path):
                mark_sealed(kept)
            return write_whole({kept: content}, index=False)
        if kept.read_bytes() == content:
            return None
    return None


def _header(path: Path) -> bytes:
    """Return the first bytes of a file, without opening it as a database."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(HEADER_BYTES)
    except OSError:
        pass
    # Says why it cannot be read.
    return read_bytes(path)[:HEADER_BYTES]
