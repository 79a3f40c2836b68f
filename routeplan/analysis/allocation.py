"""Allocation of teams to districts: a multiple-choice knapsack."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from routeplan.errors import Faults
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def share_out(curves: Mapping[str, Sequence[float]], crews: int) -> dict[str, int]:
    """Allocate teams to districts so that the sum of what they bring is the largest.

    `curves` are by district what 0, 1, 2 … teams bring there; NaN where so many cannot be sent.
    Exact for curves of any shape: a multiple-choice knapsack, solved by dynamic programming.
    Teams that would bring nothing are given to no district.

    Examples
    --------
    >>> share_out({"north": [0, 50, 80], "south": [0, 10, 70]}, 3)
    {'north': 1, 'south': 2}
    """
    # By number of teams: what the districts so far bring, and how many the last of them is given.
    best = [0.0] * (crews + 1)
    choices: list[list[int]] = []
    for curve in curves.values():
        values = [
            [
                -math.inf if math.isnan(brought) else best[total - n] + brought
                for n, brought in enumerate(curve[: total + 1])
            ]
            for total in range(crews + 1)
        ]
        best = [max(each) for each in values]
        choices.append([each.index(most) for each, most in zip(values, best, strict=True)])
    allocation: dict[str, int] = {}
    left = crews
    for name, choice in zip(reversed(list(curves)), reversed(choices), strict=True):
        allocation[name] = choice[left]
        left -= choice[left]
    return {name: allocation[name] for name in curves}


def check_allocation(curves: Mapping[str, Sequence[float]], crews: int) -> None:
    """Refuse curves that cannot all be had: NaN means that so many teams do not meet a floor.

    Raises
    ------
    InputError
        With each district whose floor no number of teams meets; or the number that all take.
    """
    faults = Faults()
    least = 0
    for name, curve in curves.items():
        met = [teams for teams, brought in enumerate(curve) if not math.isnan(brought)]
        if met:
            least += met[0]
            continue
        message = _(
            "its floor is not met by the most crews that were planned: {n}", n=len(curve) - 1
        )
        faults.add(name, message, _("lower the floor, or plan more with --most"))
    if not faults and least > crews:
        message = _(
            "{crews} are too few: the floors of all districts take {least}",
            crews=crews,
            least=least,
        )
        faults.add("crews", message, _("give more crews, or lower the floors"))
    faults.raise_any()
