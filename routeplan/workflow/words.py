"""What reviews say in words and figures, for the terminal and for pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from routeplan.language import gettext as _
from routeplan.language import ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from routeplan.ledger.learned import Estimate, Learned

__all__ = ["LearnedFigure", "conclusion_of", "learned_figures", "learned_label"]


class LearnedFigure(NamedTuple):
    """One figure that was learned, in the unit of its kind (`learned_label`).

    Parameters
    ----------
    kind, name
        What it is, and the team, the class of villages or the vehicle that it is of.
    before, observed, after, low, high
        As in `routeplan.ledger.learned.Estimate`.
    """

    kind: str
    name: str
    before: float | None
    observed: float | None
    after: float
    low: float
    high: float


def learned_figures(learned: Learned) -> Iterator[LearnedFigure]:
    """Yield all figures of which there is an observation."""
    kinds: tuple[tuple[str, Mapping[str, Estimate], float], ...] = (
        ("pace", learned.pace, 1.0),
        ("pace_by_size", learned.pace_by_size, 100.0),
        ("contact", learned.contact, 100.0),
        ("contact_by_size", learned.contact_by_size, 100.0),
        ("signing", learned.signing, 100.0),
        ("legs", learned.legs, 100.0),
        ("legs_by_team", learned.legs_by_team, 100.0),
    )
    for kind, estimates, unit in kinds:
        for name, found in estimates.items():
            if found.observations:
                values = (found.before, found.observed, found.after, found.low, found.high)
                yield LearnedFigure(kind, name, *(v if v is None else unit * v for v in values))  # type: ignore[arg-type]


def learned_label(kind: str) -> str:
    """Return what a kind of learned figures is, with its unit."""
    contact, legs = _("found at home, %"), _("time of drives, %")
    labels = {
        "pace": _("households an hour"),
        "pace_by_size": _("pace by size, %"),
        "contact": contact,
        "contact_by_size": contact,
        "signing": _("signed of those reached, %"),
        "legs": legs,
        "legs_by_team": legs,
    }
    return labels[kind]


def conclusion_of(kept: int, gain: int, trouble: str = "") -> str:
    """Return whether planning anew pays.

    Parameters
    ----------
    kept, gain, trouble
        As of `routeplan.workflow.evening.Replanning`.
    """
    if trouble:
        return _("no other plan was found: {why}", why=trouble)
    if gain <= 0:
        return ngettext(
            "keep the plan: no better one was found; it reaches {n} household more",
            "keep the plan: no better one was found; it reaches {n} households more",
            kept,
        )
    return ngettext(
        "planning anew would reach {n} household more than the {kept} of the plan",
        "planning anew would reach {n} households more than the {kept} of the plan",
        gain,
        kept=kept,
    )
