"""The files for Compose: they name settings that there are, start in an order of health, and stop in enough time."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobsvc.settings import SECRETS, Settings

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "docker-compose.yml"
FILES = (MAIN, ROOT / "deploy" / "compose" / "docker-engine.yml")
NGINX = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text()
NAMES = {f"JOBSVC_{name}".upper() for name in Settings.model_fields} | {f"JOBSVC_{name}_FILE".upper() for name in SECRETS}
API, WORKERS = ("api-1", "api-2"), ("worker-1", "worker-2")
RECORDING_SECONDS = 10
STOP_SECONDS = 5


def read(file: Path) -> dict[str, Any]:
    """The file, with its anchors followed."""
    content: dict[str, Any] = yaml.safe_load(file.read_text())
    return content


@pytest.fixture(scope="module")
def services() -> Mapping[str, dict[str, Any]]:
    """The services of the main file."""
    content: dict[str, dict[str, Any]] = read(MAIN)["services"]
    return content


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_variable_is_a_setting_and_can_be_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, service in read(file)["services"].items():
        own = {key: str(value) for key, value in service.get("environment", {}).items() if key.startswith("JOBSVC_")}
        assert set(own) <= NAMES, name
        with monkeypatch.context() as patch:
            for key, value in own.items():
                patch.setenv(key, re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value))
            Settings()


def test_the_variables_of_the_image_are_settings() -> None:
    assert set(re.findall(r"\b(JOBSVC_\w+)=", (ROOT / "Dockerfile").read_text())) <= NAMES


def test_an_override_changes_services_that_there_are(services: Mapping[str, dict[str, Any]]) -> None:
    assert set(read(FILES[1])["services"]) == {*API, *WORKERS} <= set(services)


def test_what_others_wait_for_says_when_it_is_there(services: Mapping[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            target = services[other]
            if how["condition"] == "service_healthy":
                assert "healthcheck" in target or target["image"] == "jobsvc", (name, other)
            else:
                assert how["condition"] == "service_completed_successfully"
                assert (target["command"], target["restart"]) == (["migrate"], "no")
    assert all("migrate" in services[name]["depends_on"] for name in (*API, *WORKERS))


@pytest.mark.parametrize("name", [*API, *WORKERS, "migrate"])
def test_the_services_own_containers_are_closed(services: Mapping[str, dict[str, Any]], name: str) -> None:
    service = services[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service


def test_no_secret_stands_in_a_variable(services: Mapping[str, dict[str, Any]]) -> None:
    files = read(MAIN)["secrets"]
    for service in services.values():
        for key, value in service.get("environment", {}).items():
            assert not re.search(r"PASSWORD$|TOKENS$|DATABASE_URL$|API_KEY$", key)
            if key.endswith("_FILE"):
                name = value.removeprefix("/run/secrets/")
                assert name in service["secrets"]
                assert name in files


def test_workers_have_time_to_stop(services: Mapping[str, dict[str, Any]]) -> None:
    for name in WORKERS:
        drain, grace = (float(services[name]["environment"][f"JOBSVC_{part}_SECONDS"]) for part in ("DRAIN", "GRACE"))
        assert _seconds(services[name]["stop_grace_period"]) > drain + grace + RECORDING_SECONDS
    assert all(_seconds(services[name]["stop_grace_period"]) > STOP_SECONDS for name in API)


def test_addresses_are_those_that_the_gateway_calls_and_the_api_believes(services: Mapping[str, dict[str, Any]]) -> None:
    def address(name: str) -> str:
        return str(services[name]["networks"]["default"]["ipv4_address"])

    assert re.findall(r"server (\S+):8000 ", NGINX) == [address(name) for name in API]
    assert all(services[name]["environment"]["JOBSVC_TRUSTED_PROXIES"] == address("gateway") for name in API)
    assert services["gateway"]["ports"] == ["127.0.0.1:8000:8080"]
    assert "listen 8080;" in NGINX
    assert {f"{services[name]['environment']['JOBSVC_ROOT_PATH']}/" for name in API} == set(
        re.findall(r"location (/\w+/) ", NGINX)
    )


def test_api_and_workers_have_the_same_data(services: Mapping[str, dict[str, Any]]) -> None:
    assert {tuple(services[name]["volumes"]) for name in (*API, *WORKERS)} == {("data:/data",)}


def _seconds(text: str) -> float:
    return float(text.removesuffix("s"))
