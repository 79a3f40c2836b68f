"""A Dask cluster that is not as it should be: each fault is told, with nothing lost."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from routeplan import cli
from routeplan.analysis import Runner, cluster
from routeplan.errors import InputError, RouteplanError
from tests.analysis.test_runner import six

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def test_a_cluster_without_workers_is_told_and_not_waited_for_without_end(
    without_workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(cluster, "WITHOUT_WORKERS_SECONDS", 0.3)
    notes: list[str] = []
    with pytest.raises(RouteplanError, match="the cluster has had no workers for"):
        Runner(scheduler=without_workers, note=notes.append).plan(six()[:1])
    assert notes == ["the cluster has no workers: waiting for some that have routeplan installed"]


def _without_routeplan(_task: object) -> str:
    raise ModuleNotFoundError("No module named 'routeplan'")


def test_workers_without_routeplan_are_told() -> None:
    with (
        distributed.LocalCluster(
            n_workers=1,
            processes=False,
            host="127.0.0.1",
            protocol="tcp",
            worker_dashboard_address=None,
            dashboard_address="127.0.0.1:0",
        ) as local,
        pytest.raises(RouteplanError, match="workers of the cluster cannot plan: No module named"),
    ):
        list(cluster.on_cluster(_without_routeplan, {"a": 1}, local.scheduler_address, print))


def test_a_scheduler_that_is_killed_is_told_and_what_is_done_is_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    with subprocess.Popen(  # noqa: S603  # of this test
        [*command, "--port", "0", "--no-dashboard"], stderr=subprocess.PIPE, text=True
    ) as scheduler:
        assert scheduler.stderr is not None
        found = (re.search(r"Scheduler at: +(tcp://\S+)", line) for line in scheduler.stderr)
        address = next(match[1] for match in found if match)
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
        with subprocess.Popen(  # noqa: S603  # of this test
            [*worker, "--nthreads", "1", "--no-dashboard"], stderr=subprocess.DEVNULL
        ) as working:

            def kill(done: int, _: int) -> None:
                if done == 2:
                    os.kill(scheduler.pid, signal.SIGKILL)

            try:
                with pytest.raises(RouteplanError, match=r"is lost; \d of 6 are done, and kept"):
                    Runner(tmp_path, scheduler=address, report=kill).plan(six())
            finally:
                working.kill()
                scheduler.kill()
    assert len(list(tmp_path.iterdir())) >= 2
