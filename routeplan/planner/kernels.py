"""How kernels are compiled: by numba, once, kept on disk; and whether that was done already."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FAR",
    "below",
    "forget",
    "inlined",
    "is_kept",
    "kept_in",
    "kernel",
    "seeded",
    "uniform",
    "zeros",
]

Function = TypeVar("Function", bound=Callable[..., Any])

# Stands, in kernels only, for a way that is not there and a time that never comes: longer than any
# day and short enough that a few of them add up without overflow.
FAR = 1 << 40

# Kernels make no arrays, so that none need be counted: with reference counts, passing the tuples
# of arrays that they work on took 18 times as long as timing a day.
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}


def kernel(function: Function) -> Function:
    """Compile a function that Python calls."""
    compiled: Function = njit(**OPTIONS)(function)
    return compiled


def inlined(function: Function) -> Function:
    """Compile a function that kernels call, into each of them."""
    compiled: Function = njit(forceinline=True, **OPTIONS)(function)
    return compiled


def zeros(*shape: int) -> NDArray[np.int64]:
    """Return whole numbers for kernels to write on."""
    return np.zeros(shape, dtype=np.int64)


# Modules whose functions are compiled into kernels, of their own and of each other.
COMPILED = (
    *("daykernel", "kernels", "labels", "onward", "overfill", "recreate"),
    *("rounds", "ruin", "shorten", "workspace"),
)


def kept_in(dispatcher: Any) -> Path:  # noqa: ANN401  # what numba makes of a function
    """Return the folder in which a kernel stands compiled, with all others of its package."""
    return Path(dispatcher.stats.cache_path)


def is_kept(dispatcher: Any) -> bool:  # noqa: ANN401  # what numba makes of a function
    """Tell whether a kernel stands compiled on disk, newer than the modules that it is made of."""
    source = Path(dispatcher.py_func.__code__.co_filename)
    name = f"{source.stem}.{dispatcher.py_func.__name__}-*.nbi"
    kept = kept_in(dispatcher).glob(name)
    return any(path.stat().st_mtime >= _newest(source) for path in kept)


def forget(dispatcher: Any) -> None:  # noqa: ANN401  # what numba makes of a function
    """Take away what stands on disk beside a kernel and is older than what it is made of.

    The library looks at a kernel's own module alone, not at those that are compiled into it. What
    another process compiles meanwhile stays.
    """
    newest = _newest(Path(dispatcher.py_func.__code__.co_filename))
    for path in kept_in(dispatcher).glob("*.nb[ci]"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < newest:
                path.unlink()


def _newest(source: Path) -> float:
    """Return when the modules of kernels were changed last."""
    modules = (source.with_stem(stem) for stem in COMPILED)
    return max((path.stat().st_mtime for path in modules if path.exists()), default=0.0)


def seeded(seed: int) -> NDArray[np.uint64]:
    """Return the state of a generator of random numbers, never 0."""
    # SplitMix64 (Steele, Lea and Flood 2014) spreads seeds that lie close together.
    mask = (1 << 64) - 1
    x = (seed + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return np.array([(x ^ (x >> 31)) or 1], dtype=np.uint64)


@inlined
def uniform(rng: NDArray[np.uint64]) -> float:
    """Return a number in [0, 1) by xorshift64* (Vigna 2016, ACM TOMS 42)."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * 2.0**-53


@inlined
def below(rng: NDArray[np.uint64], count: int) -> int:
    """Return a whole number from 0 to below a count."""
    return int(uniform(rng) * count)
