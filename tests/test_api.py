"""The public names: what `import routeplan` offers is meant, complete and described."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import routeplan as rp
from tests.helpers import paths

# A name that comes or goes changes what others build on: change it here, too, and mean it.
NAMES = [
    "Announced",
    "AuditError",
    "Case",
    "Country",
    "Day",
    "District",
    "Explanation",
    "Floor",
    "Frontier",
    "InputError",
    "MapPage",
    "Options",
    "Pins",
    "Place",
    "Plan",
    "PlanError",
    "PlanMap",
    "Prepared",
    "Problem",
    "Progress",
    "RoadError",
    "RobustPlan",
    "RouteplanError",
    "Rules",
    "Runner",
    "Scenario",
    "Simulation",
    "Sleep",
    "Sweep",
    "Team",
    "TravelTimes",
    "Trials",
    "Uncertainty",
    "Variant",
    "Village",
    "WhenLate",
    "Window",
    "__version__",
    "audit_plan",
    "compare_plans",
    "compare_under_uncertainty",
    "coverage_by_group",
    "day_reach",
    "differences",
    "draw_comparison",
    "draw_country",
    "draw_differences",
    "draw_frontier",
    "draw_map",
    "draw_progress",
    "draw_reach",
    "draw_simulations",
    "explain",
    "find_hosts",
    "frame_isochrones",
    "frame_left_out",
    "frame_legs",
    "frame_stops",
    "frame_tours",
    "frame_villages",
    "host_candidates",
    "overlap",
    "plan_country",
    "plan_from_json",
    "plan_map",
    "plan_robustly",
    "plan_to_json",
    "plan_tours",
    "prepare",
    "problem_from_json",
    "problem_to_json",
    "reach_by_way",
    "read_scenario",
    "read_sweep",
    "run",
    "side_by_side",
    "simulate",
    "solve",
    "trace_frontier",
    "vary",
    "villages_from_frame",
    "with_host",
]
STUB = ast.parse((paths.ROOT / "routeplan" / "__init__.pyi").read_text(encoding="utf-8"))
IMPORTS = [node for node in STUB.body if isinstance(node, ast.ImportFrom)]
THINGS = [name for name in NAMES if name != "__version__"]


def submodules() -> list[str]:
    found = pkgutil.walk_packages(rp.__path__, prefix="routeplan.")
    # Those are scripts: one of Python's, one of Alembic's.
    return sorted(
        module.name for module in found if not module.name.endswith(("__main__", "migrations.env"))
    )


def test_the_public_names_are_these_and_no_others() -> None:
    assert sorted(rp.__all__) == NAMES
    assert dir(rp) == NAMES
    assert ast.literal_eval(STUB.body[-1].value) == NAMES  # type: ignore[attr-defined]


def test_a_star_import_brings_every_public_name() -> None:
    names: dict[str, object] = {}
    exec("from routeplan import *", names)  # noqa: S102  # only a module may say so itself
    assert set(NAMES) <= set(names)


@pytest.mark.parametrize("name", THINGS)
def test_a_public_name_loads_and_is_the_one_that_its_module_calls_so(name: str) -> None:
    thing = getattr(rp, name)
    assert callable(thing)
    assert thing.__name__ == name
    homes = {alias.name: node.module for node in IMPORTS for alias in node.names}
    assert name in importlib.import_module(f"routeplan.{homes[name]}").__all__


@pytest.mark.parametrize("name", THINGS)
def test_a_public_name_is_documented(name: str) -> None:
    thing = getattr(rp, name)
    # A dataclass without words of its own is described by its signature.
    assert thing.__doc__ is not None
    assert not thing.__doc__.startswith(f"{name}(")
    summary = thing.__doc__.strip().splitlines()[0]
    assert summary.endswith((".", ":")), summary


@pytest.mark.parametrize("name", [n for n in THINGS if n.islower()])
def test_every_parameter_of_a_public_function_is_documented(name: str) -> None:
    function = getattr(rp, name)
    described = function.__doc__ or ""
    parameters = list(inspect.signature(function).parameters)
    if "Parameters\n" in described:
        for parameter in parameters:
            heading = rf"^ *(\w+, )*{parameter}(, \w+)*$"
            assert re.search(heading, described, re.MULTILINE), parameter
    else:
        assert len(parameters) <= 3, "needs a section on its parameters"


def test_the_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", rp.__version__)


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="No routeplan attribute sovle"):
        rp.sovle  # type: ignore[attr-defined]  # noqa: B018


def test_no_module_has_the_name_of_a_public_thing() -> None:
    top = {module.split(".")[1] for module in submodules()}
    assert not top & set(NAMES)


def test_public_names_mean_the_same_after_every_module_is_imported() -> None:
    """An imported submodule becomes an attribute of its package, over what stood there."""
    script = "\n".join(
        [
            "import routeplan as rp",
            *(f"import {module}" for module in submodules()),
            f"for name in {THINGS!r}:",
            "    assert getattr(rp, name).__name__ == name, name",
        ]
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603  # our own interpreter
