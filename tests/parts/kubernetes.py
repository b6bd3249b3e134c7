"""A Kubernetes cluster of one node on this machine: a real control plane, a kubelet, and containers of containerd."""

import contextlib
import json
import os
import shlex
import shutil
import ssl
import subprocess
import tarfile
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.parts import kube_program, kubernetes_files, kubernetes_node
from tests.parts.containers import SEED_IMAGE
from tests.parts.daemons import Part, PartUnavailable, program, run_part, socket_in
from tests.parts.kubernetes_files import ADMIN, HOST, NAMESPACE, WORKER
from tests.parts.ports import free_ports

NODE = "localhost"
AUDIT_LOG = "audit.log"
ROLE = Path(__file__).parents[2] / "deploy" / "kubernetes" / "role.yaml"
_SYSCTLS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward")
"""What the kubelet and the network of pods set on the machine."""
_AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "users": [kubernetes_files.WORKER_USER]}, {"level": "None"}],
}


def start(directory: Path, owner_gone: int, archive: Path) -> Path:
    """Start the cluster with everything in `directory`. Raises as `run_part` does.

    `archive` is that of the image of the tests. The result is the kubeconfig of a worker; `ADMIN` has one beside it.
    """
    if os.geteuid() != 0:
        raise PartUnavailable("only root can run containers here")
    programs = _programs()
    socket = socket_in(directory, "containerd.sock")
    pods = _set_up(directory, socket)
    api_port, etcd_port, peer_port, kubelet_port = free_ports(4)
    kubernetes_files.write_credentials(directory, f"https://{HOST}:{api_port}", pods)
    kubernetes_node.configure_kubelet(directory, socket, kubelet_port)
    daemons = {
        "etcd": _etcd(directory, programs["etcd"], etcd_port, peer_port),
        "containerd": [programs["containerd"], "--config", str(directory / "containerd.toml")],
        "apiserver": _again(_apiserver(directory, programs["kube"], api_port, etcd_port)),
        "controllers": _again(_controllers(directory, programs["kube"]), directory / "answers"),
        "scheduler": _again(_scheduler(directory, programs["kube"]), directory / "answers"),
        "kubelet": _again(_kubelet(directory, programs["kube"]), directory / "has-images"),
    }
    cluster = _Cluster(directory, programs["ctr"], socket, archive)
    run_part(directory, Part(daemons, restored=_as_it_was(directory.parent)), owner_gone, cluster.is_ready)
    return directory / f"{WORKER}.conf"


def client(kubeconfig: Path) -> httpx.Client:
    """HTTP to the API server as the user of a kubeconfig."""
    content = json.loads(kubeconfig.read_text())
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    trust = ssl.create_default_context(cafile=cluster["certificate-authority"])
    headers = {"Authorization": f"Bearer {user['token']}"}
    return httpx.Client(base_url=cluster["server"], verify=trust, headers=headers, timeout=20)


def apply(api: httpx.Client, file: Path) -> None:
    """Make what a file describes, in the namespace of the tests."""
    for item in yaml.safe_load_all(file.read_text()):
        version, kind = item["apiVersion"], item["kind"].lower()
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        api.post(f"{root}/namespaces/{NAMESPACE}/{kind}s", json=item).raise_for_status()


def _programs() -> dict[str, str]:
    try:
        kube = kube_program.ready()
    except kube_program.NotBuilt as error:
        raise PartUnavailable(str(error)) from error
    if not Path("/usr/lib/cni/ptp").exists():
        raise PartUnavailable("the networks of pods are not installed (apt-get install containernetworking-plugins)")
    packages = {"etcd": "etcd-server", "containerd": "containerd", "ctr": "containerd", "runc": "runc", "catatonit": "catatonit"}
    return {"kube": str(kube)} | {name: program(name, package) for name, package in packages.items()}


def _as_it_was(place: Path) -> dict[str, str]:
    """What the machine was set to before the first cluster of this test run."""
    noted = place / "sysctls.json"
    if not noted.exists():
        noted.write_text(json.dumps({f"/proc/sys/{name}": Path(f"/proc/sys/{name}").read_text() for name in _SYSCTLS}))
    before: dict[str, str] = json.loads(noted.read_text())
    return before


def _set_up(directory: Path, socket: Path) -> IPv4Network:
    kind = ["stat", "--file-system", "--format=%T", str(directory)]
    on_top_of_itself = "overlay" in subprocess.run(kind, capture_output=True, text=True, check=True).stdout
    (directory / "audit.json").write_text(json.dumps(_AUDIT))
    return kubernetes_node.configure(directory, socket, "native" if on_top_of_itself else "overlayfs")


def _again(command: list[str], once: Path | None = None) -> list[str]:
    """A daemon that is started again when it has ended, as those of a cluster are; the first time when a file is there."""
    waiting = f"until [ -e {shlex.quote(str(once))} ]; do sleep 0.05; done; " if once else ""
    return ["/bin/sh", "-c", f"{waiting}while :; do {shlex.join(command)}; sleep 0.3; done"]


def _etcd(directory: Path, etcd: str, port: int, peer_port: int) -> list[str]:
    client_url, peer_url = f"http://{HOST}:{port}", f"http://{HOST}:{peer_port}"
    urls = {
        "listen-client-urls": client_url,
        "advertise-client-urls": client_url,
        "listen-peer-urls": peer_url,
        "initial-advertise-peer-urls": peer_url,
        "initial-cluster": f"default={peer_url}",
        "data-dir": str(directory / "etcd"),
    }
    return [etcd, *(f"--{name}={value}" for name, value in urls.items()), "--unsafe-no-fsync"]


def _apiserver(directory: Path, kube: str, port: int, etcd_port: int) -> list[str]:
    flags = {
        "etcd-servers": f"http://{HOST}:{etcd_port}",
        "bind-address": HOST,
        "advertise-address": "192.0.2.2",
        "secure-port": port,
        "tls-cert-file": directory / "apiserver.crt",
        "tls-private-key-file": directory / "apiserver.key",
        "client-ca-file": directory / "ca.crt",
        "kubelet-client-certificate": directory / "kubelet-client.crt",
        "kubelet-client-key": directory / "kubelet-client.key",
        "kubelet-preferred-address-types": "Hostname",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": directory / "accounts.pub",
        "service-account-signing-key-file": directory / "accounts.key",
        "token-auth-file": directory / "tokens.csv",
        "authorization-mode": "RBAC",
        "endpoint-reconciler-type": "none",
        "service-cluster-ip-range": "10.0.0.0/24",
        "audit-policy-file": directory / "audit.json",
        "audit-log-path": directory / AUDIT_LOG,
        "shutdown-delay-duration": "0s",
    }
    return [kube, "apiserver", *(f"--{name}={value}" for name, value in flags.items())]


def _controllers(directory: Path, kube: str) -> list[str]:
    flags = {
        "kubeconfig": directory / f"{ADMIN}.conf",
        "bind-address": HOST,
        "secure-port": 0,
        "leader-elect": "false",
        "service-account-private-key-file": directory / "accounts.key",
        "root-ca-file": directory / "ca.crt",
        "node-monitor-grace-period": "8s",
        "node-monitor-period": "1s",
        "kube-api-qps": 200,
        "kube-api-burst": 400,
        "concurrent-job-syncs": 20,
        "horizontal-pod-autoscaler-sync-period": "2s",
    }
    return [kube, "controllers", *(f"--{name}={value}" for name, value in flags.items())]


def _scheduler(directory: Path, kube: str) -> list[str]:
    flags = {
        "kubeconfig": directory / f"{ADMIN}.conf",
        "bind-address": HOST,
        "secure-port": 0,
        "leader-elect": "false",
    }
    return [kube, "scheduler", *(f"--{name}={value}" for name, value in flags.items())]


def _kubelet(directory: Path, kube: str) -> list[str]:
    flags = {
        "config": directory / "kubelet.json",
        "kubeconfig": directory / f"{ADMIN}.conf",
        "root-dir": directory / "kubelet",
        "cert-dir": directory / "kubelet-certificates",
        "hostname-override": NODE,
    }
    return [kube, "kubelet", *(f"--{name}={value}" for name, value in flags.items())]


class _Cluster:
    """What is done while the parts start, each as soon as it can be."""

    def __init__(self, directory: Path, ctr: str, socket: Path, archive: Path) -> None:
        self._directory = directory
        self._ctr = [ctr, "--address", str(socket), "--namespace", "k8s.io"]
        self._archive = archive

    def is_ready(self) -> bool:
        """Whether pods can run; OSError while nobody answers."""
        images = self._directory / "has-images"
        if not images.exists():
            self._import(_oci(self._directory / "seed.tar", self._archive, SEED_IMAGE, ["/bin/sh"]))
            self._import(_pause(self._directory / "pause.tar"))
            images.touch()
        try:
            return self._answers()
        except httpx.TransportError as error:
            raise OSError(str(error)) from error

    def _import(self, archive: Path) -> None:
        command = [*self._ctr, "images", "import", str(archive)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise OSError(done.stderr)

    def _answers(self) -> bool:
        with client(self._directory / f"{ADMIN}.conf") as api:
            if api.get("/readyz").status_code != httpx.codes.OK:
                return False
            (self._directory / "answers").touch()
            if api.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}}).status_code == httpx.codes.CREATED:
                apply(api, ROLE)
            account = api.get(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default")
            if account.status_code != httpx.codes.OK:
                return False
            return any(_is_ready(node) for node in api.get("/api/v1/nodes").json()["items"])


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = {item["type"]: item["status"] for item in node["status"].get("conditions", ())}
    return conditions.get("Ready") == "True" and not node["spec"].get("taints")


def _pause(target: Path) -> Path:
    """The archive of the image that holds the namespaces of a pod: a program that waits, and sees off who has ended."""
    root = target.with_name("pause-root.tar")
    with tarfile.open(root, "w") as archive:
        archive.add(Path(program("catatonit", "catatonit")).resolve(), "catatonit")
    return _oci(target, root, kubernetes_node.PAUSE_IMAGE, ["/catatonit", "-P"])


def _oci(target: Path, root: Path, name: str, entry: list[str]) -> Path:
    """An archive that containerd imports as the image `name`, of the file system in the archive `root`."""
    from hashlib import sha256  # noqa: PLC0415

    place = target.with_name(f"{target.stem}-image")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    layer = sha256(root.read_bytes()).hexdigest()
    shutil.copyfile(root, place / "layer.tar")
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": entry, "Env": ["PATH=/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
    }
    (place / "config.json").write_text(json.dumps(config))
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    (place / "manifest.json").write_text(json.dumps(manifest))
    with contextlib.closing(tarfile.open(target, "w")) as archive:
        for item in ("manifest.json", "config.json", "layer.tar"):
            archive.add(place / item, item)
    shutil.rmtree(place)
    return target
