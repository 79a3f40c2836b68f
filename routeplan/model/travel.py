"""Travel times and distances from every place to every place, for one kind of vehicle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.errors import Faults
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

LARGEST = 2**31 - 1
"""The largest whole number anywhere in a problem; sums of millions of them stay exact."""

FEW = 5
"""Bad cells of one matrix that are named one by one."""


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
    message: Callable[[float], str],
    faults: Faults,
    numbers: NDArray[Any],
) -> None:
    cells = np.argwhere(wrong)
    for row, column in cells[:FEW]:
        faults.add(f"{name}[{row}][{column}]", message(float(numbers[row, column])))
    if len(cells) > FEW:
        faults.add(name, _("has {n} more faults like these", n=len(cells) - FEW))


def _not_whole(value: float) -> str:
    return _("{value:.12g} is not a whole number from 0 to {most}", value=value, most=LARGEST)


def _not_zero(value: float) -> str:
    return _("{value:.12g} is not 0, as the way from a place to itself is", value=value)


def _one_way_only(_value: float) -> str:
    return _("there is a way for seconds or for metres, but not for both")
