"""Learning speeds from the minutes that drivers report."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.roads.legs import Leg
    from routeplan.roads.speed_table import Speeds

__all__ = ["PRIOR_KM", "Observation", "SpeedCorrection", "learn"]

PRIOR_KM = 30.0
"""Kilometres of reports that weigh as much as the table."""

_STEPS, _TOLERANCE = 50, 1e-9

Group = tuple[str, str]


class Observation(NamedTuple):
    """A driven leg: its reported seconds, and those by the table of speeds."""

    seconds: float
    fixed_seconds: float  # off the road and at barriers, where nothing is learned
    group_seconds: Mapping[Group, float]  # by class and surface
    group_metres: Mapping[Group, float]

    @classmethod
    def from_leg(cls, leg: Leg, reported_seconds: float) -> Observation:
        """Split a leg by class and surface."""
        seconds: dict[Group, float] = defaultdict(float)
        metres: dict[Group, float] = defaultdict(float)
        fixed = 0.0
        for part in leg.parts:
            if part.road_class == "off_road" or not part.metres:
                fixed += part.seconds
            else:
                seconds[part.road_class, part.surface] += part.seconds
                metres[part.road_class, part.surface] += part.metres
        return cls(reported_seconds, fixed, dict(seconds), dict(metres))


@dataclass(frozen=True, slots=True)
class SpeedCorrection:
    """Correction of the speeds on roads of one class and surface."""

    road_class: str
    surface: str  # empty where only the track type is known
    metres: float  # reported on in all
    legs: int  # reported on
    before: float  # the table's factor until now, on average over its vehicles
    change: float  # the factor on top of that

    @property
    def after(self) -> float:
        """The factor of the new table."""
        return self.before * self.change


def learn(
    observations: Sequence[Observation],
    before: Mapping[Group, Speeds] | None = None,
    *,
    prior_km: float = PRIOR_KM,
) -> tuple[SpeedCorrection, ...]:
    """Estimate correction factors for the speeds of each class and surface, the longest first.

    The logarithm of a leg's reported seconds is explained by those of its groups' factors: ridge
    regression (Hoerl and Kennard, Technometrics 12, 1970) towards a factor of 1, which is the mean
    of the posterior under a normal prior, each leg weighing as its kilometres and the prior as
    `prior_km`. A leg's seconds are a sum over its groups, so that its logarithm is not linear in
    theirs; it is solved by Gauss-Newton steps.

    Parameters
    ----------
    observations
        Legs by the table and by drivers' reports.
    before
        Factors that the table has learned already, one for each vehicle.
    prior_km
        Weight of the table itself, in kilometres.
    """
    usable = [one for one in observations if one.group_seconds]
    groups = sorted(set[Group]().union(*(one.group_seconds for one in usable)))
    if not groups:
        return ()
    seconds = _columns([one.group_seconds for one in usable], groups)
    metres = _columns([one.group_metres for one in usable], groups)
    fixed, reported = np.array([(one.fixed_seconds, one.seconds) for one in usable]).T
    slowness = _ridge(seconds, fixed, reported, metres.sum(axis=1) / 1000, prior_km)
    found = [
        SpeedCorrection(
            *group,
            metres=float(total),
            legs=int(legs),
            before=float(np.mean((before or {}).get(group, (1.0,)))),
            change=math.exp(-log),
        )
        for group, total, legs, log in zip(
            groups, metres.sum(axis=0), (metres > 0).sum(axis=0), slowness, strict=True
        )
    ]
    return tuple(sorted(found, key=lambda one: -one.metres))


def _columns(rows: Sequence[Mapping[Group, float]], groups: Sequence[Group]) -> NDArray[np.float64]:
    return np.array([[row.get(group, 0.0) for group in groups] for row in rows])


def _ridge(
    seconds: NDArray[np.float64],
    fixed: NDArray[np.float64],
    reported: NDArray[np.float64],
    weights: NDArray[np.float64],
    prior: float,
) -> NDArray[np.float64]:
    """Return the logarithm of each group's slowness, shape (groups,)."""
    logs = np.zeros(seconds.shape[1])
    for _ in range(_STEPS):
        scaled = seconds * np.exp(logs)
        total = fixed + scaled.sum(axis=1)
        slopes = scaled / total[:, None]
        left = np.log(reported) - np.log(total)
        normal = slopes.T @ (weights[:, None] * slopes) + prior * np.eye(len(logs))
        step = np.linalg.solve(normal, slopes.T @ (weights * left) - prior * logs)
        # The linear model does not hold beyond a factor of e.
        logs += np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < _TOLERANCE:
            break
    return logs
