"""What if: variants of the plan, each searched for as long, side by side with the plan that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import RouteplanError
from routeplan.language import date_label, message_language, ngettext, number_text
from routeplan.language import gettext as _
from routeplan.web.screens import Screen
from routeplan.web.screens.plan import LEAST_SECONDS, MOST_SECONDS, USUAL_SECONDS, parse_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

MOST_VARIANTS = 8
MOST_NAMES = 8
SECONDS_EACH = 20


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A column of figures of one plan, and what differs from the plan that is."""

    title: str
    figures: tuple[str, ...] = ()
    certainty: str = ""
    sure: str = ""
    comes_in: str = ""
    falls_out: str = ""
    faults: tuple[str, ...] = ()


class WhatIfScreen(Screen):
    """The form of variants, and what came of the last ones."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page and its form."""
        return [
            Route("/what-if", self.show, methods=["GET"]),
            Route("/what-if", self.start, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the form, or the search, or what came of it."""
        del request
        planned, faults = self.planned()
        values: dict[str, Any] = {}
        if planned is not None:
            result = self._result(planned[1])
            values = _choices(planned[0]) | {
                "roads": result.get("roads", ()),
                "rows": list(_rows(planned[0], result)),
            }
        return self.page(
            "what_if.html",
            "what_if",
            faults=faults,
            has_plan=planned is not None,
            seconds=(LEAST_SECONDS, min(SECONDS_EACH, USUAL_SECONDS), MOST_SECONDS),
            heads=_heads(),
            **values,
        )

    def _result(self, plan: Plan) -> Mapping[str, Any]:
        """Return what the last search said of the plan; empty if it was for another one."""
        found = self.office.result_of("what_if") or {}
        # The figures of a plan that was changed since would stand beside those of another one.
        base = found.get("base", {})
        is_of_plan = found.get("plan_sha256") == plan.problem_sha256
        is_of_plan &= base.get("low") == plan.summary.objective
        return found if is_of_plan else {}

    async def start(self, request: Request) -> Response:
        """Start the searches, or only list the roads."""
        async with request.form() as form:
            seconds = parse_seconds(str(form.get("seconds", "")))
            variants = [] if "list_roads" in form else parse_variants(form)
        values = {"seconds": seconds, "variants": variants}
        await run_in_threadpool(self.office.start, "what_if", values)
        return RedirectResponse("/what-if", 303)


def parse_variants(form: FormData) -> list[dict[str, str]]:
    """Return the variants of a form; RouteplanError where there is none, or too many."""
    found = [
        {"kind": kind, "value": str(form.get(kind, ""))}
        for kind in ("team", "day", "bed")
        if f"with_{kind}" in form
    ]
    roads = str(form.get("road", "")).split(",") if "with_road" in form else []
    found += [{"kind": "road", "value": name.strip()} for name in roads if name.strip()]
    if not found:
        raise RouteplanError(_("Choose at least one thing that would be different."))
    if len(found) > MOST_VARIANTS:
        message = _("these are too many at once: at most {most}", most=MOST_VARIANTS)
        raise RouteplanError(message)
    return found


def _choices(problem: Problem) -> dict[str, Any]:
    """Return what can be chosen in the form."""
    from routeplan.workflow.what_if import WhatIf  # noqa: PLC0415  # it is loaded when it is needed

    beds = {sleep.place for sleep in problem.sleeps if sleep.teams_per_night}
    places = sorted(problem.places, key=lambda place: place.name)
    longer = WhatIf("day").problem(problem)
    return {
        "teams": [team.id for team in problem.teams],
        "next_day": date_label(longer.days[-1].date, message_language()),
        "beds": [(place.id, place.name) for place in places if place.id in beds],
        "others": [(place.id, place.name) for place in places if place.id not in beds],
    }


def _heads() -> tuple[str, ...]:
    return (
        _("households"),
        _("crew-days"),
        _("km"),
        _("could be better by, at most"),
    )


def _rows(problem: Problem, result: Mapping[str, Any]) -> Iterator[VariantRow]:
    if not result.get("rows"):
        return
    from routeplan.workflow.what_if import difference_between  # noqa: PLC0415  # it is loaded when it is needed

    plan, same = result["base"], result["rows"][0]
    yield VariantRow(_("The plan that is"), _figures(plan, plan))
    bounds = [each["high"] for each in (plan, same) if each.get("high") is not None]
    base = max(plan["low"], same.get("low", plan["low"])), min(bounds, default=None)
    for row in result["rows"]:
        title = _title(problem, row)
        if "faults" in row:
            yield VariantRow(title, faults=tuple(row["faults"]))
            continue
        certainty, sure = "", ""
        if row["kind"] != "same":
            certainty, sure = _certainty(*difference_between(base, (row["low"], row["high"])))
        came, fell = _changed(problem, plan["reached"], row["reached"])
        yield VariantRow(title, _figures(row, plan), certainty, sure, came, fell)


def _figures(row: Mapping[str, Any], plan: Mapping[str, Any]) -> tuple[str, ...]:
    """Return households, crew-days, km and gap, each with what is more or less than in the plan."""

    def counted(value: float | None, before: float | None) -> str:
        if value is None:
            return "–"
        text = number_text(f"{value:,.0f}")
        change = 0 if before is None else round(value) - round(before)
        return f"{text} ({change:+d})".replace("-", "−") if change else text

    km = [None if each["metres"] is None else each["metres"] / 1000 for each in (row, plan)]
    gap = "–" if row["gap"] is None else number_text(f"{row['gap']:.1f} %")
    return (
        counted(row["households"], plan["households"]),
        counted(row["crew_days"], plan["crew_days"]),
        counted(km[0], km[1]),
        gap,
    )


def _title(problem: Problem, row: Mapping[str, Any]) -> str:
    value = row["value"]
    name = problem.place(value).name if value in problem.index else value
    texts = {
        "same": _("As it is, searched for as long again"),
        "team": _("One more crew like {team}", team=value),
        "day": _("One more day"),
        "bed": _("One more bed in {place}", place=name),
        "road": _("Closed: {road}", road=value),
    }
    return texts[row["kind"]]


def _certainty(least: float | None, most: float | None) -> tuple[str, str]:
    """Return what is known of the difference, and a word for its looks."""
    if least is not None and least > 0:
        return _("surely more: at least {n:,.0f}", n=least), "more"
    if most is not None and most < 0:
        return _("surely fewer: at least {n:,.0f}", n=-most), "fewer"
    if least is None or most is None:
        return _("not known: the search has proved nothing"), "open"
    return (
        _(
            "not sure: with more search the difference could be anything from {least:+,.0f} to "
            "{most:+,.0f}",
            least=least,
            most=most,
        ),
        "open",
    )


def _changed(
    problem: Problem, before: Mapping[str, int], after: Mapping[str, int]
) -> tuple[str, str]:
    """Return the names of the villages that come in, and of those that fall out."""
    return (
        _names(problem, [place for place in after if place not in before]),
        _names(problem, [place for place in before if place not in after]),
    )


def _names(problem: Problem, places: Sequence[str]) -> str:
    names = [problem.place(place).name for place in places[:MOST_NAMES]]
    text = ", ".join(names)
    more = len(places) - len(names)
    if not more:
        return text
    return ngettext("{names} and {n} more", "{names} and {n} more", more, names=text)
