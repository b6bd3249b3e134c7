"""The parts themselves: what tests of engines rely on, and that nothing of them outlives a test run."""

import getpass
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from scripts.base_image import ImageUnavailable

from scripts import base_image
from tests.parts import slurm, slurmrestd
from tests.parts.containers import client
from tests.waiting import until

ROOT = Path(__file__).parents[2]
KILLED_BY_KERNEL = 137
MIB = 2**20
TOO_MUCH = "x = b'x' * (300 << 20); import time; time.sleep(60)"


@pytest.fixture(params=["podman_url", "dockerd_url"])
def runtime(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Either container runtime."""
    with client(Path(request.getfixturevalue(request.param).removeprefix("unix://"))) as runtime:
        yield runtime


@contextmanager
def container(runtime: httpx.Client, image: str, *command: str, **host: object) -> Iterator[str]:
    """A container as locked up as those of jobs, which runs; gives its id."""
    closed = {"NetworkMode": "none", "ReadonlyRootfs": True, "CapDrop": ["ALL"], "Init": True, "PidsLimit": 50}
    body = {"Image": image, "Cmd": command, "User": "65534:65534", "HostConfig": closed | host}
    created = runtime.post("/containers/create", json=body).raise_for_status().json()["Id"]
    try:
        runtime.post(f"/containers/{created}/start").raise_for_status()
        yield created
    finally:
        runtime.delete(f"/containers/{created}", params={"force": "true"}).raise_for_status()


def test_a_container_runs_and_prints(runtime: httpx.Client, seed_image: str) -> None:
    script = "id -u; python3 -c 'import ctypes, decimal, hashlib, json, sqlite3, ssl; print(json.dumps([1]))'; touch /x || exit 3"
    with container(runtime, seed_image, "sh", "-c", script) as created:
        assert runtime.post(f"/containers/{created}/wait").json()["StatusCode"] == 3
        log = runtime.get(f"/containers/{created}/logs", params={"stdout": "true"}).content
    frames = [log[start : start + size] for start, size in framed(log)]
    assert b"".join(frames) == b"65534\n[1]\n"


def framed(log: bytes) -> Iterator[tuple[int, int]]:
    """Where the frames of a log are, and their sizes in bytes."""
    position = 0
    while position < len(log):
        size = int.from_bytes(log[position + 4 : position + 8], "big")
        yield position + 8, size
        position += 8 + size


def test_a_container_has_no_more_memory_than_its_limit(runtime: httpx.Client, seed_image: str) -> None:
    limit = {"Memory": 64 * MIB, "MemorySwap": 64 * MIB}
    with container(runtime, seed_image, "python3", "-c", TOO_MUCH, **limit) as created:
        assert runtime.post(f"/containers/{created}/wait").json()["StatusCode"] == KILLED_BY_KERNEL


def submit(conf: Path, script: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Submit a job to the cluster and wait for its end."""
    command = ["sbatch", "--wait", "--parsable", f"--job-name=parts-{uuid4().hex}", *options, f"--wrap={script}"]
    return subprocess.run(command, env=os.environ | {"SLURM_CONF": str(conf)}, capture_output=True, text=True, check=False)


def test_a_job_runs_on_the_cluster(slurm_conf: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    assert submit(slurm_conf, "echo on $SLURMD_NODENAME; exit 3", f"--output={output}", "--nodelist=n2").returncode == 3
    assert until(output.read_text) == "on n2\n"


def test_a_job_has_no_more_memory_than_its_limit(slurm_conf: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    script = f'{sys.executable} -c "{TOO_MUCH}"'
    ended = submit(slurm_conf, script, f"--output={output}", "--mem=64M")
    assert ended.returncode != 0
    assert "exceeded memory limit" in until(output.read_text)


def test_the_cluster_answers_by_rest(slurmrestd_socket: Path, slurm_conf: Path) -> None:
    headers = {"X-SLURM-USER-NAME": getpass.getuser(), "X-SLURM-USER-TOKEN": slurm.token(slurm_conf)}
    with client(slurmrestd_socket) as cluster:
        listed = cluster.get(f"/slurm/{slurmrestd.API}/nodes", headers=headers).raise_for_status().json()["nodes"]
    assert tuple(sorted(node["name"] for node in listed)) == slurm.NODES


LEFT_RUNNING = """
import subprocess, os, signal
from pathlib import Path
from tests.parts.containers import SEED_IMAGE, client

def test_it(podman_url, dockerd_url, slurm_conf):
    for url in (podman_url, dockerd_url):
        with client(Path(url.removeprefix("unix://"))) as runtime:
            body = {"Image": SEED_IMAGE, "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}
            created = runtime.post("/containers/create", json=body).raise_for_status().json()["Id"]
            runtime.post(f"/containers/{created}/start").raise_for_status()
    job = ["sbatch", "--output=/dev/null", "--wrap=setsid sleep 1000 & sleep 1000"]
    subprocess.run(job, env=os.environ | {"SLURM_CONF": str(slurm_conf)}, check=True)
    print("running", slurm_conf.parent.parent, flush=True)
    input()
"""


CLUSTER_LEFT_RUNNING = """
from tests.parts import kubernetes
from tests.parts.kubernetes_files import NAMESPACE
from tests.waiting import until

def test_it(kubeconfig, seed_image):
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
    container = {"name": "job", "image": seed_image, "command": ["sleep", "1000"]}
    with kubernetes.client(kubeconfig.with_name("admin.conf")) as api:
        api.post(pods, json={"metadata": {"name": "left"}, "spec": {"containers": [container]}}).raise_for_status()
        until(lambda: api.get(f"{pods}/left").json()["status"].get("phase") == "Running")
    print("running", kubeconfig.parent.parent, flush=True)
    input()
"""


@pytest.mark.usefixtures("kubeconfig")
@pytest.mark.timeout(1800)
def test_nothing_of_a_cluster_outlives_the_run(tmp_path: Path) -> None:
    check_nothing_outlives(tmp_path, CLUSTER_LEFT_RUNNING, signal.SIGKILL)


@pytest.mark.usefixtures("podman_url", "dockerd_url", "slurm_conf")  # leaves the test out where there are none
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, None], ids=["killed", "interrupted", "ended"])
def test_nothing_outlives_the_run(tmp_path: Path, end: signal.Signals | None) -> None:
    check_nothing_outlives(tmp_path, LEFT_RUNNING, end)


def check_nothing_outlives(tmp_path: Path, text: str, end: signal.Signals | None) -> None:
    """Run a test that leaves something running, and end the run so."""
    (tmp_path / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-sq", "-p", "no:cacheprovider", "-p", "tests.parts.plugin", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        place = next(line for line in run.stdout if line.startswith("running ")).split()[1]
        assert in_use(place)
        if end:
            run.send_signal(end)
        run.communicate("\n")
    until(lambda: not in_use(place))
    until(lambda: not Path(place).exists())


def in_use(place: str) -> list[str]:
    """Processes and mounts that have to do with a directory."""
    processes = [line for line in (command(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()) if place in line]
    return processes + [line for line in Path("/proc/self/mounts").read_text().splitlines() if place in line]


def command(process: Path) -> str:
    """What a process of /proc was called with and in which environment; empty when it has ended."""
    try:
        return (process / "cmdline").read_text() + (process / "environ").read_text(errors="replace")
    except OSError:
        return ""


NEEDS = ("podman_url", "dockerd_url", "slurm_conf", "kubeconfig")
NEEDS_ALL = "\n\n".join(f"def test_{name}({name}): pass" for name in NEEDS)


def run_without_parts(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tests where no part can be had."""
    (directory / "test_parts.py").write_text(NEEDS_ALL)
    (directory / "nowhere.py").write_text("from tests.parts import daemons\n\ndaemons.PATH = '/nowhere'\n")
    options = ["-ra", "-p", "no:cacheprovider", "-p", "nowhere", "-p", "tests.parts.plugin"]
    command = [sys.executable, "-m", "pytest", *options, str(directory)]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("JOBSVC_REQUIRE_")}
    variables |= environment | {"PYTHONPATH": str(directory)}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_what_is_left_out_is_said_and_does_not_pass(tmp_path: Path) -> None:
    run = run_without_parts(tmp_path)
    assert (run.returncode, "4 skipped" in run.stdout, "passed" in run.stdout) == (0, True, False), run.stdout
    assert "Slurm tests left out: slurmctld is not installed (apt-get install slurm-wlm); docs/" in run.stdout
    assert "Container tests left out: " in run.stdout
    assert "Kubernetes tests left out: " in run.stdout


def test_where_parts_are_required_their_absence_is_a_failure(tmp_path: Path) -> None:
    run = run_without_parts(tmp_path, JOBSVC_REQUIRE_CONTAINERS="1", JOBSVC_REQUIRE_SLURM="1", JOBSVC_REQUIRE_KUBERNETES="1")
    assert (run.returncode, "4 errors" in run.stdout) == (1, True), run.stdout


def test_an_image_without_a_static_busybox_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "busybox").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ImageUnavailable, match="is not a static busybox"):
        base_image.build(tmp_path / "image.tar")
    assert [file.name for file in tmp_path.iterdir()] == ["busybox"]


@pytest.mark.usefixtures("podman_url")  # leaves the test out where there is no busybox
def test_an_image_can_be_made_without_python(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.base_image", str(tmp_path / "image.tar")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with closing(tarfile.open(tmp_path / "image.tar")) as archive:
        names = archive.getnames()
    assert "bin/sh" in names
    assert not any("python" in name for name in names)
