"""Measures of style, as a table: lines of modules and functions, complexity, docs, cycles.

Run as ``python -m tests.bench.style``. Kernels are in C, and no part of it.
"""

from __future__ import annotations

import ast
import statistics
from typing import TYPE_CHECKING

from radon.complexity import cc_visit

from tests.helpers.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MOST_COMPLEXITY = 10


def main() -> None:
    """Print the table."""
    modules = sorted((ROOT / "routeplan").rglob("*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in modules}
    lines = [text.count("\n") for text in texts.values()]
    nodes = [node for text in texts.values() for node in ast.walk(ast.parse(text))]
    functions = [node for node in nodes if isinstance(node, FUNCTIONS)]
    bodies = [_lines_of(function) for function in functions]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    documented = [node for node in (*functions, *classes) if not node.name.startswith("_")]
    tests = sum(path.read_text("utf-8").count("\n") for path in (ROOT / "tests").rglob("*.py"))
    complex_ones = sum(score > MOST_COMPLEXITY for score in _complexity(modules))
    docs = sum(ast.get_docstring(node) is not None for node in documented)
    for name, figure in (
        ("lines of routeplan/", f"{sum(lines):,}"),
        ("module lines, median / max", f"{statistics.median(lines):.0f} / {max(lines)}"),
        ("function lines, median / p90 / max", _spread(bodies)),
        ("functions of complexity above 10", f"{100 * complex_ones / len(functions):.2f} %"),
        ("annotated functions", f"{100 * _typed(functions):.0f} %"),
        ("public names with docstrings", f"{100 * docs / len(documented):.0f} %"),
        ("modules, classes, functions", f"{len(lines)}, {len(classes)}, {len(functions)}"),
        ("test : source lines", f"{tests / sum(lines):.2f}"),
    ):
        print(f"{name:40} {figure}")


def _complexity(modules: list[Path]) -> Iterator[int]:
    """Yield the cyclomatic complexity of every function, methods included, as radon counts it."""
    for path in modules:
        for block in cc_visit(path.read_text(encoding="utf-8")):
            if block.letter in {"F", "M"}:
                yield block.complexity


def _lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a body, its docstring apart."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]


def _typed(functions: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> float:
    return sum(function.returns is not None for function in functions) / len(functions)


def _spread(values: list[int]) -> str:
    ninth = statistics.quantiles(values, n=10)[8]
    return f"{statistics.median(values):.0f} / {ninth:.0f} / {max(values)}"


if __name__ == "__main__":
    main()
