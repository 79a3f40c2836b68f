"""A sweep: districts or one problem, each planned with every variant of a grid or a list."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from routeplan.analysis.compare import compare_plans
from routeplan.analysis.frontier import Variant, vary
from routeplan.analysis.runner import Case, Runner
from routeplan.errors import Faults, InputError
from routeplan.formats.fields import Fields
from routeplan.planner import Options, find_engine
from routeplan.scenario.model import raise_within
from routeplan.scenario.reading import check_version, parse_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["District", "Sweep", "read_sweep"]

FORMAT = "routeplan-sweep"
VERSION = 1
WHOLE = ("crews", "days", "nights")
NUMBERS = ("drive_hours", "pace", "drive_factor")


@dataclass(frozen=True, slots=True)
class District:
    """A problem under the name that it has in a sweep."""

    name: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is to be planned.

    Parameters
    ----------
    name
        What people call it.
    districts
        Each is planned with every variant.
    variants
        By name, in their order.
    options
        How long and how to search for each.

    Examples
    --------
    >>> both = (("one crew", Variant(crews=1)), ("two crews", Variant(crews=2)))
    >>> sweep = Sweep("crews", (District("", problem),), both, Options(iterations=1, bound=False))
    >>> table, plans = sweep.run()
    >>> table["variant"].tolist(), len(plans)
    (['one crew', 'two crews'], 2)
    """

    name: str
    districts: tuple[District, ...]
    variants: tuple[tuple[str, Variant], ...]
    options: Options

    def run(self, runner: Runner | None = None) -> tuple[pd.DataFrame, list[Plan | None]]:
        """Plan everything; what is kept already is not planned again.

        Parameters
        ----------
        runner
            Where it is planned and kept; in this process and nowhere where left out.

        Returns
        -------
        table, plans
            A row a district and variant: ``district``, ``variant``, what is changed in it, and the
            figures of `compare_plans`, missing where what is required cannot be planned; and the
            plans in the order of the rows.
        """
        pairs = list(itertools.product(self.districts, self.variants))
        posed = [vary(district.problem, variant) for district, (_, variant) in pairs]
        plans = (runner or Runner(workers=0)).plan([Case(each, self.options) for each in posed])
        keys = [
            {"district": district.name, "variant": name, **variant.changes()}
            for district, (name, variant) in pairs
        ]
        made = {str(n): plan for n, plan in enumerate(plans) if plan is not None}
        figures = compare_plans(made, {n: posed[int(n)] for n in made})
        table = pd.DataFrame(keys, index=[str(n) for n in range(len(keys))])
        return table.join(figures).reset_index(drop=True), plans


def read_sweep(path: str | Path, load: Callable[[Path], Problem]) -> Sweep:
    r"""Read a sweep file.

    Parameters
    ----------
    path
        The file, TOML in UTF-8: ``scenario``, a problem or scenario file, or ``[[districts]]``
        with a ``name`` and a ``scenario`` each; ``[grid]`` with lists, of which every combination
        is planned; ``[[runner]]``, variants one by one; ``[search]``.
    load
        Reads a problem or a scenario file.

    Raises
    ------
    InputError
        With every fault of the file, and of the files that it names.

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
    faults = Faults()
    fields = Fields(parse_toml(path), "", faults)
    check_version(fields, path.name, FORMAT, VERSION)
    name = fields.text("name", path.stem)
    districts = _districts(fields, path.parent, load)
    variants = _variants(fields)
    options = _options(fields)
    fields.finish()
    raise_within(path.name, faults)
    assert options is not None  # noqa: S101  # or there was a fault
    return Sweep(name, districts, variants, options)


def _districts(
    fields: Fields, folder: Path, load: Callable[[Path], Problem]
) -> tuple[District, ...]:
    several = fields.children("districts", required=False)
    if several and fields.has("scenario"):
        fields.fault("scenario", "stands beside districts", "keep one of them")
    if not several:
        problem = _loaded(fields, folder, load)
        return () if problem is None else (District("", problem),)
    found: dict[str, District] = {}
    names: set[str] = set()
    for part in several:
        name = part.text("name")
        if name in names:
            part.fault("name", f"{name!r} is there twice")
        names.add(name)
        problem = _loaded(part, folder, load)
        part.finish()
        if problem is not None:
            found[name] = District(name, problem)
    return tuple(found.values())


def _loaded(fields: Fields, folder: Path, load: Callable[[Path], Problem]) -> Problem | None:
    text = fields.text("scenario")
    if not fields.ok("scenario"):
        return None
    if not (folder / text).is_file():
        fields.fault(
            "scenario", f"there is no file {text!r}", "paths count from the sweep's folder"
        )
        return None
    try:
        return load(folder / text)
    except InputError as error:
        fields.faults.adopt(error)
        return None


def _variants(fields: Fields) -> tuple[tuple[str, Variant], ...]:
    variants: dict[str, Variant] = {}
    for part in fields.children("cells", required=False):
        name = part.text("name") if part.has("name") else ""
        values = {each: part.whole(each) for each in WHOLE if part.has(each)}
        values |= {each: part.number(each) for each in NUMBERS if part.has(each)}  # type: ignore[misc]
        variant = part.build(Variant, **values)
        if variant is not None:
            _name_variant(part, name or variant.label(), variant, variants)
    if fields.has("grid"):
        grid = fields.child("grid")
        lists = {each: _numbers(grid, each) for each in (*WHOLE, *NUMBERS) if grid.has(each)}
        grid.finish()
        if grid.sound:
            for values_of in itertools.product(*lists.values()):
                variant = grid.build(Variant, **dict(zip(lists, values_of, strict=True)))
                if variant is not None:
                    _name_variant(grid, variant.label(), variant, variants)
    if not variants:
        variants["as it is"] = Variant()
    return tuple(variants.items())


def _name_variant(
    fields: Fields, name: str, variant: Variant, variants: dict[str, Variant]
) -> None:
    if name in variants:
        fields.faults.add(fields.where, f"there are two variants {name!r}")
    variants[name] = variant


def _numbers(grid: Fields, name: str) -> Sequence[float]:
    if name in WHOLE:
        return grid.wholes(name)
    values = grid.items(name)
    for n, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float):
            grid.fault(name, "expected a number", at=f"[{n}]")
    return values if grid.ok(name) else ()


def _options(fields: Fields) -> Options | None:
    if not fields.has("search"):
        return Options()
    search = fields.child("search")
    values: dict[str, object] = {}
    if search.has("engine"):
        values["engine"] = search.text("engine")
        try:
            find_engine(str(values["engine"]))
        except InputError as error:
            search.faults.adopt(error, search.where)
    for name, read in (("seconds", search.number), ("iterations", search.whole)):
        if search.has(name):
            values[name] = read(name)
    if search.has("seed"):
        values["seed"] = search.whole("seed")
    if search.has("bound"):
        values["bound"] = search.flag("bound")
    return search.build(Options, **values)
