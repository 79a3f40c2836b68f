"""Errors a caller can mend, each with the exit code of the command that meets it.

::

    RouteplanError               1
    ├── InputError (ValueError)  2   a file, a table, a scenario or a value is wrong
    ├── RoadError                3   the roads cannot serve: unreadable, empty, no way to a base
    ├── PlanError                4   something required cannot be planned
    └── AuditError               5   a plan breaks a rule of its problem

Every error carries all the faults found, not only the first; Ctrl-C exits with 130.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "INTERRUPTED",
    "AuditError",
    "Fault",
    "Faults",
    "InputError",
    "PlanError",
    "RoadError",
    "RouteplanError",
    "closest",
    "nearest",
]

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended."""

MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    where
        The place of the fault as its owner would look for it: ``villages.csv:41 households``.
    message
        What is wrong there, and what was expected.
    hint
        What to do about it, where that can be said.
    """

    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}; {self.hint}" if self.hint else text

    def within(self, place: str) -> Fault:
        """Return the same fault as seen from one level further out."""
        joiner = "" if not self.where or self.where.startswith("[") else "."
        return Fault(f"{place}{joiner}{self.where}", self.message, self.hint)


class RouteplanError(Exception):
    """Root of the error tree.

    Parameters
    ----------
    faults
        All that is wrong; a bare string is a fault without a place.

    Examples
    --------
    >>> error = RouteplanError([Fault("plan.json", "cannot be written", "is the disk full?")])
    >>> print(error, error.exit_code)
    plan.json: cannot be written; is the disk full? 1
    """

    exit_code = 1

    def __init__(self, faults: Iterable[Fault] | str) -> None:
        if isinstance(faults, str):
            faults = [Fault("", faults)]
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[type[RouteplanError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class InputError(RouteplanError, ValueError):
    """What the user handed in is wrong.

    Examples
    --------
    >>> print(InputError("'3O' is not a whole number"), InputError.exit_code)
    '3O' is not a whole number 2
    """

    exit_code = 2


class RoadError(RouteplanError):
    """The roads cannot serve the purpose.

    Examples
    --------
    >>> print(RoadError("no road leads to the base"), RoadError.exit_code)
    no road leads to the base 3
    """

    exit_code = 3


class PlanError(RouteplanError):
    """What is required cannot be planned.

    Examples
    --------
    >>> print(PlanError("nobody can visit Aqbulaq, which is required"), PlanError.exit_code)
    nobody can visit Aqbulaq, which is required 4
    """

    exit_code = 4


class AuditError(RouteplanError):
    """A plan breaks a rule of its problem.

    Examples
    --------
    >>> print(AuditError("team A drives for 7 hours on day 0"), AuditError.exit_code)
    team A drives for 7 hours on day 0 5
    """

    exit_code = 5


class Faults(list[Fault]):
    """A growing list of faults, raised once and all together.

    Examples
    --------
    >>> faults = Faults()
    >>> faults.add("villages.csv:41 households", "'3O' is not a whole number", "did you mean 30?")
    >>> bool(faults)
    True
    """

    def add(self, where: str, message: str, hint: str = "") -> None:
        """Note one fault."""
        self.append(Fault(where, message, hint))

    def adopt(self, error: RouteplanError, within: str = "") -> None:
        """Note all faults of an error, placed inside ``within``."""
        self.extend(fault.within(within) if within else fault for fault in error.faults)

    def raise_any(self, kind: type[RouteplanError] = InputError) -> None:
        """Raise all that was noted as one error; return where nothing was."""
        if self:
            raise kind(self)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return which known word was probably meant, or what there is to choose from.

    Examples
    --------
    >>> nearest("househlods", ["households", "weight"])
    "did you mean 'households'?"
    """
    choices = sorted(known)
    match = closest(word, choices)
    if match:
        return _("did you mean {word!r}?", word=match)
    few = ", ".join(map(repr, choices[:MOST_CHOICES]))
    more = " …" if len(choices) > MOST_CHOICES else ""
    return _("known are {words}", words=few + more) if choices else ""


def closest(word: str, known: Iterable[str]) -> str:
    """Return which known word was probably meant; empty where none is like it."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)), "")
