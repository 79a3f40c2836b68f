"""Arrays kept on disk under a hash of all that they were made of.

The folder is that of the user for caches, or the one that the environment variable
``ROUTEPLAN_CACHE`` names. In it each kind of entry has a folder, and each entry is one file:
``roads/<key>.cache``. It may be deleted at any time, whole or in part.

An entry is written whole or not at all, and begins with a hash of what follows: one that was
damaged, or belongs to another version, is taken away and made again. When all entries together
pass two gigabytes, those that were not used for the longest time go.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import io
import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import InputError
from routeplan.files import cache_folder, remove_abandoned, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["file_digest", "key_of", "load", "store"]

LARGEST_BYTES = 2 << 30

MAGIC = b"routeplan cache 1\n"
_DIGITS = 64


def key_of(*parts: object) -> str:
    """Return a hash of numbers, texts, dates, arrays, and dataclasses and collections of them.

    Raises
    ------
    TypeError
        Where a value is of a kind whose text does not say all of it.
    """
    digest = hashlib.sha256()
    for part in parts:
        for text in _texts(part):
            digest.update(text)
            digest.update(b"\0")
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Return a hash of what a file holds.

    All of it is read, in a fraction of a second for a country: size and date alone take a file
    that was copied for another one, and may miss an edit.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(kind: str, key: str) -> dict[str, NDArray[np.generic]] | None:
    """Return the arrays of an entry, None where there is none, or none that is whole."""
    path = _path(kind, key)
    try:
        data = memoryview(path.read_bytes())
    except OSError:
        return None
    body = data[len(MAGIC) + _DIGITS :]
    if data[: len(MAGIC) + _DIGITS] != MAGIC + hashlib.sha256(body).hexdigest().encode():
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def store(kind: str, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Keep some arrays; where they cannot be written, do without."""
    body = io.BytesIO()
    np.savez(body, allow_pickle=False, **arrays)
    digest = hashlib.sha256(body.getbuffer()).hexdigest().encode()
    with contextlib.suppress(InputError):
        entry = b"".join((MAGIC, digest, body.getbuffer()))
        # The folder may be emptied at any time, and each entry says what it is.
        write_whole({_path(kind, key): entry}, index=False)
    _tidy(cache_folder())


def _path(kind: str, key: str) -> Path:
    return cache_folder() / kind / f"{key}.cache"


def _tidy(folder: Path) -> None:
    """Take away what killed runs left, and the oldest entries where there are too many."""
    with contextlib.suppress(OSError):
        remove_abandoned(folder.iterdir())
        entries = [(path.stat(), path) for path in folder.glob("*/*.cache")]
        entries.sort(key=lambda entry: entry[0].st_mtime)
        total = sum(found.st_size for found, _ in entries)
        for found, path in entries[:-1]:
            if total > LARGEST_BYTES:
                path.unlink()
                total -= found.st_size


def _texts(value: object) -> Iterator[bytes]:
    """Yield texts that are the same for equal values, in every run, and differ for others."""
    yield type(value).__name__.encode()
    if value is None or isinstance(value, bool | int | float | str | bytes | dt.date | dt.time):
        yield repr(value).encode()
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield field.name.encode()
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from _sorted([(*_texts(key), *_texts(text)) for key, text in value.items()])
    elif isinstance(value, AbstractSet):
        yield from _sorted([tuple(_texts(item)) for item in value])
    elif isinstance(value, tuple | list):
        yield str(len(value)).encode()
        for item in value:
            yield from _texts(item)
    else:
        raise TypeError(f"a {type(value).__name__} can be no part of a key")


def _sorted(items: list[tuple[bytes, ...]]) -> Iterator[bytes]:
    # The order in which a set lists its members differs from run to run.
    yield str(len(items)).encode()
    for item in sorted(items):
        yield from item
