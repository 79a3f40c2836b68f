"""How far a week may be from its plan: distributions, and draws that are the same for all plans."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.model.values import take

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WhenLate(StrEnum):
    """What a team does that runs late.

    Examples
    --------
    >>> Trials(when_late=WhenLate.FINISH).when_late.value
    'finish'
    """

    TURN_BACK = "turn_back"
    """It stops knocking, and leaves out what follows, so as to be home in time if the drive home
    takes as long as planned."""
    FINISH = "finish"
    """It makes every visit of its plan as long as doors may be knocked, and comes home late."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How far a week may be from its plan; all widths 0 and contact 1 mean that it is not.

    Factors are log-normal with the planned value as the median. That travel times are skewed so is
    what Emam and Al-Deek found best of four distributions (Transportation Research Record 1959,
    2006); that whether somebody opens differs by time and place is in Groves and Couper
    (Nonresponse in Household Interview Surveys, 1998). The widths here are assumptions: put those
    of your own records in their place.

    Parameters
    ----------
    drive_factor, pace
        Medians, as factors of the planned travel times and paces, as in a `Variant`.
    drive_by_day, drive_by_leg
        Standard deviations of logarithms: what all roads have in common on a day (weather), and
        what each drive has of its own, by its ends and the day.
    pace_by_team, pace_by_visit
        The same, of a team on a day, and of a village on a day.
    households
        Of the number of households in a village, which is rounded. A team reaches no more than are
        there, and no more than it planned.
    contact, contact_spread
        Share of the households reached where somebody opens, and the standard deviation of that
        share from visit to visit (beta, then binomial).

    Raises
    ------
    InputError
        With each value that is out of its range.

    Examples
    --------
    >>> Uncertainty(drive_by_leg=0.3).pace
    1.0
    """

    drive_factor: float = 1.0
    drive_by_day: float = 0.1
    drive_by_leg: float = 0.15
    pace: float = 1.0
    pace_by_team: float = 0.1
    pace_by_visit: float = 0.15
    households: float = 0.1
    contact: float = 0.65
    contact_spread: float = 0.1

    def __post_init__(self) -> None:
        take(self, numbers=tuple(field.name for field in dataclasses.fields(self)))
        faults = Faults()
        for name, value in dataclasses.asdict(self).items():
            if name in {"drive_factor", "pace"}:
                if not 0 < value < math.inf:
                    faults.add(name, _("{value:g} is not a number above 0", value=value))
            elif not 0 <= value <= 1:
                faults.add(name, _("{value:g} is not a number from 0 to 1", value=value))
        most = math.sqrt(max(self.contact * (1 - self.contact), 0.0))
        if not faults and 0 < most <= self.contact_spread:
            message = _("{value:g} is not below {most:.3g}", value=self.contact_spread, most=most)
            faults.add("contact_spread", message)
        faults.raise_any()

    @classmethod
    def none(cls) -> Uncertainty:
        """Return that everything is as planned."""
        return cls(1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Trials:
    """Which draws plans are driven with, the same for each plan that is compared.

    Parameters
    ----------
    uncertainty
        How far a week may be from its plan.
    count, seed
        How often, and which draws: the first ones are the same for any number of them.
    when_late
        What teams do that run late.

    Raises
    ------
    InputError
        If there are none.

    Examples
    --------
    >>> Trials(count=200, when_late=WhenLate.FINISH).seed
    0
    """

    uncertainty: Uncertainty = field(default_factory=Uncertainty)
    count: int = 1000
    seed: int = 0
    when_late: WhenLate = WhenLate.TURN_BACK

    def __post_init__(self) -> None:
        take(self, whole=("count", "seed"))
        faults = Faults()
        if self.count < 1:
            faults.add("count", _("{value} is not a number of 1 or more", value=self.count))
        try:
            object.__setattr__(self, "when_late", WhenLate(self.when_late))
        except ValueError:
            faults.add("when_late", _("is not one of {names}", names=", ".join(WhenLate)))
        faults.raise_any()

    def _generator(self, *of: object) -> np.random.Generator:
        """Return random numbers by what they are of, whoever asks, in which order ever."""
        text = "\0".join(map(str, (self.seed, *of)))
        key = hashlib.blake2b(text.encode(), digest_size=16).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))

    def factor(self, median: float, width: float, *of: object) -> NDArray[np.float64]:
        """Return log-normal numbers, shape (count,), by what they are of."""
        if not width:
            return np.full(self.count, median)
        logs = self._generator(*of).standard_normal(self.count)
        return median * np.exp(width * logs)

    def uniform(self, *of: object) -> NDArray[np.float64]:
        """Return numbers between 0 and 1, shape (count,), by what they are of."""
        return self._generator(*of).random(self.count)
