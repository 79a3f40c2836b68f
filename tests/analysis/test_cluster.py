"""A Dask cluster that is not as it should be: each fault is told, with nothing lost."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from routeplan import cli
from routeplan.analysis import Runner, Variant, cluster, remote, vary
from routeplan.analysis.pools import Task, plan_from_entry
from routeplan.audit import audit_plan
from routeplan.errors import InputError, RouteplanError
from routeplan.formats import problem_to_json
from routeplan.planner import Options
from tests.analysis.test_runner import six
from tests.bench.districts import make_district
from tests.helpers import paths

if TYPE_CHECKING:
    from collections.abc import Iterator

distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")


@pytest.fixture
def port() -> Iterator[socket.socket]:
    """Return a port that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture(scope="module")
def without_workers() -> Iterator[str]:
    """Return the address of a scheduler that has no workers."""
    with distributed.LocalCluster(
        n_workers=0,
        processes=False,
        host="127.0.0.1",
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
    ) as local:
        yield local.scheduler_address


def address_of(server: socket.socket) -> str:
    return f"tcp://127.0.0.1:{server.getsockname()[1]}"


def test_a_port_that_says_nothing_is_no_scheduler(
    port: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.2)
    with pytest.raises(InputError, match=r"no scheduler answers at .*: nothing came in 0\.2 s"):
        Runner(scheduler=address_of(port)).plan(six()[:1])


def test_a_port_where_nobody_listens_is_no_scheduler() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = address_of(server)
    with pytest.raises(InputError, match="no scheduler answers at"):
        Runner(scheduler=address).plan(six()[:1])


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP", b""])
def test_another_program_is_no_scheduler(port: socket.socket, greeting: bytes) -> None:
    def answer() -> None:
        connection, _ = port.accept()
        connection.sendall(greeting)
        connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    with pytest.raises(InputError, match=r"no scheduler answers at .*what answers there is not"):
        Runner(scheduler=address_of(port)).plan(six()[:1])
    thread.join()


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "tcp://127.0.0.1",
        "http://127.0.0.1:8786",
        "inproc://x",
        "tcp://h:0",
        "",
        "tcp://",
    ],
)
def test_a_nonsense_address_is_refused_before_anything_is_read(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "sweep.toml"
    missing.write_text("")
    with pytest.raises(SystemExit) as ended:
        cli.main(["sweep", str(missing), "--scheduler", address])
    assert ended.value.code == InputError.exit_code
    assert "is not like tcp://host:port" in capsys.readouterr().err


def test_a_scheduler_of_another_version_is_refused(
    without_workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_version_there", lambda _address: "2023.5.0")
    with pytest.raises(InputError, match=r"has distributed 2023\.5\.0, but here is"):
        Runner(scheduler=without_workers).plan(six()[:1])


def test_a_cluster_without_workers_is_told_at_once(
    without_workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "NO_WORKERS_SECONDS", 0.2)
    with pytest.raises(RouteplanError, match=f"no workers; .*: dask worker {without_workers}"):
        Runner(scheduler=without_workers).plan(six()[:1])


def test_all_limits_of_a_faulty_cluster_together_are_below_ten_seconds() -> None:
    for later in (cluster.NO_WORKERS_SECONDS, cluster.WORKER_SECONDS):
        assert later < 10
    assert 2 * cluster.PATIENCE_SECONDS < 10


@contextlib.contextmanager
def started(*arguments: str, heard: str, path: Path | None = None) -> Iterator[str]:
    """Start a command of Dask; return what it says where a pattern matches."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    command = [sys.executable, "-m", "dask", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603
        assert process.stderr is not None
        found = (re.search(heard, line) for line in process.stderr)
        said = next(match[1] for match in found if match)
        # What is written later must not block it.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        try:
            yield said
        finally:
            process.kill()


SCHEDULER = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
WORKER = ("--nthreads", "1", "--no-dashboard", "--no-nanny")
SCHEDULER_AT, WORKER_AT = r"Scheduler at: +(tcp://\S+)", r"Registered to: +(tcp://\S+)"
BLOCK = """\
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "routeplan":
            raise ModuleNotFoundError("No module named 'routeplan'")

sys.meta_path.insert(0, Blocked())
"""


def test_a_worker_without_routeplan_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BLOCK)
    with (
        started(*SCHEDULER, heard=SCHEDULER_AT, path=tmp_path) as address,
        started("worker", address, *WORKER, heard=WORKER_AT, path=tmp_path),
        pytest.raises(RouteplanError) as caught,
    ):
        Runner(scheduler=address).plan(six()[:1])
    (fault,) = caught.value.faults
    assert fault.where.startswith("tcp://127.0.0.1:")
    assert fault.message == "cannot plan: No module named 'routeplan'"
    assert fault.hint == "install this very version of routeplan there, and start the worker again"


@pytest.fixture(scope="module")
def workers() -> Iterator[str]:
    """Return the address of a scheduler, which has no routeplan itself, with a worker."""
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.ExitStack() as stack,
    ):
        (Path(folder) / "sitecustomize.py").write_text(BLOCK)
        address = stack.enter_context(started(*SCHEDULER, heard=SCHEDULER_AT, path=Path(folder)))
        stack.enter_context(started("worker", address, *WORKER, heard=WORKER_AT))
        yield address


def test_a_worker_with_other_code_of_the_same_version_is_named(
    workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = remote.code_hash()
    monkeypatch.setattr(cluster, "code_hash", lambda: "0123456789ab")
    with pytest.raises(RouteplanError, match=f"routeplan {own}; but here are .* 0123456789ab"):
        Runner(scheduler=workers).plan(six()[:1])
    monkeypatch.undo()
    with pytest.raises(ImportError, match="another version of routeplan"):
        remote.plan_plain("", None, {}, None, code="0123456789ab")


def test_variants_of_a_problem_send_it_once(workers: str) -> None:
    problem = make_district(3, 2, 2, 1, seed=1)
    pool = cluster.Cluster(workers, print)
    text = problem_to_json(problem)
    for crews in (1, 2, 3):
        task = Task(text, Variant(crews=crews), Options(iterations=2), None)
        pool.submit(f"crews-{crews}", task)
    found: dict[str, str] = {}
    while len(found) < 3:
        found |= dict(pool.wait())
    assert len(pool._problems) == 1
    pool.close(kill=False)
    plans = [plan_from_entry(found[f"crews-{crews}"]) for crews in (1, 2, 3)]
    varied = [vary(problem, Variant(crews=crews)) for crews in (1, 2, 3)]
    assert all(not audit_plan(p, plan) for p, plan in zip(varied, plans, strict=True) if plan)
    assert None not in plans


README = (paths.ROOT / "routeplan" / "analysis" / "README.md").read_text(encoding="utf-8")


def test_the_deployment_of_the_readme_plans_a_sweep_on_two_workers(tmp_path: Path) -> None:
    block = re.search(r"```sh\n(dask scheduler.*?)```", README, re.DOTALL)
    assert block is not None
    scheduler, *workers, sweep = (shlex.split(line) for line in block[1].splitlines())
    assert [line[:2] for line in workers] == [["dask", "worker"]] * 2
    (tmp_path / "problem.json").write_text(problem_to_json(six()[0].problem))
    lines = ['format = "routeplan-sweep"', "version = 1", 'scenario = "problem.json"']
    lines += ["grid.nights = [0, 1, 2]", "search.iterations = 2"]
    (tmp_path / sweep[2]).write_text("\n".join(lines))
    port = scheduler[scheduler.index("--port") + 1]
    scheduler[scheduler.index("--port") + 1] = "0"
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(started(*scheduler[1:], heard=SCHEDULER_AT))
        named = f"tcp://127.0.0.1:{port}"
        for line in workers:
            arguments = [address if word == named else word for word in line[1:]]
            stack.enter_context(started(*arguments, heard=WORKER_AT))
        arguments = [address if word == named else word for word in sweep[1:]]
        command = [sys.executable, "-m", "routeplan", *arguments, "-q"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "outputs" / "sweep" / "plans").iterdir())) == 3


def test_a_scheduler_that_is_killed_is_told_and_what_is_done_is_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    with subprocess.Popen(  # noqa: S603  # of this test
        [*command, "--port", "0", "--no-dashboard"], stderr=subprocess.PIPE, text=True
    ) as scheduler:
        assert scheduler.stderr is not None
        found = (re.search(r"Scheduler at: +(tcp://\S+)", line) for line in scheduler.stderr)
        address = next(match[1] for match in found if match)
        with started("worker", address, *WORKER, heard=WORKER_AT):

            def kill(done: int, _: int) -> None:
                if done == 2:
                    os.kill(scheduler.pid, signal.SIGKILL)

            try:
                with pytest.raises(RouteplanError, match=r"is lost; \d of 6 are done, and kept"):
                    Runner(tmp_path, scheduler=address, report=kill).plan(six())
            finally:
                scheduler.kill()
    assert len(list(tmp_path.iterdir())) >= 2
