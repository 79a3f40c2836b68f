"""Build the native library, and wheels that carry it: a hatchling hook and a command.

`pip install` calls the hook, which compiles the C sources of this folder with the compiler that
comes in the PyPI wheel ``ziglang``. The environment variable ``CC`` names another one (gcc or
clang). The commands are in the README of this folder.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parents[1]
TARGET_VARIABLE = "ROUTEPLAN_TARGET"

FLAGS = (
    *("-std=c17", "-O3", "-fwrapv", "-fno-strict-aliasing", "-ffp-contract=off"),
    *("-fPIC", "-fvisibility=hidden", "-shared"),
    *("-Wall", "-Wextra", "-Wpedantic", "-Werror=implicit-function-declaration"),
)


class Target(NamedTuple):
    """A system to build for: zig's name of it, the wheel's tag, and the library's file name."""

    zig: str
    tag: str
    file: str


TARGETS = {
    "linux-x86_64": Target(
        "x86_64-linux-gnu", "manylinux2014_x86_64.musllinux_1_1_x86_64", "libroutenative.so.1"
    ),
    "linux-arm64": Target(
        "aarch64-linux-gnu", "manylinux2014_aarch64.musllinux_1_1_aarch64", "libroutenative.so.1"
    ),
    "macos-x86_64": Target("x86_64-macos.11.0", "macosx_11_0_x86_64", "libroutenative.dylib"),
    "macos-arm64": Target("aarch64-macos.11.0", "macosx_11_0_arm64", "libroutenative.dylib"),
    "windows-x86_64": Target("x86_64-windows-gnu", "win_amd64", "routenative.dll"),
    "windows-arm64": Target("aarch64-windows-gnu", "win_arm64", "routenative.dll"),
}

SYSTEMS = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}
MACHINES = {"amd64": "x86_64", "aarch64": "arm64"}


class BuildError(RuntimeError):
    """The library could not be compiled; the message says what to do."""


def this_target() -> Target:
    """Return the target of this machine, which may be none of `TARGETS`."""
    machine = platform.machine().lower()
    name = f"{SYSTEMS.get(platform.system(), '')}-{MACHINES.get(machine, machine)}"
    own_tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return TARGETS.get(name, Target("native", own_tag, "libroutenative.so.1"))


def sources() -> list[Path]:
    """Return the C sources and headers, in order."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix in {".c", ".h"})


def source_hash() -> str:
    """Return the SHA-256 of all sources, which the library carries."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def compile_library(output: Path, target: Target | None = None, sanitizer: str = "") -> None:
    """Compile the library.

    Parameters
    ----------
    output
        The file to write.
    target
        The system to build for; this machine where left out.
    sanitizer
        Name of a sanitizer to build with, ``undefined`` or ``address``.

    Raises
    ------
    BuildError
        With the compiler's own words, and what to do.
    """
    own = shlex.split(os.environ.get("CC", ""))
    flags = list(FLAGS)
    if sanitizer:
        flags += ["-g", "-O1", f"-fsanitize={sanitizer}", f"-fno-sanitize-recover={sanitizer}"]
    if own:
        command = own
    else:
        command = [sys.executable, "-m", "ziglang", "cc"]
        flags += ["-target", (target or this_target()).zig, "-mcpu=baseline", "-nostdlib", "-s"]
        # Without this, zig adds checks of its own.
        flags += [f"-fsanitize-trap={sanitizer}"] if sanitizer else ["-fno-sanitize=undefined"]
        flags += ["-DROUTEPLAN_FREESTANDING"]
    flags += [f'-DROUTEPLAN_SOURCE_HASH="{source_hash()}"']
    code = [str(path) for path in sources() if path.suffix == ".c"]
    with tempfile.TemporaryDirectory() as folder:
        # The compiler may write more than was asked for, such as an import library.
        made = Path(folder) / output.name
        try:
            result = subprocess.run(  # noqa: S603  # a compiler that the user named, or our own
                [*command, *flags, *code, "-o", str(made)],
                capture_output=True,
                text=True,
                check=False,
                env=os.environ | {"ZIG_GLOBAL_CACHE_DIR": folder, "ZIG_LOCAL_CACHE_DIR": folder},
            )
        except OSError as error:
            raise BuildError(_advice([*command, *flags], str(error))) from error
        if result.returncode != 0 or not made.exists():
            raise BuildError(_advice([*command, *flags], result.stderr or result.stdout))
        # A library that is in use is not written over, but another one put in its place.
        part = output.with_name(f"{output.name}.part")
        shutil.copyfile(made, part)
        part.replace(output)


def _advice(command: list[str], said: str) -> str:
    return (
        f"the native library could not be compiled.\n{shlex.join(command)}\nsaid:\n{said}\n"
        "Try once more, with a newer pip ('pip install --upgrade pip'); or install gcc or clang, "
        "and set CC=gcc or CC=clang in the environment before 'pip install'."
    )


class NativeBuildHook(BuildHookInterface[Any]):
    """Compiles the library into a wheel, or beside its sources for an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell the builder which file to carry and for which systems it is."""
        if self.target_name != "wheel":
            return
        name = os.environ.get(TARGET_VARIABLE)
        target = TARGETS[name] if name else this_target()
        if version == "editable":
            output = FOLDER / target.file
        else:
            self._folder = tempfile.TemporaryDirectory()
            output = Path(self._folder.name) / target.file
            build_data["force_include"][str(output)] = f"routeplan/native/{target.file}"
        compile_library(output, target)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{target.tag}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled for a wheel that is done."""
        del build_data, artifact_path
        if version != "editable" and self.target_name == "wheel":
            self._folder.cleanup()


def build_wheel(name: str, folder: Path) -> None:
    """Build a wheel for a target into a folder, with what is installed here where that suffices."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(folder), str(PROJECT)]
    if importlib.util.find_spec("ziglang") or os.environ.get("CC"):
        command += ["--no-build-isolation", "--no-index"]
    result = subprocess.run(  # noqa: S603  # our own interpreter
        command, check=False, env=os.environ | {TARGET_VARIABLE: name}
    )
    if result.returncode != 0:
        raise BuildError(f"no wheel was built: see what pip said of {name} above")


def main() -> int:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", choices=TARGETS, help="build a wheel for this system")
    parser.add_argument("--output", type=Path, default=Path("dist"), help="folder for the wheel")
    parser.add_argument("--sanitize", choices=("undefined", "address"), default="")
    arguments = parser.parse_args()
    try:
        if arguments.target:
            build_wheel(arguments.target, arguments.output)
        else:
            output = FOLDER / this_target().file
            compile_library(output, sanitizer=arguments.sanitize)
            sys.stdout.write(f"{output}\n")
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
