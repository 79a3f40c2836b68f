"""Settings and fixtures that hold for all tests."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from routeplan.cli.language import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

# Tests begin many processes, which import the package anew: what the first compiles is kept.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How long an example takes says more of the machine than of the code.
settings.register_profile("routeplan", deadline=None)
settings.load_profile("routeplan")

# The most examples of any test, so that all tests end in minutes; the environment variable lets
# them have more, or fewer where it is the native library that is watched.
MOST_EXAMPLES, USUAL = "ROUTEPLAN_MOST_EXAMPLES", 30


def pytest_xdist_auto_num_workers() -> int:
    """Let there be a worker more than processors: tests of pages wait half of their time."""
    return 1 + (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests have no more examples than that, whatever they say themselves."""
    most = int(os.environ.get(MOST_EXAMPLES, USUAL))
    for item in items:
        test = getattr(item, "obj", None)
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if isinstance(own, settings):
            fewer = settings(own, max_examples=min(own.max_examples, most))
            test._hypothesis_internal_use_settings = fewer  # type: ignore[union-attr]


@pytest.fixture(scope="session", autouse=True)
def _heeds_ctrl_c() -> None:
    """Hear Ctrl-C, here and in processes begun here: a shell's background jobs are made deaf."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what tests read of roads where it is taken away again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROUTEPLAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _in_english() -> Iterator[None]:
    """Write messages in English, whatever the language of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SYSTEM:
            patch.delenv(name, raising=False)
        patch.setenv("LANG", "C.UTF-8")
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        chromium.close()
