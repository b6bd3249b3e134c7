"""The files for a cluster: they name settings that there are, stop in enough time, and all fit together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobsvc.settings import SECRETS, Settings

PLACE = Path(__file__).parents[2] / "deploy" / "kubernetes"
NAMES = {f"JOBSVC_{name}".upper() for name in Settings.model_fields} | {f"JOBSVC_{name}_FILE".upper() for name in SECRETS}
RECORDING_SECONDS = 10
STOP_SECONDS = 5
Thing = dict[str, Any]


@pytest.fixture(scope="module")
def things() -> dict[tuple[str, str], Thing]:
    """What is applied, by kind and name."""
    files = yaml.safe_load((PLACE / "kustomization.yaml").read_text())["resources"]
    read = [item for file in files for item in yaml.safe_load_all((PLACE / file).read_text())]
    return {(item["kind"], item["metadata"]["name"]): item for item in read}


@pytest.fixture(scope="module")
def pods(things: dict[tuple[str, str], Thing]) -> dict[str, Thing]:
    """The specifications of pods, by component."""
    templates = [item["spec"]["template"] for (kind, _), item in things.items() if kind in {"Deployment", "Job"}]
    return {item["metadata"]["labels"]["app.kubernetes.io/component"]: item["spec"] for item in templates}


def settings_of(pod: Thing) -> dict[str, str]:
    """What a component is told, beside what all are."""
    [container] = pod["containers"]
    return {item["name"]: item.get("value", "") for item in container.get("env", ())}


def common() -> dict[str, str]:
    """What all are told."""
    lines = (PLACE / "settings.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_every_variable_is_a_setting_and_can_be_read(pods: dict[str, Thing], monkeypatch: pytest.MonkeyPatch) -> None:
    for pod in pods.values():
        variables = common() | settings_of(pod)
        assert set(variables) <= NAMES
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                if value and not name.endswith("_FILE"):
                    patch.setenv(name, value)
            Settings()


def test_every_pod_is_closed(pods: dict[str, Thing]) -> None:
    assert set(pods) == {"api", "worker", "migrate"}
    for name, pod in pods.items():
        assert pod["enableServiceLinks"] is False
        assert pod.get("automountServiceAccountToken", True) is (name == "worker")
        assert pod["securityContext"]["runAsNonRoot"]
        [container] = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert "memory" in container["resources"]["limits"]


def test_secrets_are_files_alone(pods: dict[str, Thing], things: dict[tuple[str, str], Thing]) -> None:
    assert not [item for kind, item in things if kind == "Secret"]
    for pod in pods.values():
        for name, value in (common() | settings_of(pod)).items():
            assert name.removesuffix("_FILE").removeprefix("JOBSVC_").lower() not in SECRETS or name.endswith("_FILE")
            assert not name.endswith("_FILE") or value.startswith("/run/secrets/jobsvc/")
        mounts = {item["mountPath"]: item["name"] for item in pod["containers"][0]["volumeMounts"]}
        [volume] = [item for item in pod["volumes"] if item["name"] == mounts["/run/secrets/jobsvc"]]
        assert volume["secret"]["secretName"] == "jobsvc"


def test_pods_have_time_to_stop(pods: dict[str, Thing]) -> None:
    own = settings_of(pods["worker"])
    drain, grace = (float(own[f"JOBSVC_{part}_SECONDS"]) for part in ("DRAIN", "GRACE"))
    assert pods["worker"]["terminationGracePeriodSeconds"] > drain + grace + RECORDING_SECONDS
    waits = pods["api"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    stop = float(settings_of(pods["api"])["JOBSVC_STOP_SECONDS"])
    assert pods["api"]["terminationGracePeriodSeconds"] > waits + stop + STOP_SECONDS


def test_selectors_and_names_fit_together(things: dict[tuple[str, str], Thing], pods: dict[str, Thing]) -> None:
    for component in ("api", "worker"):
        deployment = things["Deployment", f"jobsvc-{component}"]["spec"]
        labels = deployment["template"]["metadata"]["labels"]
        for selector in (
            deployment["selector"]["matchLabels"],
            things["PodDisruptionBudget", f"jobsvc-{component}"]["spec"]["selector"]["matchLabels"],
            things["NetworkPolicy", f"jobsvc-{component}"]["spec"]["podSelector"]["matchLabels"],
        ):
            assert selector == labels
        assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert (
        things["Service", "jobsvc"]["spec"]["selector"] == things["Deployment", "jobsvc-api"]["spec"]["selector"]["matchLabels"]
    )
    assert ("ServiceAccount", pods["worker"]["serviceAccountName"]) in things
    assert set(_claims(pods)) == {name for kind, name in things if kind == "PersistentVolumeClaim"}
    [path] = things["Ingress", "jobsvc"]["spec"]["rules"][0]["http"]["paths"]
    assert path["path"] == common()["JOBSVC_ROOT_PATH"]
    assert "replicas" not in things["Deployment", "jobsvc-api"]["spec"]


def _claims(pods: dict[str, Thing]) -> Iterator[str]:
    for pod in pods.values():
        yield from (item["persistentVolumeClaim"]["claimName"] for item in pod["volumes"] if "persistentVolumeClaim" in item)


def test_no_file_is_left_out() -> None:
    lists = [yaml.safe_load(file.read_text()) for file in PLACE.rglob("kustomization.yaml")]
    named = {name for item in lists for name in item["resources"]}
    assert named == {file.name for file in PLACE.rglob("*.yaml")} - {"kustomization.yaml"}
