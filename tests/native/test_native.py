"""The native library: what its header declares, what calls refuse, and how it is built."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from routeplan import native
from routeplan.native import build
from routeplan.planner.branch_and_price.labelling import BUCKETS, LabelPool
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate.native_solution import empty_solution
from tests.helpers.small_problems import small_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = (build.FOLDER / "routeplan.h").read_text(encoding="utf-8")
# Format and number of the machine, of libraries of other systems.
MACHINES = {
    "linux-arm64": ("ELF", 183),
    "macos-arm64": ("Mach-O", 0x0100000C),
    "windows-x86_64": ("PE", 0x8664),
}


# ---- What is loaded ----


def test_the_library_was_built_from_the_sources_that_are_here() -> None:
    advice = "the native library is not of these sources: run `python -m routeplan.native.build`"
    assert native.source_hash() == build.source_hash(), advice


def test_every_structure_of_the_header_is_read_and_as_long_as_the_compiler_makes_it() -> None:
    structs = native._library().structs
    assert len(structs) == HEADER.count("typedef struct")
    for position, (name, declared) in enumerate(structs.items()):
        assert native.call("struct_bytes", position) == ctypes.sizeof(declared.layout), name
    assert native.call("struct_bytes", len(structs)) == native.call("struct_bytes", -1) == 0


def test_every_function_of_the_header_is_read_with_all_its_parameters() -> None:
    functions = native._library().functions
    declared = re.findall(r"^API \w+ (\w+)\(([^)]*)\);", HEADER, re.MULTILINE)
    assert len(declared) == len(functions) == len(re.findall(r"^API ", HEADER, re.MULTILINE))
    for name, parameters in declared:
        count = 0 if parameters == "void" else parameters.count(",") + 1
        assert len(functions[name][1]) == count, name


def test_every_constant_of_the_header_is_read() -> None:
    declared = re.findall(r"^#define (\w+) ", HEADER, re.MULTILINE)
    assert declared
    assert [*native._library().constants] == declared


# ---- What a call refuses ----


def test_an_array_of_the_wrong_type_is_refused_with_what_is_expected() -> None:
    with pytest.raises(TypeError, match="text: an array of uint8_t is expected, not of int64"):
        native.call("copy_source_hash", np.zeros(65, dtype=np.int64))


def test_a_list_is_refused_where_an_array_is_expected() -> None:
    with pytest.raises(TypeError, match="text: an array of uint8_t is expected, not list"):
        native.call("copy_source_hash", [0] * 65)


def test_an_array_that_is_not_contiguous_is_refused() -> None:
    with pytest.raises(TypeError, match="text: a C-contiguous array is expected"):
        native.call("copy_source_hash", np.zeros(130, dtype=np.uint8)[::2])


def test_a_field_of_the_wrong_type_is_refused_by_its_name() -> None:
    tables = make_native_instance(Instance(small_problem(1)))
    with pytest.raises(TypeError, match="drive: an array of int32_t is expected, not of float64"):
        native.Struct("Instance", tables._replace(drive=tables.drive.astype(np.float64)))


def test_one_structure_is_refused_where_another_is_expected() -> None:
    tables = make_native_instance(Instance(small_problem(1)))
    held = native.Struct("Instance", tables)
    with pytest.raises(TypeError, match="solution: Solution is expected, not Instance"):
        native.call("count_solution", held, held)
    with pytest.raises(TypeError, match="instance: an array of Instance is expected, not of int32"):
        native.call("count_solution", tables.drive, held)


def test_the_wrong_number_of_values_is_refused_with_the_names_of_the_right_ones() -> None:
    expected = r"count_solution takes 2 values \(instance, solution\), not 1"
    with pytest.raises(TypeError, match=expected):
        native.call("count_solution", make_native_instance(Instance(small_problem(1))))


def test_more_stops_than_there_is_capacity_for_are_an_error() -> None:
    tables = make_native_instance(Instance(small_problem(1)))
    arrays = empty_solution(tables, 2)
    arrays.stops[0] = 3
    with pytest.raises(native.CapacityError, match="count_solution: more was to be stored"):
        native.call("count_solution", tables, arrays)


def test_a_route_with_more_nodes_than_there_is_capacity_for_is_an_error() -> None:
    """Of a label that is its own parent: its route never ends."""
    stride = native.call("label_bytes", 1, 1)
    pool = LabelPool(
        *(stride, 1, 0),
        *(np.zeros(stride, dtype=np.uint8), np.zeros(0, dtype=np.uint8)),
        np.zeros((1, 2, BUCKETS), dtype=np.int32),
        *(np.zeros((1, 2, BUCKETS)), np.zeros((1, 2, BUCKETS))),
        np.zeros((1, 2), dtype=np.uint64),
        *(np.zeros((1, 1)), np.zeros((1, 1), dtype=np.int32)),
    )
    nodes = np.full(4, -7, dtype=np.int32)
    with pytest.raises(native.CapacityError, match="trace_label"):
        native.call("trace_label", pool, 0, 3, nodes)
    assert nodes[3] == -7


@pytest.fixture
def _no_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the library away, and load it anew afterwards."""
    native._library.cache_clear()
    monkeypatch.setattr(native, "FILE", "no_such_library")
    yield
    native._library.cache_clear()


@pytest.mark.usefixtures("_no_library")
def test_without_the_library_every_use_says_how_to_get_it() -> None:
    advice = "cannot be loaded .*no_such_library.*: install routeplan anew with 'pip install .'"
    for use in (
        native.source_hash,
        lambda: native.call("block_bytes"),
        lambda: native.constant("LONGEST"),
        lambda: native.dtype("Village"),
        lambda: native.Struct("Graph", SimpleNamespace()),
    ):
        with pytest.raises(native.NativeError, match=advice):
            use()


# ---- How it is built ----


def run(*arguments: str, cc: str = "") -> subprocess.CompletedProcess[str]:
    """Run a module of Python in the project's folder, with another compiler or none set."""
    environment = {name: value for name, value in os.environ.items() if name != "CC"}
    return subprocess.run(  # noqa: S603  # our own modules
        [sys.executable, "-m", *arguments],
        cwd=build.PROJECT,
        env=environment | ({"CC": cc} if cc else {}),
        capture_output=True,
        text=True,
        check=False,
    )


def machine(library: bytes) -> tuple[str, int]:
    """Return the format of a library and the number of its machine."""
    if library.startswith(b"\x7fELF"):
        return "ELF", struct.unpack_from("<H", library, 18)[0]
    if library.startswith(b"\xcf\xfa\xed\xfe"):
        return "Mach-O", struct.unpack_from("<I", library, 4)[0]
    assert library.startswith(b"MZ")
    (header,) = struct.unpack_from("<I", library, 60)
    assert library[header : header + 4] == b"PE\0\0"
    return "PE", struct.unpack_from("<H", library, header + 4)[0]


@pytest.mark.parametrize("target", ["linux-arm64", "windows-x86_64"])
def test_a_wheel_for_another_system_is_built_here(target: str, tmp_path: Path) -> None:
    """With its tag, a library of its format and machine, the header, and no other sources."""
    pytest.importorskip("ziglang", reason="ziglang is not installed")
    result = run("routeplan.native.build", "--target", target, "--output", str(tmp_path))
    assert result.returncode == 0, result.stderr
    (wheel,) = tmp_path.iterdir()
    assert wheel.name.endswith(f"-py3-none-{build.TARGETS[target].tag}.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = {Path(n).name for n in packed.namelist() if n.startswith("routeplan/native/")}
        library = packed.read(f"routeplan/native/{build.TARGETS[target].file}")
    assert names == {"__init__.py", "routeplan.h", build.TARGETS[target].file}
    assert machine(library) == MACHINES[target]
    assert build.source_hash().encode() in library


def test_the_library_is_built_for_a_mac_here(tmp_path: Path) -> None:
    """Its wheel differs from the others only in that."""
    pytest.importorskip("ziglang", reason="ziglang is not installed")
    target = build.TARGETS["macos-arm64"]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CC", raising=False)
        build.compile_library(tmp_path / target.file, target)
    assert machine((tmp_path / target.file).read_bytes()) == MACHINES["macos-arm64"]


def test_the_source_distribution_carries_what_the_library_is_built_from(tmp_path: Path) -> None:
    result = run("hatchling", "build", "-t", "sdist", "-d", str(tmp_path))
    assert result.returncode == 0, result.stderr
    (archive,) = tmp_path.iterdir()
    with tarfile.open(archive) as packed:
        inside = [Path(name) for name in packed.getnames()]
    names = {path.name for path in inside if path.parts[1:3] == ("routeplan", "native")}
    sources = {path.name for path in build.sources()}
    assert names == {"README.md", "__init__.py", "build.py", *sources}


@pytest.mark.parametrize("compiler", ["false", "no-such-compiler"])
def test_a_failed_build_says_what_to_do(compiler: str) -> None:
    """And leaves the library as it was."""
    result = run("routeplan.native.build", cc=compiler)
    assert result.returncode == 1
    assert f"{compiler} -std=c17" in result.stderr
    for advice in ("pip install --upgrade pip", "CC=gcc or CC=clang"):
        assert advice in result.stderr
    assert native.FOLDER.joinpath(native.FILE).exists()


def test_a_failed_build_says_what_the_compiler_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("ziglang", reason="ziglang is not installed")
    (tmp_path / "broken.c").write_text("int broken(void) { return nothing; }\n")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    with pytest.raises(build.BuildError, match=r"undeclared identifier(.|\n)*CC=gcc"):
        build.compile_library(tmp_path / native.FILE)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.c"]


def test_the_compiler_that_the_environment_names_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the library that it builds can be loaded, and knows its sources."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    monkeypatch.setenv("CC", "gcc")
    output = tmp_path / native.FILE
    build.compile_library(output)
    assert b"GCC: (" in output.read_bytes()
    text = ctypes.create_string_buffer(65)
    ctypes.CDLL(str(output)).copy_source_hash(text)
    assert text.value.decode() == build.source_hash()
