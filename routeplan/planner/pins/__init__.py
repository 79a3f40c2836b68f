"""What is decided before the search: pins, parts of a plan that must stay as they are."""

from routeplan.planner.pins.checks import check_pins
from routeplan.planner.pins.pins import PinConflict, Pins, find_village, parse_pins

__all__ = ["PinConflict", "Pins", "check_pins", "find_village", "parse_pins"]
