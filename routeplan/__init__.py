"""Plan multi-day door-to-door tours over OpenStreetMap roads, offline.

Examples
--------
The examples of all docstrings go on from these lines.

>>> import routeplan as rp
>>> scenario = rp.read_scenario("data/demo/scenario.toml")
>>> prepared = rp.prepare(scenario)
>>> problem = prepared.problem
>>> plan = rp.plan_tours(prepared, rp.Options(iterations=5, bound=False))
>>> rp.audit_plan(problem, plan)
()
>>> rp.draw_map(prepared, plan).save(folder / "map.html")
"""

import sys

# `python -m routeplan` has Python look for modules in the current folder first, where tables lie
# that others sent. Nothing but what is built in may be imported before this: not `__future__`.
if (
    sys.argv[:1] == ["-m"]
    and not sys.flags.safe_path
    and " ".join(sys.orig_argv).partition(" -m")[2].lstrip().startswith(__name__)
):
    del sys.path[0]

import lazy_loader

__version__ = "0.1.0"

# Each public name is loaded when it is first used, so that importing is quick.
__getattr__, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __dir__() -> list[str]:
    return __all__
