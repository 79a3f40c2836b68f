"""A content-addressed store: results kept on disk under a hash of all that they depend on.

Each entry is one file, named by its key, written whole or not at all. A store may be deleted at any
time, whole or in part; an entry that cannot be read is computed again.

Arrays are kept in the cache folder of the user, or the one that the environment variable
``ROUTEPLAN_CACHE`` names, with a folder for each kind: ``roads/<key>.cache``. Such an entry begins
with a hash of the rest, so that a damaged one, or one of another version, is removed. When all of
them exceed two gigabytes, the least recently used are removed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import io
import itertools
import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import InputError
from routeplan.files import cache_folder, remove_abandoned, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

LARGEST_BYTES = 2 << 30
MAGIC = b"routeplan cache 1\n"
_HEADER = len(MAGIC) + hashlib.sha256().digest_size * 2


@dataclass(frozen=True, slots=True)
class Store:
    """A folder, which need not exist, with one file of this suffix for each entry."""

    folder: Path
    suffix: str

    def path(self, key: str) -> Path:
        """Return the file of an entry."""
        return self.folder / f"{key}{self.suffix}"

    def read(self, key: str) -> bytes | None:
        """Return the content of an entry, None if there is none."""
        try:
            return self.path(key).read_bytes()
        except OSError:
            return None

    def write(self, key: str, data: bytes) -> None:
        """Write an entry; raise InputError if it cannot be written."""
        # Each entry says what it is, and needs no index.
        write_whole({self.path(key): data}, index=False)


def load(kind: str, key: str) -> dict[str, NDArray[np.generic]] | None:
    """Return the arrays of an entry of the cache, None if there is none that is intact."""
    store = _cache(kind)
    data = memoryview(store.read(key) or b"")
    body = data[_HEADER:]
    intact = data[:_HEADER] == MAGIC + hashlib.sha256(body).hexdigest().encode()
    with contextlib.suppress(OSError):
        if intact:
            os.utime(store.path(key))
        else:
            store.path(key).unlink()
    if not intact:
        return None
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def save(kind: str, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write arrays to the cache; do nothing if they cannot be written."""
    body = io.BytesIO()
    np.savez(body, allow_pickle=False, **arrays)
    digest = hashlib.sha256(body.getbuffer()).hexdigest().encode()
    with contextlib.suppress(InputError):
        _cache(kind).write(key, b"".join((MAGIC, digest, body.getbuffer())))
    _tidy()


def _cache(kind: str) -> Store:
    return Store(cache_folder() / kind, ".cache")


def _tidy() -> None:
    """Remove files of killed processes, and the oldest entries if there are too many."""
    folder = cache_folder()
    with contextlib.suppress(OSError):
        remove_abandoned(folder.iterdir())
        entries = [(path.stat(), path) for path in folder.glob("*/*.cache")]
        entries.sort(key=lambda entry: entry[0].st_mtime)
        total = sum(stat.st_size for stat, _ in entries)
        for stat, path in entries[:-1]:
            if total > LARGEST_BYTES:
                path.unlink()
                total -= stat.st_size


def key_of(*parts: object) -> str:
    """Return a hash of numbers, texts, dates, enums, arrays, dataclasses, and collections of them.

    A value of another type, whose text might not show all of it, is a TypeError.
    """
    digest = hashlib.sha256()
    for text in itertools.chain.from_iterable(map(_texts, parts)):
        digest.update(text + b"\0")
    return digest.hexdigest()


def _texts(value: object) -> Iterator[bytes]:
    """Yield texts that are equal for equal values, in every process, and differ for others."""
    yield type(value).__name__.encode()
    if value is None or isinstance(value, bool | int | float | str | bytes | dt.date | dt.time):
        yield repr(value).encode()
    elif isinstance(value, Enum):
        yield value.name.encode()
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield field.name.encode()
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from _unordered(map(_texts, value.items()))
    elif isinstance(value, AbstractSet):
        yield from _unordered(map(_texts, value))
    elif isinstance(value, tuple | list):
        yield str(len(value)).encode()
        for item in value:
            yield from _texts(item)
    else:
        raise TypeError(f"a {type(value).__name__} can be no part of a key")


def _unordered(items: Iterable[Iterator[bytes]]) -> Iterator[bytes]:
    # The order in which a set lists its members differs from process to process.
    texts = sorted(map(tuple, items))
    yield str(len(texts)).encode()
    yield from itertools.chain.from_iterable(texts)
