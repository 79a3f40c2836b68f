"""Every example in a docstring runs and gives the result that it states."""

from __future__ import annotations

import doctest
import importlib
import inspect
from typing import Any

import pytest

import routeplan as rp
from tests.helpers import paths

ROOT = paths.ROOT
FLAGS = doctest.ELLIPSIS
NAMES = [name for name in rp.__all__ if name != "__version__"]


def modules() -> list[str]:
    """Every module with an example, but for the package itself, whose examples come first."""
    files = [p for p in (ROOT / "routeplan").rglob("*.py") if ">>>" in p.read_text("utf-8")]
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in files]
    names = {".".join(part[:-1] if part[-1] == "__init__" else part) for part in parts}
    return sorted(names - {"routeplan"})


def run(module: Any, names: dict[str, Any]) -> dict[str, Any]:
    """Run the examples of a module, those of the package before; return the last names."""
    runner, finder = doctest.DocTestRunner(optionflags=FLAGS), doctest.DocTestFinder()
    known = dict(names)
    for test in finder.find(module, globs={**vars(module), **names}):
        known = test.globs
        output: list[str] = []
        runner.run(test, out=output.append, clear_globs=False)
        assert not runner.failures, "".join(output)
    return known


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the package's own examples make, and a folder that a reader would choose."""
    folder = {"folder": tmp_path_factory.mktemp("examples")}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        known = run(rp, folder)
    return {**folder, **{name: known[name] for name in ("scenario", "prepared", "problem", "plan")}}


@pytest.mark.parametrize("module", modules())
def test_every_example_gives_its_result(
    module: str, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    public = {name: getattr(rp, name) for name in NAMES}
    run(importlib.import_module(module), {**public, **names})


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_an_example_and_none_is_skipped(name: str) -> None:
    text = inspect.getdoc(getattr(rp, name)) or ""
    assert ">>> " in text
    assert "+SKIP" not in text
