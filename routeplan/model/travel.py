"""Travel times and distances from every place to every place, for one kind of vehicle."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.display import counted, one_line
from routeplan.errors import Faults
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

LARGEST = 2**31 - 1
"""The largest whole number anywhere in a problem; sums of millions of them stay exact."""

FEW = 5
"""Bad cells of one matrix that are named one by one."""

# What floats may be above a whole number of seconds without being rounded up to the next one.
_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """From every place to every place by one kind of vehicle.

    Parameters
    ----------
    seconds
        Shape (n, n), whole seconds, rounded up; 0 where there is no way.
    reachable
        Shape (n, n), whether there is a way.
    metres
        Shape (n, n), or None where distances are not known.

    Raises
    ------
    InputError
        With a handful of the cells of each matrix that are not whole numbers from 0 to 2³¹ - 1,
        or not 0 from a place to itself.

    Examples
    --------
    >>> times = TravelTimes.from_arrays([[0, 61.2], [float("inf"), 0]], [[0, 800], [None, 0]])
    >>> times.seconds.tolist(), times.reachable.tolist()
    ([[0, 62], [0, 0]], [[True, True], [False, True]])
    """

    seconds: NDArray[np.int64]
    reachable: NDArray[np.bool_]
    metres: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        # A matrix is kept as a copy that nobody can change, with 0 where there is no way; one that
        # is so already is kept itself: those of a country take gigabytes.
        mask = self.reachable
        if not _is_own(mask, np.dtype(np.bool_)):
            mask = np.array(mask, dtype=np.bool_)
            mask.setflags(write=False)
            object.__setattr__(self, "reachable", mask)
        for name in ("seconds", "metres"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _checked(name, np.asarray(given), mask, faults))
        if not faults and not mask.diagonal().all():
            row = int(np.flatnonzero(~mask.diagonal())[0])
            message = _("the way from a place to itself is 0, not null")
            faults.add(f"seconds[{row}][{row}]", message)
        faults.raise_any()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TravelTimes):
            return NotImplemented
        return (
            np.array_equal(self.reachable, other.reachable)
            and np.array_equal(self.seconds, other.seconds)
            # Where both lack distances, these are equal arrays of one None.
            and np.array_equal(self.metres, other.metres)  # type: ignore[arg-type]  # both or neither
        )

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    def __len__(self) -> int:
        return len(self.seconds)

    def __repr__(self) -> str:
        pairs = len(self) * (len(self) - 1)
        ways = int(self.reachable.sum()) - len(self)
        figures = [counted(len(self), "place"), f"a way for {ways:,} of {counted(pairs, 'pair')}"]
        if self.metres is None:
            figures.append("no distances")
        return one_line("TravelTimes", "", *figures)

    @classmethod
    def from_arrays(cls, seconds: object, metres: object = None) -> TravelTimes:
        """Make travel times of matrices as routing engines give them.

        Parameters
        ----------
        seconds
            Shape (n, n), rows from places, columns to places: an array, nested lists, or a
            DataFrame whose rows and columns have the same labels in the same order. NaN, None and
            inf mean that there is no way, but from a place to itself, which takes 0 s. Rounded up
            to whole seconds, unless they are less than a millionth above one. Minutes, as r5py
            gives them, are to be multiplied by 60 before.
        metres
            The same for distances; rounded to whole metres.

        Raises
        ------
        InputError
            With every fault of both: a matrix that is not square, or of another size than the
            other; rows and columns in different orders; and a handful each of the cells that are
            not numbers, below 0 or above 2³¹ - 1, not 0 from a place to itself, or without a way
            in one of both matrices alone.

        Examples
        --------
        >>> TravelTimes.from_arrays([[0, 1800.4], [float("nan"), 0]])
        <TravelTimes: 2 places, a way for 1 of 2 pairs, no distances>
        """
        faults = Faults()
        times = _floats("seconds", seconds, faults)
        lengths = None if metres is None else _floats("metres", metres, faults)
        if times is not None and lengths is not None:
            if times.shape == lengths.shape:
                wrong = np.isnan(lengths) != np.isnan(times)
                _name_cells("metres", wrong, _one_way_only, faults, times)
            else:
                shapes = {"shape": lengths.shape, "other": times.shape}
                faults.add("metres", _("has shape {shape}, seconds {other}", **shapes))
        faults.raise_any()
        assert times is not None  # noqa: S101  # else there is a fault
        whole = np.ceil(times - _TOLERANCE)
        rounded = None if lengths is None else np.rint(lengths)
        # The class makes whole numbers of floats.
        return cls(whole, ~np.isnan(times), rounded)

    @classmethod
    def from_rows(
        cls,
        seconds: Sequence[Sequence[int | None]],
        metres: Sequence[Sequence[int | None]] | None = None,
    ) -> TravelTimes:
        """Make travel times of rows with None where there is no way.

        Rows that differ in length are refused, and matrices with None in different cells.
        """
        faults = Faults()
        numbers = _numbers("seconds", seconds, faults)
        lengths = None if metres is None else _numbers("metres", metres, faults)
        if lengths is not None and lengths.shape == numbers.shape:
            wrong = np.isnan(lengths) != np.isnan(numbers)
            _name_cells("metres", wrong, _one_way_only, faults, numbers)
        faults.raise_any()
        # The numbers are still floats here: the class refuses those that are not whole.
        return cls(numbers, ~np.isnan(numbers), lengths)  # type: ignore[arg-type]  # as commented above


def _floats(name: str, given: object, faults: Faults) -> NDArray[np.float64] | None:
    """Return a matrix in floats, with NaN where there is no way; None where it is not square."""
    if hasattr(given, "columns"):
        frame: Any = given
        rows, columns = list(frame.index), list(frame.columns)
        if rows != columns and set(rows) == set(columns):
            hint = _("write frame.loc[ids, ids], with the ids in the order of the places")
            faults.add(name, _("has rows and columns in different orders"), hint)
        array = frame.to_numpy(na_value=np.nan)
    elif isinstance(given, list | tuple):
        # Else numbers beside texts would become texts.
        array = np.array(given, dtype=object)
    elif isinstance(given, np.ma.MaskedArray):
        array = np.ma.filled(given.astype(np.float64), np.nan)
    else:
        array = np.asarray(given)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:  # noqa: PLR2004  # a matrix
        message = _("has shape {shape}, expected as many rows as columns", shape=array.shape)
        faults.add(name, message)
        return None
    found = _as_floats(name, array, faults)
    found[np.isposinf(found)] = np.nan
    itself = np.eye(len(found), dtype=np.bool_)
    found[itself & np.isnan(found)] = 0
    _name_cells(name, found < 0, _below_zero, faults, found)
    _name_cells(name, found > LARGEST, _too_large, faults, found)
    _name_cells(name, itself & (found > 0), _not_zero, faults, found)
    return found


def _as_floats(name: str, array: NDArray[Any], faults: Faults) -> NDArray[np.float64]:
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    found = np.full(array.shape, np.nan)
    if array.dtype.kind != "O":
        faults.add(name, _("holds {type}, expected numbers", type=array.dtype.name))
        return found
    wrong = np.zeros(array.shape, dtype=np.bool_)
    for cell, value in np.ndenumerate(array):
        if isinstance(value, Real) and not isinstance(value, bool):
            found[cell] = float(value)
        elif value is not None:
            found[cell], wrong[cell] = 0, True
    _name_cells(name, wrong, _no_number, faults, array)
    return found


def _numbers(
    name: str, rows: Sequence[Sequence[int | None]], faults: Faults
) -> NDArray[np.float64]:
    try:
        return np.array(rows, dtype=np.float64)
    except (ValueError, TypeError):
        faults.add(name, _("expected rows of whole numbers, all of one length"))
    except OverflowError:
        faults.add(name, _("holds a number above {most}", most=LARGEST))
    return np.empty((0, 0))


def _checked(
    name: str, given: NDArray[Any], mask: NDArray[np.bool_], faults: Faults
) -> NDArray[np.int64]:
    if given.ndim != 2 or given.shape[0] != given.shape[1]:  # noqa: PLR2004  # a matrix
        message = _("has shape {shape}, expected as many rows as columns", shape=given.shape)
        faults.add(name, message)
    elif given.shape != mask.shape:
        faults.add(
            name, _("has shape {shape}, reachable {other}", shape=given.shape, other=mask.shape)
        )
    elif given.dtype.kind not in "iuf":
        faults.add(name, _("holds {type}, expected whole numbers", type=given.dtype))
    elif _is_own(given, np.dtype(np.int64)) and _is_sound(given, mask):
        return given
    else:
        numbers = np.where(mask, given, 0)
        values = numbers.astype(np.float64, copy=False)
        fits = (values >= 0) & (values <= LARGEST)
        odd = ~fits | (values != np.floor(values))
        itself = np.eye(len(values), dtype=np.bool_) & fits & (values != 0)
        if not (odd.any() or itself.any()):
            whole = numbers.astype(np.int64)
            whole.setflags(write=False)
            return whole
        _name_cells(name, odd, _not_whole, faults, numbers)
        _name_cells(name, itself, _not_zero, faults, numbers)
    return np.empty((0, 0), dtype=np.int64)


def _is_own(array: object, dtype: np.dtype[Any]) -> bool:
    """Return whether this is an array of the type, and neither it nor what it shows can change."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        return False
    return array.base is None and not array.flags.writeable


def _is_sound(numbers: NDArray[np.int64], mask: NDArray[np.bool_]) -> bool:
    """Return whether all numbers are in range, and 0 where there is no way or none is needed."""
    in_range = numbers.min(initial=0) >= 0 and numbers.max(initial=0) <= LARGEST
    return bool(in_range and not numbers.diagonal().any() and not numbers.any(where=~mask))


def _name_cells(
    name: str,
    wrong: NDArray[np.bool_],
    message: Callable[[Any], str],
    faults: Faults,
    numbers: NDArray[Any],
) -> None:
    cells = np.argwhere(wrong)
    for row, column in cells[:FEW]:
        faults.add(f"{name}[{row}][{column}]", message(numbers[row, column]))
    if len(cells) > FEW:
        faults.add(name, _("has {n} more faults like these", n=len(cells) - FEW))


def _not_whole(value: float) -> str:
    return _("{value:.12g} is not a whole number from 0 to {most}", value=value, most=LARGEST)


def _no_number(value: object) -> str:
    return _("{value!r} is not a number", value=value)


def _below_zero(value: float) -> str:
    shown = f"{value:.12g}"
    return _("{value} is below 0", value=shown)


def _too_large(value: float) -> str:
    shown, most = f"{value:.12g}", LARGEST
    return _("{value} is above {most}, the largest number that is taken", value=shown, most=most)


def _not_zero(value: float) -> str:
    return _("{value:.12g} is not 0, as the way from a place to itself is", value=value)


def _one_way_only(_value: float) -> str:
    return _("there is a way for seconds or for metres, but not for both")
