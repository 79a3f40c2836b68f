"""Solutions in the making: routes by team-day, their times and overnight places.

A solution is built by greedy insertion (Vansteenwegen, Souffriau and Van Oudheusden 2011), checked
by forward and backward time slack (Savelsbergh 1992), and repaired where it comes from a plan that
breaks rules. Overnight places are chosen by dynamic programming and simulated annealing.
"""

from routeplan.planner.solution.insertion import complete, force_visit, repair
from routeplan.planner.solution.overnight import (
    anneal_overnight_places,
    beds_suffice,
    has_free_night,
    initial_solution,
    nights_away_allowed,
)
from routeplan.planner.solution.plans import (
    better_of,
    make_tour,
    repaired_from_plan,
    solution_from_plan,
    summary_of,
    tours_of,
    with_fewer_nights,
)
from routeplan.planner.solution.slack import (
    insertable_villages,
    insertion_positions,
    seconds_with_rest,
    slack_at,
)
from routeplan.planner.solution.solution import (
    DayTimes,
    Solution,
    drive_legs,
    most_households,
    time_day,
)

__all__ = [
    "DayTimes",
    "Solution",
    "anneal_overnight_places",
    "beds_suffice",
    "better_of",
    "complete",
    "drive_legs",
    "force_visit",
    "has_free_night",
    "initial_solution",
    "insertable_villages",
    "insertion_positions",
    "make_tour",
    "most_households",
    "nights_away_allowed",
    "repair",
    "repaired_from_plan",
    "seconds_with_rest",
    "slack_at",
    "solution_from_plan",
    "summary_of",
    "time_day",
    "tours_of",
    "with_fewer_nights",
]
