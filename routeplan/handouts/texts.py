"""All that the map's page says of its own, in the language of the plan."""

from __future__ import annotations

from typing import TypeAlias

from routeplan.language import Language, plural_forms, translation

__all__ = ["page_texts"]

Texts: TypeAlias = dict[str, "str | dict[str, str]"]
"""By key; a text that counts something has each of its forms by name."""


def page_texts(language: Language) -> Texts:
    """Return the page's texts by the keys that its scripts name them by."""
    return {
        **_plan_texts(language),
        **_switch_texts(language),
        **_legend_texts(language),
        **_counts(language),
    }


def _plan_texts(language: Language) -> dict[str, str]:
    _ = translation(language).gettext
    return {
        "arrives": _("Arrives"),
        "starts": _("Starts"),
        "ends": _("Ends"),
        "rests": _("Rests"),
        "households": _("Households"),
        "of": _("{part} of {whole}"),
        "visit": _("Visit"),
        "visit_of": _("{visit} of {visits}, {reached} reached in all"),
        "reached": _("Reached"),
        "signed_before": _("Signed before"),
        "after_plan": _("After the plan"),
        "it_takes": _("What it would take"),
        "drive": _("Drive"),
        "distance": _("Distance"),
        "road": _("Road"),
        "state_paved": _("{km} paved"),
        "state_unpaved": _("{km} unpaved"),
        "state_track": _("{km} of track"),
        "drawn_straight": _("Drawn straight: its road is not known here."),
        "sleeping_place": _("Sleeping place"),
        "base": _("Base"),
        "night_in": _("Night in {place}"),
        "night_at_base": _("Night at the base"),
        "base_in": _("Base in {place}"),
        "leaves": _("Leaves {place}"),
        "is_at": _("Arrives in {place}"),
        "doors": _("{doors} households"),
        "stays_put": _("Stays where it is"),
        "nobody_works": _("No crew is shown on this day."),
        "km": _("{km} km"),
        "minutes": _("{minutes} min"),
        "hours": _("{hours} h {minutes} min"),
        "metres": _("{n} m"),
        "why": _("Why"),
        "number": _("No."),
        "village": _("Village"),
        "stops": _("Stops"),
    }


def _switch_texts(language: Language) -> dict[str, str]:
    _ = translation(language).gettext
    return {
        "households_reached": _("households reached"),
        "of_all": _("of {n}"),
        "driven": _("driven"),
        "at_the_wheel": _("at the wheel"),
        "nights_out": _("nights out"),
        "all_days": _("All days"),
        "week": _("All"),
        "day": _("Day"),
        "day_before": _("Day before"),
        "day_after": _("Day after"),
        "crew": _("Crew"),
        "crews": _("Crews"),
        "all_crews": _("All crews"),
        "all_days_of": _("All days of {team}"),
        "show_day": _("Show this day"),
        "map_shows": _("What the map shows"),
        "mode_plan": _("Plan"),
        "mode_before": _("Before"),
        "mode_after": _("After"),
        "search": _("Find a village"),
        "villages": _("Villages"),
        "none_found": _("No village has such a name."),
        "villages_left_out": _("Villages left out"),
        "sleeping_places": _("Sleeping places"),
        "names": _("Names"),
        "roads": _("Roads"),
        "closed_roads": _("Roads not taken"),
        "left_out": _("Left out"),
        "reached_in_part": _("Reached in part"),
        "not_reached_title": _("Not reached"),
        "all_villages": _("All villages"),
        "before_after": _("before → after"),
        "details": _("Details"),
        "close": _("Close"),
        "panel": _("Plan and switches"),
        "map_of": _("Map: {title}"),
        "print": _("Print"),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
        "show_all": _("Show all"),
        "credit": _("© OpenStreetMap contributors"),
        "no_script": _("This map is drawn by a script, which this browser does not run."),
    }


def _legend_texts(language: Language) -> dict[str, str]:
    _ = translation(language).gettext
    return {
        "legend": _("Legend"),
        "legend_stop": _("Stop, numbered in the order of the day"),
        "legend_drive": _("Drive; shade and strokes tell the day"),
        "legend_code": _("A2.1: crew A, day 2, stop 1"),
        "legend_straight": _("Drive whose road is not known here"),
        "legend_closed": _("Road not taken: closed, or too slow now"),
        "legend_all": _("Village, all households reached"),
        "legend_part": _("Reached in part"),
        "legend_none": _("Left out; a larger ring, more households"),
        "road_highway": _("Highway"),
        "road_district": _("District road"),
        "road_local": _("Local road"),
        "road_track": _("Track"),
        "not_paved": _("Not paved"),
        "north": _("N"),
        "north_up": _("North is up"),
        "share_before": _("Households that have signed, before the plan"),
        "share_after": _("Households that have signed or are reached, after the plan"),
        "share_none": _("none"),
        "share_all": _("all"),
        "ring_size": _("A larger ring, more households"),
        "coarse": _("Roads are drawn coarsely, so that this file stays small."),
        "fewer": _("The smallest roads are left out, so that this file stays small."),
    }


def _counts(language: Language) -> dict[str, dict[str, str]]:
    ngettext = translation(language).ngettext
    texts = {
        "not_reached": lambda n: ngettext(
            "{n} household not reached.", "{n} households not reached.", n
        ),
        "n_households": lambda n: ngettext("{n} household", "{n} households", n),
        "n_villages": lambda n: ngettext("{n} village", "{n} villages", n),
        "n_stops": lambda n: ngettext("{n} stop", "{n} stops", n),
        "n_nights_out": lambda n: ngettext("{n} night out", "{n} nights out", n),
        "nights": lambda n: ngettext("{n} night", "{n} nights", n),
    }
    return {key: plural_forms(language, text) for key, text in texts.items()}
