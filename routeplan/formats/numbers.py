"""Rows of whole numbers as text and back, many at once: matrices are nearly all of a problem file.

The text is what `json` writes, to the byte: ``[0, 540, null]``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from routeplan.model.travel import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["row_texts", "take_rows"]

# A number is put together of two of at most so many digits.
DIGITS = 6
MILLION = 10**DIGITS
# Of the names of rows; for private use, so that hardly any text has it.
MARK = "\ue000"


def row_texts(numbers: NDArray[np.int64], known: NDArray[np.bool_]) -> Iterator[str]:
    """Yield each row of a matrix of numbers from 0 to `LARGEST`, null for those not known.

    Eight letters are looked up for each number, with letters that do not count where it has fewer
    digits: over ten times as fast as `json.dumps`.
    """
    most = int(numbers.max(initial=0))
    plain = _words(min(len(str(most)), DIGITS))
    for row, is_known in zip(numbers, known, strict=True):
        if most < MILLION:
            cells = plain[np.where(is_known, row, -1)]
        else:
            high, low = np.divmod(row, MILLION)
            words = np.where(high > 0, _words(DIGITS, padded=True)[low], plain[low])
            cells = np.stack([_words(DIGITS, end=b"")[high], words], axis=-1)
            cells[high == 0, 0] = 0
            cells[~is_known] = 0, plain[-1]
        yield f"[{cells.tobytes().translate(None, bytes(1))[:-2].decode()}]"


def take_rows(text: str) -> tuple[str, dict[str, NDArray[np.float64]]]:
    """Take out the rows that have a line for themselves and are written just so.

    Returns
    -------
    rest, rows
        The text with names in place of the rows, as texts of JSON; and the rows by these names,
        nan for null. Nothing is taken out where a name may be in the text already.
    """
    rows: dict[str, NDArray[np.float64]] = {}
    pieces, begin = [], len(text) if MARK in text else 0
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        line = text[begin:end]
        begin = end
        row = line.strip()
        numbers = _read_row(row.removesuffix(","))
        if numbers is not None:
            name = f"{MARK}{len(rows)}"
            rows[name] = numbers
            line = f'"{name}"{"," * row.endswith(",")}\n'
        pieces.append(line)
    return ("".join(pieces), rows) if rows else (text, rows)


def _read_row(text: str) -> NDArray[np.float64] | None:
    """Read a row that is written just so; None where it may be anything else."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        numbers = np.fromstring(text[1:-1].replace("null", "-1"), dtype=np.int64, sep=",")
    except (DeprecationWarning, ValueError):
        return None
    known = numbers >= 0
    if numbers.max(initial=0) > LARGEST:
        return None
    if next(row_texts(np.maximum(numbers, 0)[None], known[None])) != text:
        return None
    return np.where(known, numbers, np.nan)


@cache
def _words(digits: int, *, end: bytes = b", ", padded: bool = False) -> NDArray[np.uint64]:
    """Return all numbers of so many digits in eight bytes each, with their end; null comes last.

    Bytes of 0 are no letters: they stand for leading zeros, which are written where `padded`.
    """
    numbers = np.arange(10**digits)
    letters = np.zeros((len(numbers) + 1, 8), dtype=np.uint8)
    for place in range(digits):
        power = 10 ** (digits - 1 - place)
        is_written = padded | (numbers >= power) | (power == 1)
        letters[:-1, place] = np.where(is_written, ord("0") + numbers // power % 10, 0)
    letters[:-1, digits : digits + len(end)] = np.frombuffer(end, dtype=np.uint8)
    letters[-1, :DIGITS] = np.frombuffer(b"null, ", dtype=np.uint8)
    return letters.view("<u8").ravel()
