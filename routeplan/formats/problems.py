"""``problem.json``, read and written.

Nearly all of such a file are rows of matrices: many numbers at once are made text and back, to the
byte as `json` writes them (``[0, 540, null]``).
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from routeplan.errors import Faults, InputError
from routeplan.formats.document import VERSION, Text, file_error, format_json, parse_document
from routeplan.formats.fields import Fields, kind_of, record
from routeplan.model.problem import Day, Place, Problem, Rules, Sleep, Team, TravelTimes, Village
from routeplan.model.references import check_references
from routeplan.model.travel import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    _TakenRows = dict[str, NDArray[np.float64]]

T = TypeVar("T")

FORMAT = "routeplan-problem"

FEW = 5
"""Faults of one matrix that are named one by one."""

# A number is put together of two of at most so many digits.
DIGITS = 6
MILLION = 10**DIGITS
# Of the names of rows; for private use, so that hardly any text has it.
MARK = "\ue000"


def problem_from_json(text: str | bytes, *, source: str = "problem") -> Problem:
    """Read a problem, from text or bytes (UTF-8, with or without a byte order mark).

    `source` is what messages call the file.

    Raises
    ------
    InputError
        With every fault of the file.

    Examples
    --------
    >>> problem_from_json(problem_to_json(problem)) == problem
    True
    """
    try:
        # Written as `problem_to_json` writes it; else its faults are those of the whole text.
        rest, rows = take_rows(text if isinstance(text, str) else text.decode())
        problem = _read(rest, "", rows)
    except (UnicodeDecodeError, InputError):
        return _read(text, source, {})
    return _read(text, source, {}) if rows else problem


def problem_to_json(problem: Problem) -> str:
    """Write a problem: the same problem always gives the same text.

    Examples
    --------
    >>> print(problem_to_json(problem)[:33])
    {
      "format": "routeplan-problem"
    """
    head = {"format": FORMAT, "version": VERSION, "name": problem.name}
    names = ("places", "villages", "sleeps", "teams", "days")
    lists = {name: [record(item) for item in getattr(problem, name)] for name in names}
    travel = {
        vehicle: {
            "seconds": _texts(times.seconds, times.reachable),
            "metres": _texts(times.metres, times.reachable),
        }
        for vehicle, times in problem.travel.items()
    }
    places, rules = lists.pop("places"), record(problem.rules)
    return format_json({**head, "places": places, "travel": travel, **lists, "rules": rules})


def _read(text: str | bytes, source: str, taken: _TakenRows) -> Problem:
    """Read a problem; rows that were taken out of the text are put in, and out of `taken`."""
    faults = Faults()
    root = parse_document(text, source, FORMAT, faults)
    problem = _problem(root, taken, faults)
    if problem is None or faults:
        raise file_error(faults, source)
    return problem


def _problem(root: Fields, taken: _TakenRows, faults: Faults) -> Problem | None:
    lists: dict[str, Any] = {"places": root.children("places")}
    travel = root.child("travel")
    for name in ("villages", "sleeps", "teams", "days"):
        lists[name] = root.children(name, required=name != "sleeps")
    width = len(lists["places"]) if root.ok("places") else None
    vehicles = travel.names() if root.ok("travel") else None
    places = tuple(
        fields.build(Place, name=fields.text("name", fields.text("id")))
        for fields in lists["places"]
    )
    values = {
        "name": root.text("name", ""),
        "places": places,
        "travel": {v: _travel_times(travel.child(v), width, taken) for v in travel.names()},
        "villages": _all(Village, lists["villages"]),
        "sleeps": _all(Sleep, lists["sleeps"]),
        "teams": tuple(_team(fields, vehicles) for fields in lists["teams"]),
        "days": _all(Day, lists["days"]),
        "rules": root.read("rules", Rules, Rules()),
    }
    readable = {name: items if root.ok(name) else None for name, items in lists.items()}
    check_references(readable | {"travel": vehicles}, Fields.get, faults)
    if faults:
        root.finish()
        return None
    return root.build(Problem, **values)


def _all(kind: type[T], items: list[Fields]) -> tuple[T | None, ...]:
    return tuple(fields.build(kind) for fields in items)


def _team(fields: Fields, vehicles: Sequence[str] | None) -> Team | None:
    """Read a team; a vehicle that is left out is the only one there is."""
    if fields.has("vehicle"):
        return fields.build(Team)
    if vehicles and len(vehicles) > 1 and fields.ok("vehicle"):
        choices = ", ".join(map(repr, vehicles))
        fields.fault("vehicle", f"is missing, and there are several: {choices}")
    return fields.build(Team, vehicle=vehicles[0] if vehicles else None)


def _travel_times(fields: Fields, places: int | None, taken: _TakenRows) -> TravelTimes | None:
    seconds = _rows(fields, "seconds", places, taken)
    metres = None
    if fields.raw("metres", None) is not None:
        metres = _rows(fields, "metres", places, taken)
    return fields.build(TravelTimes.from_rows, seconds=seconds, metres=metres)


def _rows(fields: Fields, name: str, places: int | None, taken: _TakenRows) -> list[Any]:
    """Read a matrix; cell by cell only where a row has other values than whole numbers."""
    rows = [taken.pop(row, row) if isinstance(row, str) else row for row in fields.items(name)]
    if not fields.ok(name):
        return []
    width = len(rows) if places is None else places
    if len(rows) != width:
        fields.fault(name, f"has {len(rows)} rows, but there are {width} places")
    found = _row_faults(rows, width)
    for at, message in islice(found, FEW):
        fields.fault(name, message, at=at)
    more = sum(1 for _ in found)
    if more:
        fields.fault(name, f"has {more} more faults like these")
    return rows


def _row_faults(rows: Sequence[object], width: int) -> Iterator[tuple[str, str]]:
    for position, row in enumerate(rows):
        at = f"[{position}]"
        if not isinstance(row, list | np.ndarray):
            yield at, f"expected a row of {width} numbers, got {kind_of(row)}"
            continue
        if len(row) != width:
            yield at, f"has {len(row)} numbers, but there are {width} places"
        if isinstance(row, np.ndarray) or set(map(type, row)) <= {int, type(None)}:
            continue
        for column, cell in enumerate(row):
            if cell is not None and type(cell) is not int:
                yield f"{at}[{column}]", f"expected a whole number or null, got {kind_of(cell)}"


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
