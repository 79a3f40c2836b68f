"""Travel times in ``problem.json``: matrices row by row, and rows of reachable places alone.

Nearly all of such a file are these numbers: many at once are made text and back, to the byte as
`json` writes them (``[0, 540, null]``).
"""

from __future__ import annotations

from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from routeplan.errors import Fault, Faults
from routeplan.formats.document import Text
from routeplan.formats.fields import Fields, expectation
from routeplan.language import gettext as _
from routeplan.model.travel import LARGEST, TravelTimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    TakenRows: TypeAlias = dict[str, NDArray[np.float64]]

FEW = 5
"""Faults of one matrix that are named one by one."""

# A number is put together of two of at most so many digits.
DIGITS = 6
MILLION = 10**DIGITS
# Of the names of rows; for private use, so that hardly any text has it.
MARK = "\ue000"


def travel_record(times: TravelTimes, *, may_be_sparse: bool) -> dict[str, object]:
    """Return travel times as an object of JSON.

    These are the reachable others of each place where they `may_be_sparse` and fewer than half of
    the ways between two places are there; else matrices.
    """
    others = len(times) * (len(times) - 1)
    ways = int(times.reachable.sum()) - len(times)
    if may_be_sparse and 2 * ways < others:
        return {"rows": [_sparse_record(times, place) for place in range(len(times))]}
    return {
        "seconds": _texts(times.seconds, times.reachable),
        "metres": _texts(times.metres, times.reachable),
    }


def _sparse_record(times: TravelTimes, place: int) -> dict[str, list[int]]:
    is_other = times.reachable[place].copy()
    is_other[place] = False
    found = {"to": np.flatnonzero(is_other), "seconds": times.seconds[place, is_other]}
    if times.metres is not None:
        found["metres"] = times.metres[place, is_other]
    return {name: numbers.tolist() for name, numbers in found.items()}


def read_travel(
    fields: Fields, places: int | None, taken: TakenRows, *, may_be_sparse: bool
) -> TravelTimes | None:
    """Read the travel times of a vehicle between so many places; None where they are at fault.

    Rows that were taken out of the text are put in, and out of `taken`.
    """
    if may_be_sparse and fields.has("rows"):
        return _read_sparse(fields, places)
    return _read_dense(fields, places, taken)


class _Ways(NamedTuple):
    """The ways from one place to others."""

    to: NDArray[np.int64]
    seconds: NDArray[np.int64]
    metres: NDArray[np.int64] | None


def _read_sparse(fields: Fields, places: int | None) -> TravelTimes | None:
    for name in filter(fields.has, ("seconds", "metres")):
        fields.fault(name, _("is there beside rows"), _("leave one of them out"))
    items, found = fields.items("rows"), Faults()
    size = len(items) if places is None else places
    if fields.ok("rows") and len(items) != size:
        fields.fault("rows", _wrong_height(len(items), size))
    rows = [_read_ways(Fields(item, f"[{n}]", found), n, size) for n, item in enumerate(items)]
    _note_few(fields, "rows", (partial(Fault, f.where, f.message, f.hint) for f in found))
    ways = list(filter(None, rows))
    if len({row.metres is None for row in ways}) > 1:
        hint = _("give them in all or in none")
        fields.fault("rows", _("has metres in some rows only"), hint)
    values = _matrices(ways, size) if fields.sound else dict.fromkeys(("seconds", "reachable"))
    return fields.build(TravelTimes, **{"metres": None, **values})


def _note_few(fields: Fields, name: str, found: Iterator[Callable[[], Fault]]) -> None:
    """Note the first faults, by where in a field they are, and how many more there are.

    Only these are put into words: there may be millions.
    """
    for make in islice(found, FEW):
        fault = make()
        fields.fault(name, fault.message, fault.hint, at=fault.where)
    more = sum(1 for _ in found)
    if more:
        fields.fault(name, _("has {n} more faults like these", n=more))


def _wrong_height(rows: int, places: int) -> str:
    return _("has {rows} rows, but there are {places} places", rows=rows, places=places)


def _matrices(rows: Sequence[_Ways], size: int) -> dict[str, NDArray[Any]]:
    """Put the ways of each place where they belong in matrices."""
    seconds, metres = (np.zeros((size, size), dtype=np.int64) for _ in range(2))
    reachable = np.eye(size, dtype=np.bool_)
    for place, row in enumerate(rows):
        reachable[place, row.to] = True
        seconds[place, row.to] = row.seconds
        if row.metres is not None:
            metres[place, row.to] = row.metres
    values = {"seconds": seconds, "reachable": reachable}
    if rows and rows[0].metres is not None:
        values["metres"] = metres
    for matrix in values.values():
        matrix.setflags(write=False)  # so that no copy of it is made
    return values


def _read_ways(row: Fields, place: int, size: int) -> _Ways | None:
    names = ["to", "seconds"]
    if row.sound and row.raw("metres", None) is not None:
        names.append("metres")
    numbers = {name: _whole_numbers(row, name) for name in names}
    row.finish()
    if row.ok("to"):
        to = numbers["to"]
        for name in filter(row.ok, names):
            if len(numbers[name]) != len(to):
                text = _("has {n} numbers, to has {other}", n=len(numbers[name]), other=len(to))
                row.fault(name, text)
        _check_places(row, to, place, size)
    return _Ways(numbers["to"], numbers["seconds"], numbers.get("metres")) if row.sound else None


def _check_places(row: Fields, to: NDArray[np.int64], place: int, size: int) -> None:
    past = to[to >= size]
    if (np.diff(to) <= 0).any():
        row.fault("to", _("is not rising"))
    elif len(past):
        text = _("{n} is no place; they count from 0 to {last}", n=int(past[0]), last=size - 1)
        row.fault("to", text)
    elif (to == place).any():
        row.fault("to", _("{n} is the place itself, which is left out", n=place))


def _whole_numbers(row: Fields, name: str) -> NDArray[np.int64]:
    """Read a list of whole numbers from 0 to `LARGEST`; empty where it is at fault."""
    values = row.items(name)
    if set(map(type, values)) <= {int}:
        if not values or (min(values) >= 0 and max(values) <= LARGEST):
            return np.array(values, dtype=np.int64)
        row.fault(name, _("holds a number that is not from 0 to {most}", most=LARGEST))
    else:
        n, odd = next((n, item) for n, item in enumerate(values) if type(item) is not int)
        row.fault(name, expectation(_("a whole number"), odd), at=f"[{n}]")
    return np.empty(0, dtype=np.int64)


def _read_dense(fields: Fields, places: int | None, taken: TakenRows) -> TravelTimes | None:
    seconds = _rows(fields, "seconds", places, taken)
    metres = None
    if fields.raw("metres", None) is not None:
        metres = _rows(fields, "metres", places, taken)
    return fields.build(TravelTimes.from_rows, seconds=seconds, metres=metres)


def _rows(fields: Fields, name: str, places: int | None, taken: TakenRows) -> list[Any]:
    """Read a matrix; cell by cell only where a row has other values than whole numbers."""
    rows = [taken.pop(row, row) if isinstance(row, str) else row for row in fields.items(name)]
    if not fields.ok(name):
        return []
    width = len(rows) if places is None else places
    if len(rows) != width:
        fields.fault(name, _wrong_height(len(rows), width))
    _note_few(fields, name, _row_faults(rows, width))
    return rows


def _row_faults(rows: Sequence[object], width: int) -> Iterator[Callable[[], Fault]]:
    for position, row in enumerate(rows):
        at = f"[{position}]"
        if not isinstance(row, list | np.ndarray):
            yield partial(_no_row, at, row, width)
            continue
        if len(row) != width:
            yield partial(_wrong_length, at, len(row), width)
        if isinstance(row, np.ndarray) or set(map(type, row)) <= {int, type(None)}:
            continue
        for column, cell in enumerate(row):
            if cell is not None and type(cell) is not int:
                yield partial(_no_number, f"{at}[{column}]", cell)


def _no_row(at: str, row: object, width: int) -> Fault:
    return Fault(at, expectation(_("a row of {n} numbers", n=width), row))


def _wrong_length(at: str, numbers: int, places: int) -> Fault:
    text = _("has {n} numbers, but there are {places} places", n=numbers, places=places)
    return Fault(at, text)


def _no_number(at: str, cell: object) -> Fault:
    return Fault(at, expectation(_("a whole number or null"), cell))


def _texts(numbers: NDArray[np.int64] | None, known: NDArray[np.bool_]) -> list[Text] | None:
    return None if numbers is None else list(map(Text, row_texts(numbers, known)))


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

    Return the text with names in place of the rows, as texts of JSON; and the rows by these names,
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
