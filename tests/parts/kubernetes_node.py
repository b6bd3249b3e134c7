"""The node of the cluster of tests: what its container runtime, its network and its kubelet are told."""

import json
import secrets
from ipaddress import IPv4Network
from pathlib import Path

from tests.parts.kubernetes_files import HOST

PAUSE_IMAGE = "localhost/jobsvc-pause:1"
_CONTAINERD = """
version = 2
root = "{directory}/containerd/root"
state = "{directory}/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{snapshotter}"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{directory}/cni"
[plugins."io.containerd.internal.v1.opt"]
  path = "{directory}/containerd/opt"
"""


def configure(directory: Path, socket: Path, snapshotter: str) -> IPv4Network:
    """Write what containerd and its network are told; gives the network of the pods."""
    (directory / "containerd.toml").write_text(
        _CONTAINERD.format(directory=directory, socket=socket, pause=PAUSE_IMAGE, snapshotter=snapshotter)
    )
    (directory / "cni").mkdir()
    # Another one for each cluster: the routes are those of the machine.
    subnet = IPv4Network(f"10.{200 + secrets.randbelow(50)}.{secrets.randbelow(256)}.0/24")
    plugin = {"type": "ptp", "ipam": {"type": "host-local", "subnet": str(subnet), "dataDir": str(directory / "addresses")}}
    content = {"cniVersion": "0.4.0", "name": "tests", "plugins": [plugin]}
    (directory / "cni" / "10-tests.conflist").write_text(json.dumps(content))
    return subnet


def configure_kubelet(directory: Path, socket: Path, port: int) -> Path:
    """Write what the kubelet is told: as little as possible of the machine is its own."""
    content = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": HOST,
        "port": port,
        "healthzPort": 0,
        "containerRuntimeEndpoint": f"unix://{socket}",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": str(directory / "ca.crt")},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "tlsCertFile": str(directory / "kubelet.crt"),
        "tlsPrivateKeyFile": str(directory / "kubelet.key"),
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "failCgroupV1": False,
        "maxOpenFiles": 20_000,
        "maxPods": 200,
        "oomScoreAdj": 0,
        "makeIPTablesUtilChains": False,
        "resolvConf": "",
        "podLogsDir": str(directory / "logs"),
        "volumePluginDir": str(directory / "plugins"),
        "staticPodPath": "",
        # Containerd 1.6 drops lines of a log that is rotated while it grows, so only a test about that has so much.
        "containerLogMaxSize": "6Mi",
        "containerLogMonitorInterval": "3s",
        "imageGCHighThresholdPercent": 100,
        # A machine of tests may be full, and its jobs are small.
        "evictionHard": {"memory.available": "1Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "nodeStatusUpdateFrequency": "1s",
        "nodeLeaseDurationSeconds": 8,
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 400,
        "eventRecordQPS": 0,
        "featureGates": {"KubeletInUserNamespace": True},
    }
    file = directory / "kubelet.json"
    file.write_text(json.dumps(content))
    return file
