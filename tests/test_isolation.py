"""A command opens no connection but `fetch`, and no process runs code of the current folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from routeplan.analysis import pools
from routeplan.cli import doctor, fetch_osm, main
from routeplan.errors import RouteplanError
from routeplan.isolation import child_environment, isolated
from routeplan.planner.ortools_routing import engine as routing
from tests.helpers import paths
from tests.test_offline import environment_of, lay_traps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROOT = paths.ROOT


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Whatever connects to it waits in its queue until it is heard."""
    with socket.socket() as heard:
        heard.bind(("127.0.0.1", 0))
        heard.listen()
        heard.settimeout(0)
        yield heard


def is_heard(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def send(address: tuple[str, int]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.sendto(b"Aq", address)


def bind(_: tuple[str, int]) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))


CALLS: list[Callable[[tuple[str, int]], Any]] = [
    lambda address: socket.create_connection(address, 1),
    lambda address: socket.socket().connect_ex(address),
    lambda address: socket.getaddrinfo(*address),
    lambda address: socket.gethostbyname(address[0]),
    lambda address: socket.gethostbyaddr(address[0]),
    lambda address: socket.getnameinfo(address, 0),
    send,
    bind,
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_command_but_fetch_is_refused_connections(
    call: Callable[[tuple[str, int]], Any],
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = listener.getsockname()
    refused: dict[str, bool] = {}

    def connect(**_: object) -> int:
        name = click.get_current_context().info_name or ""
        try:
            call(address)
        except PermissionError as error:
            refused[name] = "no connection is opened but by `fetch`" in str(error)
        else:
            refused[name] = False
        return 0

    monkeypatch.setattr(doctor.doctor, "callback", connect)
    monkeypatch.setattr(fetch_osm.fetch_osm, "callback", connect)
    for line in (["doctor"], ["fetch osm", "--bbox", "48,70,49,71", "-o", "a.osm"]):
        with pytest.raises(SystemExit) as ended:
            main(line)
        assert ended.value.code == 0
        if line == ["doctor"]:
            assert not is_heard(listener)
    assert refused == {"doctor": True, "fetch osm": False}
    # What uses the package, and not the command line, connects as it likes.
    call(address)


def test_processes_of_one_machine_talk_to_each_other(tmp_path: Path) -> None:
    with isolated(), socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
        one.bind(str(tmp_path / "s"))
        one.listen()
        other.connect(str(tmp_path / "s"))


def test_the_address_of_a_scheduler_is_the_only_one(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    with isolated(scheduler=f"tcp://localhost:{port}"):
        socket.create_connection(("localhost", port), 1).close()
        assert is_heard(listener)
        assert socket.getaddrinfo(host, port)
        for other in ((host, port + 1), ("127.0.0.2", port), ("localhost", port + 1)):
            with pytest.raises(PermissionError):
                socket.create_connection(other, 1)
    for named in ("", "localhost", "tcp://", "inproc://x", "tls://:9", "tcp://localhost:1e3"):
        with isolated(scheduler=named), pytest.raises(PermissionError):
            socket.create_connection((host, port), 1)


class Connecting:
    """What connects when it is unpickled."""

    def __init__(self, address: tuple[str, int], **values: Any) -> None:
        self.address = address
        self.__dict__.update(values)

    def __reduce__(self) -> tuple[Any, ...]:
        return socket.create_connection, (self.address, 1)


@pytest.mark.parametrize("offline", [True, False])
def test_processes_that_a_command_begins_are_refused_connections_too(
    listener: socket.socket, *, offline: bool
) -> None:
    task: Any = Connecting(listener.getsockname(), seconds=None)
    with isolated(offline=offline):
        with pytest.raises(RouteplanError, match="ended before its last result"):
            list(routing.routing_results(task))
        assert is_heard(listener) is not offline
        processes = pools.Processes(1)
        processes.submit("a", task)
        with pytest.raises((OSError, TypeError, AttributeError, RouteplanError)):
            list(iter(processes.wait, None))
        processes.close(kill=True)
        assert is_heard(listener) is not offline


# What an analyst's notebook does, whose folder stands first among those of modules.
NOTEBOOK = """\
import sys
import routeplan as rp
from tests.helpers.toy import toy_problem
from routeplan.analysis import Case, Runner
if __name__ == "__main__":
    problem = toy_problem()
    options = rp.Options(engine="routing", iterations=300, bound=False)
    for folders in (), ("",):
        # The second time, the notebook itself has loaded all that it needs.
        sys.path[:0] = folders
        plans = Runner(workers=1).plan([Case(problem, options)])
    print(plans[0] is not None)
"""


def run(command: list[str], folder: Path) -> str:
    """Run an interpreter in a folder full of traps; return what it printed and what was trapped."""
    lay_traps(folder)
    (folder / "bin").mkdir(exist_ok=True)
    environment = environment_of(folder)
    ended = subprocess.run(  # noqa: S603  # our own interpreter
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    notes = folder / "notes.txt"
    trapped = notes.read_text(encoding="utf-8") if notes.exists() else ""
    return ended.stdout + ended.stderr[-500:] * bool(ended.returncode) + trapped


def test_processes_of_a_notebook_take_no_module_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "notebook.py").write_text(NOTEBOOK, encoding="utf-8")
    assert run([sys.executable, str(tmp_path / "bin" / "notebook.py")], tmp_path) == "True\n"
    begun = (tmp_path / "begun.txt").read_text(encoding="utf-8")
    assert begun.count("routeplan.planner.ortools_routing.model") == 2


def test_the_package_run_as_a_module_takes_none_of_the_current_folder(tmp_path: Path) -> None:
    ask = "doctor", "--json"
    assert '"' in run([sys.executable, "-P", "-m", "routeplan", *ask], tmp_path)[-2_000:]
    assert not (tmp_path / "notes.txt").exists()
    # What Python itself looks for there, before it comes to the package, is beyond help.
    finding = "import runpy, pkgutil, sys; print(*sys.modules)"
    own = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-P", "-c", finding], capture_output=True, text=True, check=True
    )
    lay_traps(tmp_path)
    for name in own.stdout.split():
        (tmp_path / f"{name}.py").unlink(missing_ok=True)
    environment = environment_of(tmp_path)
    ended = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "routeplan", *ask], cwd=tmp_path, env=environment, check=False
    )
    assert ended.returncode == 0
    assert not (tmp_path / "notes.txt").exists()


def test_children_find_what_is_found_here_and_the_package_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", ".", "lib", str(tmp_path), "/opt/a", str(tmp_path / "b")])
    path = child_environment()["PYTHONPATH"].split(os.pathsep)
    assert path == ["/opt/a", str(tmp_path / "b"), str(ROOT)]


def test_what_a_command_changes_of_its_process_is_changed_back() -> None:
    before = dict(os.environ), list(sys.path)
    with isolated(), isolated(scheduler="tcp://127.0.0.1:9"):
        assert os.environ["PYTHONSAFEPATH"] == "1"
    assert (dict(os.environ), sys.path) == before
