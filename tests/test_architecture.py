"""The architecture as its imports draw it: layers of packages, and owners of libraries."""

from __future__ import annotations

import ast
import functools
import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers import paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = paths.ROOT / "routeplan"

# A package imports from lower layers and from itself, and from nothing else of routeplan.
LAYERS = {
    "language": 0,
    "errors": 1,
    "display": 1,
    "files": 2,
    "isolation": 2,
    "model": 2,
    "audit": 3,
    "formats": 3,
    "native": 3,
    "polygons": 3,
    "tally": 3,
    "handouts": 4,
    "packs": 4,
    "planner": 4,
    "roads": 4,
    "scenario": 4,
    "villages": 4,
    "fetch": 5,
    "ledger": 5,
    "recording": 5,
    "workflow": 6,
    "analysis": 7,
    "web": 7,
    "cli": 8,
    "__main__": 9,
}

OWNERS = {
    "osmium": {"roads", "fetch"},
    "osmnx": {"roads", "fetch"},
    "networkx": {"roads"},
    "scipy": {"analysis", "ledger", "roads"},
    "ortools": {"planner"},
    "folium": {"handouts"},
    "branca": {"handouts"},
    "xstatic": {"handouts"},
    "openpyxl": {"files"},
    "xlrd": {"files"},
    "xlsxwriter": {"formats", "handouts"},
    "gpxpy": {"handouts"},
    "fastkml": {"handouts"},
    "pyogrio": {"handouts"},
    "platformdirs": {"files", "workflow"},
    "rapidfuzz": {"villages"},
    "pyproj": {"polygons", "villages"},
    "geopandas": {"analysis", "roads", "handouts"},
    "shapely": {"analysis", "polygons", "roads", "villages", "handouts", "fetch"},
    "matplotlib": {"analysis"},
    "distributed": {"analysis"},
    "babel": {"language"},
    "pyrage": {"packs"},
    "mnemonic": {"packs"},
    "sqlalchemy": {"ledger"},
    "alembic": {"ledger"},
    "psycopg": {"ledger"},
    "reportlab": {"handouts"},
    "pypdf": {"handouts"},
    "segno": {"handouts"},
    "stdnum": {"tally"},
    "ttf_opensans": {"handouts"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "jinja2": {"analysis", "web"},
    "multipart": {"web"},
    "tomlkit": {"scenario"},
    "rich": {"cli"},
    "click": {"cli"},
    "argparse": {"native"},
    "ctypes": {"native"},
    "hatchling": {"native"},
}

# Everything that can open a connection.
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "asyncio", "socketserver"} | {
    *("requests", "urllib3", "httpx", "aiohttp", "websockets", "osmnx"),
}

# Nothing below the rim touches a file, a clock, the environment or a process.
# But for those whose work it is: texts and a library of the package, and files that are named.
IMPURE = {"os", "pathlib", "io", "time", "subprocess", "tempfile", "shutil", "socket", "logging"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def package_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__init__" else ""


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path: Path, *, running_only: bool = False) -> tuple[str, ...]:
    """Every module that a file imports, those for type checking too unless told otherwise."""
    return tuple(_imports(path, running_only=running_only))


def _imports(path: Path, *, running_only: bool) -> Iterator[str]:
    for node in _nodes(tree(path), running_only=running_only):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield deeper if _is_module(deeper) else node.module


def _nodes(parent: ast.AST, *, running_only: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(parent):
        if running_only and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from _nodes(node, running_only=running_only)


@functools.cache
def _is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def last_word(node: ast.AST) -> str:
    """Return the last word of a name, or of what is called."""
    if isinstance(node, ast.Call):
        return last_word(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_imports_only_from_lower_layers_and_its_own_package(path: Path) -> None:
    here = package_of(dotted(path))
    if not here:
        return  # routeplan/__init__.py offers names of all packages, lazily
    for name in imports(path):
        if not name.startswith("routeplan") or name == "routeplan":
            continue
        there = package_of(name)
        message = f"{dotted(path)} (layer {LAYERS[here]}) imports {name} (layer {LAYERS[there]})"
        assert there == here or LAYERS[there] < LAYERS[here], message


def test_every_package_has_a_layer() -> None:
    assert {package_of(dotted(path)) for path in modules()} - {""} <= set(LAYERS)


def test_no_imports_go_in_circles() -> None:
    graph = {
        dotted(path).removesuffix(".__init__"): {
            name
            for name in imports(path, running_only=True)
            if name.startswith("routeplan.") and package_of(dotted(path))
        }
        for path in modules()
    }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join([*trail, module])
        if module in done:
            return
        for other in sorted(graph.get(module, ())):
            visit(other, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


# What passes between these are the two public files.
APART = [
    ("routeplan.handouts", "routeplan.planner"),
    ("routeplan.workflow.draw", "routeplan.planner"),
    ("routeplan.planner", "routeplan.roads"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_the_planner_the_roads_and_the_handouts_do_not_import_one_another(
    one: str, other: str
) -> None:
    for path in modules():
        if f"{dotted(path)}.".startswith(f"{one}."):
            assert not [name for name in imports(path) if f"{name}.".startswith(f"{other}.")]


@pytest.mark.parametrize(("one", "other"), APART)
def test_one_of_them_is_imported_without_the_other(one: str, other: str) -> None:
    package = PACKAGE.parent.joinpath(*one.split("."))
    files = [path for path in package.rglob("*.py") if path.stem != "__init__"]
    names = [one, *(dotted(path) for path in files)]
    script = (
        f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
        f"print('LOADED', sorted(name for name in sys.modules if name.startswith({other!r})))"
    )
    result = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip().endswith("LOADED []")


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_each_heavy_library_is_imported_by_its_owners_only(path: Path) -> None:
    for name in imports(path):
        library = name.split(".")[0]
        if library in OWNERS:
            assert package_of(dotted(path)) in OWNERS[library], f"{dotted(path)} imports {library}"


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in modules()
        if LAYERS.get(package_of(dotted(p)), 9) <= 2
        and not {p.stem, p.parent.name}
        & {"files", "isolation", "language", "native", "polygons", "workbooks"}
    ],
    ids=dotted,
)
def test_layers_0_to_2_touch_no_file_clock_or_process(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path, running_only=True)} & IMPURE
    calls = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Call)]
    names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    assert not names & {"open", "print", "input"}


def test_no_package_but_fetch_opens_a_connection() -> None:
    named = {
        (dotted(path), name)
        for path in modules()
        for name in imports(path)
        if name.split(".")[0] in NETWORK and package_of(dotted(path)) != "fetch"
        if name != "urllib.parse"  # takes addresses apart, and asks nobody
    }
    # Reading a graph that osmnx saved asks nobody.
    assert named == {
        ("routeplan.roads.graphml", "osmnx"),
        # Listens on loopback, and opens no connection.
        ("routeplan.web.server", "socket"),
        ("routeplan.web.pages", "asyncio"),
        ("routeplan.web.screens.lock", "asyncio"),
        # Looks at the scheduler that the user names before the Dask client is made.
        ("routeplan.analysis.cluster", "asyncio"),
        ("routeplan.analysis.cluster", "socket"),
        ("routeplan.isolation", "socket"),  # finds what the address of a scheduler comes to
    }


# Ways to be reached by others.
LISTENING = {"bind", "listen", "create_server", "start_server", "serve_forever"}


def test_no_package_but_the_office_listens() -> None:
    listening = {
        package_of(dotted(path))
        for path in modules()
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call)
        if last_word(call) in LISTENING
        # The bind of a database has no address.
        if not call.args or isinstance(call.args[0], ast.Tuple)
    }
    assert listening == {"web"}


# Whatever opens a file of any format, as GDAL or a library of maps takes it.
OPENS = {"read_file", "read_dataframe", "read_arrow", "open_arrow", "read_info", "read_bounds"} | {
    *("from_file", "from_features", "list_layers", "Open", "OpenEx", "FileProcessor"),
    *("read_parquet", "read_feather", "read_postgis", "open_many_with_osmium"),
}
VECTOR_LIBRARIES = {"fiona", "osgeo", "gdal", "ogr", "shapefile", "geodatasets", "rasterio"}


def test_one_function_opens_vector_files() -> None:
    named = {
        (dotted(path), node.attr)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in OPENS
    }
    # Maps of OpenStreetMap are no vector files of any format: libosmium reads its own alone.
    assert named == {("routeplan.roads.osm_file", "FileProcessor")}
    parsers = {
        (dotted(path), name)
        for path in modules()
        for name in imports(path)
        if name.split(".")[0] in VECTOR_LIBRARIES | {"pyogrio"}
    }
    # Writes a layer, and reads none.
    assert parsers == {("routeplan.handouts.layers", "pyogrio.raw")}
    outside = {
        name
        for path in modules()
        for name in imports(path)
        if name.startswith("routeplan.polygons") and package_of(dotted(path)) != "polygons"
    }
    assert outside == {"routeplan.polygons"}
    assert set(importlib.import_module("routeplan.polygons").__all__) == {
        *("Polygons", "read_polygons"),
    }


def test_only_the_module_of_the_terminal_prints() -> None:
    """There, and nowhere else, names that hold control characters are made visible."""
    found = {
        (dotted(path), ast.unparse(node))
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call | ast.Attribute | ast.Name)
        if last_word(node) in {name.rpartition(".")[2] for name in PRINTING}
        if ast.unparse(node.func if isinstance(node, ast.Call) else node) in PRINTING
        if isinstance(node, ast.Call) or ast.unparse(node) != "argparse.ArgumentParser"
    }
    assert {(module, text.partition("(")[0]) for module, text in found} == {
        # Which encoding they have, and whether they are terminals.
        *(("routeplan.cli.__init__", "sys.stdout"), ("routeplan.cli.__init__", "sys.stderr")),
        ("routeplan.cli.console", "sys.stdout"),
        # The base of what prints.
        ("routeplan.cli.console", "Console"),
        *(("routeplan.cli.terminal", "sys.stdout"), ("routeplan.cli.terminal", "sys.stderr")),
        # The pipes to processes of ours, and the build.
        ("routeplan.planner.ortools_routing.model", "sys.stdout"),
        ("routeplan.web.tasks.__init__", "sys.stdout"),
        *(("routeplan.native.build", "sys.stdout"), ("routeplan.native.build", "sys.stderr")),
        ("routeplan.native.build", "argparse.ArgumentParser"),
    }


# Ways to standard output and standard error.
PRINTING = {"print", "click.echo", "sys.stdout", "sys.stderr", "Console"} | {
    *("click.secho", "argparse.ArgumentParser"),
}


def test_no_module_but_four_asks_what_day_it_is() -> None:
    """No file tells when it was written, but a ledger what was recorded when.

    Packs expire by the clock, hosts say when to retry, and the office which sheets are missing.
    """
    asking = {
        dotted(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        if node.attr in {"now", "utcnow", "today", "localtime", "gmtime", "strftime", "ctime"}
    }
    assert asking == {
        *("routeplan.cli.pack_open", "routeplan.web.tasks.packs"),
        *("routeplan.fetch.hosts", "routeplan.ledger.queries", "routeplan.web.sheets"),
    }


# What puts text into a table that a spreadsheet opens, and might run.
WRITERS = {"to_csv", "to_excel", "DictWriter", "Workbook", "ExcelWriter", "writer"}


def test_tables_for_spreadsheets_are_written_in_one_module() -> None:
    writing = {
        (dotted(path), ast.unparse(call.func))
        for path in modules()
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call)
        if last_word(call) in WRITERS
    }
    there = "routeplan.formats.__init__"
    assert writing == {(there, "csv.writer"), (there, "xlsxwriter.Workbook")}


@pytest.mark.parametrize(
    "code",
    [
        "import routeplan",
        """import contextlib, routeplan.cli
with contextlib.suppress(SystemExit): routeplan.cli.main(['--help'])""",
    ],
    ids=["import routeplan", "routeplan --help"],
)
def test_no_heavy_library_is_loaded_before_it_is_needed(code: str) -> None:
    heavy = sorted({*OWNERS, "numpy", "pandas"} - {"argparse", "click"})
    # Some packages put stubs of themselves into every interpreter; those do not count.
    script = (
        "import sys; before = set(sys.modules)\n"
        f"{code}\n"
        f"print('LOADED', [m for m in {heavy!r} if m in set(sys.modules) - before])"
    )
    result = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip().endswith("LOADED []")


def test_few_modules_lie_beside_the_packages() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 8


def test_modules_and_functions_stay_small() -> None:
    for path in modules():
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 420, f"{dotted(path)} is long"
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]
                assert lines <= 60, f"{dotted(path)}:{node.name} has {lines} lines"


def test_nothing_names_a_machine_or_a_registry() -> None:
    root = PACKAGE.parent
    files = [*root.glob("*.*"), *root.glob("routeplan/**/*"), *root.glob("data/**/*")]
    for path in [p for p in files if p.suffix in {".py", ".toml", ".md", ".css", ".js", ".csv"}]:
        text = path.read_text(encoding="utf-8-sig").lower()
        for word in ("pypi" + ".org", "pythonhosted", "npmjs", "/root/", "/work/", "/home/"):
            assert word not in text, f"{path.name} names {word}"
