"""What a job of the cluster is made of, where the cluster of the tests cannot show it."""

from pathlib import Path

import pytest

from jobsvc.engines.kubernetes.manifests import job, merged
from jobsvc.engines.kubernetes.options import CLAIM, HOST_PATH, KubernetesOptions, Volume
from jobsvc.ports.remote_engine import Bind, RunRejected, RunSpec


def spec(*binds: Bind, **options: object) -> RunSpec:
    """A run."""
    return RunSpec(
        "h", {"jobsvc.execution": "1"}, "image", ["echo", "$x"], {"A": "$B"}, binds, Path("/runs/h"), {"gpus": 2}, 60, options
    )


def test_directories_are_mounted_by_the_volume_that_they_are_in(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data")
    volumes = [Volume(tmp_path / "link", CLAIM, "stored"), Volume(tmp_path / "other", HOST_PATH, "/on/node")]
    binds = Bind(tmp_path / "data" / "a" / "b.txt", "/in"), Bind(tmp_path / "other", "/out", is_read_only=False)
    pod = job(spec(*binds), KubernetesOptions("n", volumes=volumes))["spec"]["template"]["spec"]
    assert pod["volumes"][2:] == [
        {"name": "v0", "persistentVolumeClaim": {"claimName": "stored"}},
        {"name": "v1", "hostPath": {"path": "/on/node", "type": "Directory"}},
    ]
    assert pod["containers"][0]["volumeMounts"][2:] == [
        {"name": "v0", "mountPath": "/in", "readOnly": True, "subPath": "a/b.txt"},
        {"name": "v1", "mountPath": "/out", "readOnly": False},
    ]


def test_a_directory_that_pods_do_not_see_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunRejected, match="JOBSVC_KUBERNETES_VOLUMES"):
        job(spec(Bind(tmp_path, "/in")), KubernetesOptions("n"))


def test_settings_say_where_pods_go_unless_the_job_type_does() -> None:
    options = KubernetesOptions("n", node_selector={"disk": "ssd"}, priority_class="low", queue="main")
    made = job(spec(node_selector={"disk": "nvme"}), options)
    pod = made["spec"]["template"]["spec"]
    assert (pod["nodeSelector"], pod["priorityClassName"]) == ({"disk": "nvme"}, "low")
    assert made["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "main"
    assert "suspend" not in made["spec"]
    assert pod["containers"][0]["resources"]["limits"] == {"nvidia.com/gpu": "2"}
    assert (pod["containers"][0]["args"], pod["containers"][0]["env"][0]["value"]) == (["echo", "$$x"], "$$B")


def test_a_patch_reaches_into_what_has_names() -> None:
    base = {"a": 1, "b": {"c": 2}, "containers": [{"name": "job", "image": "i"}], "list": [1]}
    patch = {"a": None, "b": {"d": 3}, "containers": [{"name": "job", "tty": True}, {"name": "other"}], "list": [2]}
    assert merged(base, patch) == {
        "b": {"c": 2, "d": 3},
        "containers": [{"name": "job", "image": "i", "tty": True}, {"name": "other"}],
        "list": [2],
    }


@pytest.mark.parametrize("text", ["", "/a", "/a=", "a=pvc:b", "/a=nfs:b", "/a=hostPath:b", "/a=pvc:"])
def test_what_is_no_volume_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no volume"):
        Volume.parse(text)
