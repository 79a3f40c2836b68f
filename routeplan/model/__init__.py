"""Problem, plan and travel times, and how they refer to each other."""

from routeplan.model.plan import (
    LeftOut,
    Plan,
    Reason,
    Requirement,
    RequirementKind,
    Rest,
    Run,
    Stop,
    StoppedBy,
    Summary,
    Tour,
)
from routeplan.model.problem import Day, Place, Problem, Rules, Sleep, Team, Village, Window
from routeplan.model.travel import TravelTimes

__all__ = [
    "Day",
    "LeftOut",
    "Place",
    "Plan",
    "Problem",
    "Reason",
    "Requirement",
    "RequirementKind",
    "Rest",
    "Rules",
    "Run",
    "Sleep",
    "Stop",
    "StoppedBy",
    "Summary",
    "Team",
    "Tour",
    "TravelTimes",
    "Village",
    "Window",
]
