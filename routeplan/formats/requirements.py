"""Why a village is left out, and what it would take to reach it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.language import number_label, translation
from routeplan.model.plan import QUANTIFIED, LeftOut, Reason, Requirement, RequirementKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.language import Language
    from routeplan.model.problem import Problem

METRES_PER_KM = 1_000


def detail_of(
    left: LeftOut, *, visited: bool, problem: Problem | None = None, language: Language = "en"
) -> str:
    """Return why a village is left out, and the first thing that it would take.

    `visited` says whether the plan reaches others of the village; without a problem, places and
    days are named by ids and numbers. Files have it in English.
    """
    _ = translation(language).gettext
    texts = [
        requirement_text(requirement, visited=visited, problem=problem, language=language)
        for requirement in left.requirements[:2]
    ]
    texts = list(filter(None, texts))
    if left.reason is Reason.NO_TIME and texts:
        if left.requirements[0].kind in QUANTIFIED:
            why = _("visited as long as fits") if visited else _("all crew-days are full")
            texts = [why, texts[0]]
        return "; ".join(texts)
    if left.reason is Reason.PAST:
        texts = [_("on the days to come, {text}").format(text=text) for text in texts]
        return "; ".join([_("only days that are over could reach it"), *texts])
    return "".join(texts[:1])


def requirement_text(
    requirement: Requirement,
    *,
    visited: bool = False,
    problem: Problem | None = None,
    language: Language = "en",
) -> str:
    """Return one requirement in words; parameters are those of `detail_of`.

    It is empty where only an English text of the file says it, and the language is another.
    """
    _ = translation(language).gettext
    if requirement.text is not None:
        # The text of a file is in English, and is not shown in another language.
        return requirement.text if language == "en" else _road_text(requirement, language)
    text, n = _counted_text(requirement, visited=visited, language=language)
    text = text or _unknown_text(requirement, _, visited=visited) or _text(requirement.kind, _)
    return text.format(
        n=n,
        team=requirement.team,
        day=_day(requirement.day, problem, _),
        place=_place(requirement.place, problem, _),
        number=requirement.households,
    )


def _counted_text(
    requirement: Requirement, *, visited: bool, language: Language
) -> tuple[str, int]:
    """Return a text that counts minutes, nights or households, and how many; empty if of others."""
    ngettext = translation(language).ngettext
    kind, n = requirement.kind, requirement.minutes or 0
    if kind is RequirementKind.MINUTES:
        return _minutes_text(n, ngettext, visited=visited), n
    if kind is RequirementKind.DETOUR:
        return _detour_text(n, ngettext, is_of_team=requirement.place is None), n
    if kind is RequirementKind.NIGHT and requirement.nights:
        n = requirement.nights
        text = ngettext(
            "a night at {place}, full on {n} night, would bring {number} in reach",
            "a night at {place}, full on {n} nights, would bring {number} in reach",
            n,
        )
        return text, n
    if kind is RequirementKind.LONGER_DAY and requirement.households is not None:
        n = requirement.households
        text = ngettext(
            "no team can reach one household there and be at a bed in its hours",
            "no team can reach {n} households there and be at a bed in its hours",
            n,
        )
        return text, n
    return "", 0


def _minutes_text(n: int, ngettext: Callable[[str, str, int], str], *, visited: bool) -> str:
    if visited:
        return ngettext(
            "{n} minute more for team {team} on {day} would reach {number} more",
            "{n} minutes more for team {team} on {day} would reach {number} more",
            n,
        )
    return ngettext(
        "{n} minute more for team {team} on {day} would reach {number}",
        "{n} minutes more for team {team} on {day} would reach {number}",
        n,
    )


def _detour_text(n: int, ngettext: Callable[[str, str, int], str], *, is_of_team: bool) -> str:
    """Return a text on a drive that becomes longer: of a team's day, or of one more from a base."""
    if is_of_team:
        return ngettext(
            "the drive there, {n} minute more for team {team} on {day}, costs more than {number} "
            "would bring",
            "the drive there, {n} minutes more for team {team} on {day}, costs more than {number} "
            "would bring",
            n,
        )
    return ngettext(
        "the drive there, {n} minute more on one more crew-day from {place}, costs more than "
        "{number} would bring",
        "the drive there, {n} minutes more on one more crew-day from {place}, costs more than "
        "{number} would bring",
        n,
    )


def _unknown_text(requirement: Requirement, _: Callable[[str], str], *, visited: bool) -> str:
    """Return a text without a number or a team, where these are not known; else nothing."""
    kind = requirement.kind
    if kind is RequirementKind.UNPIN and requirement.team is None:
        return _("left out, as pinned")
    if requirement.households is not None:
        return ""
    if kind is RequirementKind.CREW_DAY and visited:
        return _("more crew-days would reach the others")
    texts = {
        RequirementKind.CREW_DAY: _("one more could reach it"),
        RequirementKind.LOWER_MINIMUM: _("a visit has to reach more than one may reach"),
        RequirementKind.LONGER_DAY: _(
            "no crew-day was found that would reach it, and none is ruled out"
        ),
    }
    return texts.get(kind, "")


def _text(kind: RequirementKind, _: Callable[[str], str]) -> str:
    texts = {
        RequirementKind.CREW_DAY: _("one more crew-day from {place} would reach {number}"),
        RequirementKind.NIGHT: _(
            "a night at {place}, where a bed is free, would bring {number} in reach"
        ),
        RequirementKind.OPEN_DAY: _("its doors may not be knocked on any working day"),
        RequirementKind.ROAD: _("no team's vehicle has a way there and back"),
        RequirementKind.LOWER_MINIMUM: _(
            "a visit has to reach more than one may reach; a least number of {number} would bring "
            "{number} in reach, and so may a larger share of one visit"
        ),
        RequirementKind.SEARCH: _(
            "it fits into the day of team {team} on {day} as the plan stands; the search missed it"
        ),
        RequirementKind.UNPIN: _(
            "it fits into the day of team {team} on {day}, but for what is pinned"
        ),
        RequirementKind.TEAM: _("no crew is sent to this district"),
    }
    return texts.get(kind, "")


def _road_text(requirement: Requirement, language: Language) -> str:
    """Return what is wrong with the roads to a village; empty where only a text says it."""
    _ = translation(language).gettext
    troubles = {
        "island": _("the road there is joined to no other road"),
        "trap_in": _("the road there can be driven to, but there is no way back"),
        "trap_out": _("the road there can be left, but there is no way to it"),
        "closed": _("the vehicle does not pass the road there"),
    }
    texts = [troubles[requirement.trouble]] if requirement.trouble in troubles else []
    if requirement.metres is not None:
        km = number_label(requirement.metres / METRES_PER_KM, language)
        texts.append(_("the nearest road that can be used is {km} km away").format(km=km))
    return "; ".join(texts)


def _place(place: str | None, problem: Problem | None, _: Callable[[str], str]) -> str:
    if place is None:
        return _("a base")
    if problem is None or place not in problem.index:
        return place
    return problem.places[problem.index[place]].name.strip() or place


def _day(day: int | None, problem: Problem | None, _: Callable[[str], str]) -> str:
    if day is None:
        return _("a day")
    if problem is None or not 0 <= day < len(problem.days):
        return _("day {number}").format(number=day + 1)
    return str(problem.days[day].date)
