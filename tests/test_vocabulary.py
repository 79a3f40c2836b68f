"""One vocabulary: words that the field does not use are in no identifier and no text."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from tests.helpers.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Words that identifiers are not made of, each with that of the field.
RETIRED = {
    "beaten": "dominated",
    "certificate": "upper bound",
    "draft": "solution",
    "endless": "infinity",
    "enlist": "add",
    "harvest": "elite pool",
    "heat": "temperature",
    "judge": "speed profile",
    "leaf": "node",
    "lure": "prize",
    "onward": "completion bound",
    "overfill": "forced insertion",
    "owed": "slack",
    "room": "slack, label pool, package",
    "rooms": "packages",
    "shaken": "blink",
    "standing": "component",
    "stretch": "edge, artificial variable",
    "telling": "map data",
    "told": "reported",
    "unrested": "slack",
    "verdict": "edge speed",
    "walker": "annealer",
    "warm": "compile",
    "whom": "who",
}

# Phrases of docstrings, comments, messages and pages.
PHRASES = (
    "tell whether",
    "tells whether",
    "is asked of",
    "are asked of",
    "whom to ask",
    "of which there can be",
    "goes the whole line",
    "go the whole line",
    "in the stead of",
    "is nothing of which",
    "told apart by",
)


def sources() -> list[Path]:
    """Every Python file of the project."""
    return sorted(
        path for name in ("routeplan", "tests", "data") for path in (ROOT / name).rglob("*.py")
    )


def pages() -> list[Path]:
    """Every page that people read."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("routeplan/**/*.md"), *ROOT.glob(".github/*.md")])


def identifiers(path: Path) -> Iterator[str]:
    """Names that a file defines: modules, classes, functions, parameters, variables, attributes."""
    yield from path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                pass  # a sentence
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def parts(identifier: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_identifiers_hold_no_retired_word(path: Path) -> None:
    if path.name == "test_vocabulary.py":
        return
    found = {
        name: f"say {RETIRED[part]}"
        for name in identifiers(path)
        for part in parts(name)
        if part in RETIRED
    }
    assert not found


def texts(path: Path) -> Iterator[str]:
    """Comments and strings of a Python file; all of another one."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        for cell in json.loads(text)["cells"]:
            yield "".join(cell["source"])
    elif path.suffix != ".py":
        yield text
    else:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in {tokenize.COMMENT, tokenize.STRING}:
                yield token.string


@pytest.mark.parametrize(
    "path",
    [*sources(), *pages(), *sorted(ROOT.glob("notebooks/*.ipynb"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_texts_hold_no_retired_phrase(path: Path) -> None:
    if path.name == "test_vocabulary.py":
        return
    said = [" ".join(text.lower().split()) for text in texts(path)]
    assert not [phrase for text in said for phrase in PHRASES if phrase in text]
