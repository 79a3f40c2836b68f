"""What is installed with routeplan: locked with hashes, within bounds, under known licences."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers import paths

ROOT = paths.ROOT
LOCKED = ROOT / ".ci" / "locked"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEST = PROJECT["optional-dependencies"]["test"]
# Free to pass on with an MIT program that only imports them.
LICENCES = re.compile(
    r"\b(Apache|BSD|MIT|MPL|LGPL|PSF|Python Software Foundation)\b", re.IGNORECASE
)


def locked(name: str) -> dict[str, list[str]]:
    """Return the versions of each package of a lock file; fail where one has no hash."""
    text = (LOCKED / name).read_text(encoding="utf-8").replace("\\\n", " ")
    versions: dict[str, list[str]] = {}
    for line in text.splitlines():
        requirement, *hashes = line.split(" --hash=sha256:")
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"[0-9a-f]{64}\s*", each) for each in hashes)
        read = Requirement(requirement)
        (only,) = read.specifier
        assert only.operator == "=="
        versions.setdefault(canonicalize_name(read.name), []).append(only.version)
    return versions


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("release.txt", PROJECT["dependencies"]),
        ("test.txt", [*PROJECT["dependencies"], *TEST]),
    ],
)
def test_every_dependency_is_locked_within_its_bounds(name: str, asked: list[str]) -> None:
    versions = locked(name)
    for each in map(Requirement, asked):
        found = versions[canonicalize_name(each.name)]
        assert all(each.specifier.contains(version) for version in found), each


def test_tests_run_with_what_a_release_installs() -> None:
    release, test = locked("release.txt"), locked("test.txt")
    assert release == {name: test[name] for name in release}


def test_the_licence_of_all_that_a_release_installs_is_known() -> None:
    lines = (LOCKED / "licences.txt").read_text(encoding="utf-8").splitlines()
    licences = {
        canonicalize_name(name): text for name, text in (each.split(": ") for each in lines)
    }
    assert licences.keys() == locked("release.txt").keys()
    assert {name for name, text in licences.items() if not LICENCES.search(text)} == set()
