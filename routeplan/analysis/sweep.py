"""Sweeps: problems that are planned with every variant of a file."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from routeplan.analysis.compare import compare_plans
from routeplan.analysis.country import Floor
from routeplan.analysis.runner import Case, Runner, best_plan, objective_value, with_seeds
from routeplan.analysis.variants import OF_ROADS, Variant, vary
from routeplan.display import counted, one_line
from routeplan.errors import InputError
from routeplan.language import gettext as _
from routeplan.model.problem import Problem, problem_of
from routeplan.model.references import check_unique
from routeplan.model.variants import NUMBERS, UNCHANGED, WHOLE
from routeplan.planner import Options, find_engine
from routeplan.scenario.reading import open_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from routeplan.formats.fields import Fields
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Posed

FORMAT = "routeplan-sweep"
VERSION = 1
KINDS = {
    **dict.fromkeys(WHOLE, int),
    **dict.fromkeys(NUMBERS, float),
    "season": str,
    "speeds": Path,
}
"""What a file says of a variant, by the name of its field."""
_SAME = dict.fromkeys(KINDS, UNCHANGED)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Problems and variants to plan.

    Parameters
    ----------
    districts, variants
        By their names: each district is planned with every variant.
    options
        How long and how to search for each.
    floors
        What districts are given at least where crews are shared out, by their names.

    Examples
    --------
    >>> both = {"one crew": Variant(crews=1), "two crews": Variant(crews=2)}
    >>> sweep = Sweep("crews", {"all": problem}, both, Options(iterations=1, bound=False))
    >>> table, plans = sweep.run()
    >>> table["variant"].tolist(), len(plans)
    (['one crew', 'two crews'], 2)
    """

    name: str
    districts: Mapping[str, Posed]
    variants: Mapping[str, Variant]
    options: Options
    floors: Mapping[str, Floor] = field(default_factory=dict)

    def __repr__(self) -> str:
        figures = counted(len(self.districts), "district"), counted(len(self.variants), "variant")
        return one_line("Sweep", self.name, *figures)

    def cases(self) -> dict[tuple[str, str], Posed]:
        """Return each district with each variant, by the names of both, in the order of `run`.

        Of a prepared scenario they are prepared too, so that `draw_map` draws them along the roads.
        """
        return {
            (district, name): vary(posed, variant)
            for (district, posed), (name, variant) in itertools.product(
                self.districts.items(), self.variants.items()
            )
        }

    def run(
        self, runner: Runner | None = None, *, seeds: int = 1
    ) -> tuple[pd.DataFrame, list[Plan | None]]:
        """Plan every variant of every problem, but for those that the runner has kept.

        By default plans are made in this process and not kept. With several seeds, each variant is
        planned with so many, from that of the options on, and its best plan counts.

        Returns
        -------
        table, plans
            A row a district and variant: ``district``, ``variant``, what is changed in it (inf for
            no limit; missing where it is not changed), and the figures of `compare_plans`, missing
            where what is required cannot be planned; where ``drive_hours`` is changed, the hours
            driven are ``wheel_hours``, as in a frontier; with several seeds also ``low`` and
            ``high``, the objectives of the worst and the best of them: variants whose ranges
            overlap may not differ; and the plans in the order of the rows.

        Raises
        ------
        InputError
            For no seed; and as `Runner.plan` does.
        """
        varied = self.cases()
        posed = [problem_of(each) for each in varied.values()]
        searches = with_seeds(self.options, seeds)
        cases = [
            _case(self.districts[district], self.variants[name], problem, search)
            for (district, name), problem in zip(varied, posed, strict=True)
            for search in searches
        ]
        made_plans = (runner or Runner(workers=0)).plan(cases)
        by_row = [made_plans[n : n + seeds] for n in range(0, len(made_plans), seeds)]
        plans = [best_plan(found) for found in by_row]
        keys = [
            {"district": district, "variant": name, **_shown(self.variants[name])}
            for district, name in varied
        ]
        made = {str(n): plan for n, plan in enumerate(plans) if plan is not None}
        figures = compare_plans(made, {n: posed[int(n)] for n in made})
        table = pd.DataFrame(keys, index=[str(n) for n in range(len(keys))])
        if "drive_hours" in table:
            figures = figures.rename(columns={"drive_hours": "wheel_hours"})
        table = table.join(figures).reset_index(drop=True)
        if seeds > 1:
            found = pd.DataFrame([[objective_value(plan) for plan in row] for row in by_row])
            table = table.assign(low=found.min(axis=1), high=found.max(axis=1))
        return table, plans


def _case(posed: Posed, variant: Variant, varied: Problem, search: Options) -> Case:
    """Return a case as problem and variant, unless that changes roads or dates of a scenario."""
    if isinstance(posed, Problem) or not variant.changes().keys() & {"days", *OF_ROADS}:
        return Case(problem_of(posed), search, variant=variant)
    return Case(varied, search)


def _shown(variant: Variant) -> dict[str, object]:
    """Return what is changed, as a table has it."""
    names = {"season": "of the dates", "speeds": "built-in"}
    return {
        name: names.get(name, math.inf) if value is None else value
        for name, value in variant.changes().items()
    }


def read_sweep(path: str | Path, load: Callable[[Path], Posed]) -> Sweep:
    r"""Read a sweep file, TOML in UTF-8, with every fault of it and of the files that it names.

    It has ``scenario``, a problem or scenario file, or ``[[districts]]`` with a ``name`` and a
    ``scenario`` each, and ``min_households`` and ``min_crew_days`` where crews are shared out;
    ``[grid]`` with lists, of which every combination is planned; ``[[cells]]``, variants one by
    one; ``[search]``. Grid and cells have the fields of `Variant`; that there is no limit is said
    by a number that is high enough. `load` reads a problem, or prepares a scenario, which a
    ``season`` and ``speeds`` need.

    Examples
    --------
    >>> lines = ['format = "routeplan-sweep"', "version = 1", 'scenario = "week.toml"']
    >>> lines += ["grid.crews = [1, 2]", "grid.days = [4, 5]", "search.iterations = 5"]
    >>> (folder / "week.toml").touch()
    >>> _ = (folder / "sweep.toml").write_text("\n".join(lines), encoding="utf-8")
    >>> len(read_sweep(folder / "sweep.toml", lambda _: problem).variants)
    4
    """
    path = Path(path)
    fields, file = open_toml(path, FORMAT, VERSION, "sweep")
    name = fields.text("name", path.stem)
    districts, floors = _districts(fields, load)
    variants = _variants(fields)
    options = _options(fields.child("search")) if fields.has("search") else Options()
    fields.finish()
    if options is None or fields.faults or file.faults:
        raise file.error(fields.faults)
    return Sweep(name, districts, variants, options, floors)


def _districts(
    fields: Fields, load: Callable[[Path], Posed]
) -> tuple[dict[str, Posed], dict[str, Floor]]:
    """Return districts and their floors by name."""
    several = fields.children("districts", required=False)
    if several and fields.has("scenario"):
        fields.fault("scenario", _("is given beside districts"), _("keep one of them"))
    if not several:
        problem = _loaded(fields, load)
        return ({} if problem is None else {"": problem}), {}
    check_unique("districts", "name", [part.read("name", str) for part in several], fields.faults)
    found, floors = {}, {}
    for part in several:
        problem, floor = _loaded(part, load), _floor(part)
        if problem is not None and floor is not None:
            name = part.text("name")
            found[name], floors[name] = problem, floor
    return found, {name: floor for name, floor in floors.items() if floor != Floor()}


def _floor(part: Fields) -> Floor | None:
    least = {name: part.read(f"min_{name}", int, 0) or 0 for name in ("households", "crew_days")}
    return part.build(Floor, **least)


def _loaded(fields: Fields, load: Callable[[Path], Posed]) -> Posed | None:
    path = fields.read("scenario", Path)
    if path is None:
        return None
    try:
        return load(path)
    except InputError as error:
        fields.faults.adopt(error)
        return None


def _variants(fields: Fields) -> dict[str, Variant]:
    found = [
        (part, part.text("name", ""), _cell(part))
        for part in fields.children("cells", required=False)
    ]
    if fields.has("grid"):
        grid = fields.child("grid")
        found += [(grid, "", variant) for variant in _grid(grid)]
    variants: dict[str, Variant] = {}
    for part, given_name, variant in found:
        if variant is None:
            continue
        name = given_name or variant.label()
        if name in variants:
            fields.faults.add(part.where, _("there are two variants {name!r}", name=name))
        variants[name] = variant
    return variants or {"as it is": Variant()}


def _grid(grid: Fields) -> Iterator[Variant | None]:
    lists = {
        name: grid.read(name, tuple[kind, ...])  # type: ignore[valid-type]  # kind is a value
        for name, kind in KINDS.items()
        if grid.has(name)
    }
    grid.finish()
    if grid.sound:
        for values in itertools.product(*lists.values()):
            yield grid.build(Variant, **{**_SAME, **dict(zip(lists, values, strict=True))})


def _cell(part: Fields) -> Variant | None:
    values = {name: part.read(name, kind) for name, kind in KINDS.items() if part.has(name)}
    return part.build(Variant, **{**_SAME, **values})


def _options(search: Fields) -> Options | None:
    engine = search.read("engine", str, None)
    if engine is not None:
        try:
            find_engine(engine)
        except InputError as error:
            search.faults.adopt(error, search.where)
    return search.build(Options)
