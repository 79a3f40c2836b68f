"""What visits brought: counts by team, day and village, never a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.model.values import take

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class VisitResult:
    """What one visit of a team to a village brought.

    Parameters
    ----------
    team, date, place
        Id of the team, date of the day, id of the village's place: a team visits a village once a
        day.
    reached
        Households whose door was opened; the following are among them.
    signed, refused, come_back
        Households that signed, that refused for good, and that asked for another visit.
    not_home
        Households where nobody opened; they are not among those reached.
    come_back_after
        Seconds after midnight from which those who asked for another visit are at home, or None.
    door_seconds
        Time from the first door to the last, rests left out, or None where it was not written down.
    drive_seconds
        Time of the drive to the village, or None.
    from_place
        Where that drive began; None where `drive_seconds` is None.

    Raises
    ------
    InputError
        Where counts are below zero, or contradict one another.
    """

    team: str
    date: dt.date
    place: str
    reached: int
    signed: int
    refused: int = 0
    come_back: int = 0
    not_home: int = 0
    come_back_after: int | None = None
    door_seconds: int | None = None
    drive_seconds: int | None = None
    from_place: str | None = None

    def __post_init__(self) -> None:
        counts = ("reached", "signed", "refused", "come_back", "not_home")
        numbers = (*counts, "come_back_after", "door_seconds", "drive_seconds")
        take(self, whole=numbers, texts=("team", "place", "from_place"), dates=("date",))
        faults = Faults()
        for name in numbers:
            if (number := getattr(self, name)) is not None and number < 0:
                faults.add(name, _("{number} is below 0", number=number))
        faults.raise_any()
        answered = self.signed + self.refused + self.come_back
        if answered > self.reached:
            message = _(
                "{reached} were reached, but {answered} signed, refused or asked to come back",
                reached=self.reached,
                answered=answered,
            )
            faults.add("reached", message)
        faults.raise_any()

    @property
    def key(self) -> tuple[str, dt.date, str]:
        """Team, date and place, which name a visit."""
        return self.team, self.date, self.place

    @property
    def knocked(self) -> int:
        """Households at whose door the team knocked."""
        return self.reached + self.not_home
