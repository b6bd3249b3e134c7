"""`jobsvc types`, `jobsvc files` and `jobsvc workspaces`."""

import os
from pathlib import Path

import pytest

from jobsvc.client import Client

from .conftest import Cli
from .support import DATA, EXAMPLES

MANIFEST = EXAMPLES / "co2-plot" / "manifest.json"


@pytest.fixture
def workspace(client: Client) -> str:
    """The workspace of the data of the examples."""
    result = client.workspaces.find("data") or client.workspaces.create("Data", DATA)
    return result["name"]


def test_job_types_are_listed(cli: Cli, client: Client) -> None:
    rows = [line.split()[1:4] for line in cli("types", "list").out.splitlines()]
    assert rows[0] == ["NAME", "VERSION", "STATE"]
    assert ["co2-plot", "1.0.0", "active"] in rows
    assert cli("types", "list", "--json").json() == client.job_types.list()


def test_adding_a_job_type_again_changes_nothing(cli: Cli) -> None:
    ran = cli("types", "add", MANIFEST)
    assert (ran.code, ran.out) == (0, "co2-plot 1.0.0, revision 1, active\n")
    assert cli("types", "show", "co2-plot", "--json").json()["configuration"]["settings"] == {"EXAMPLES": str(EXAMPLES)}


def test_a_job_type_is_shown_with_its_interface(cli: Cli) -> None:
    rows = [" ".join(line.split()) for line in cli("types", "show", "merge-csv").out.splitlines()]
    assert "input PARTS text/csv several files" in rows
    assert "output ROW_COUNT integer" in rows
    assert f"setting EXAMPLES text {EXAMPLES}" in rows


def test_a_job_type_is_paused_and_deactivated_and_back(cli: Cli) -> None:
    commands = {"pause": "paused", "resume": "active", "deactivate": "inactive", "activate": "active"}
    for command, state in commands.items():
        assert cli("types", command, "co2-plot", "1.0.0").out == f"co2-plot 1.0.0, revision 1, {state}\n"


def test_what_is_no_manifest_is_refused(cli: Cli, tmp_path: Path) -> None:
    broken = tmp_path / "manifest.json"
    for text, message in (("{", "is not JSON"), ("[]", "must hold a JSON object"), ("{}", "manifest")):
        broken.write_text(text)
        ran = cli("types", "add", broken)
        assert ran.code == 2
        assert message in ran.err


def test_an_upload_comes_back_as_it_was(cli: Cli, tmp_path: Path) -> None:
    source, copy = tmp_path / "räw [bold].bin", tmp_path / "copy"
    source.write_bytes(os.urandom(600_000))
    file = cli("files", "add", source, "--media-type", "application/x-noise", "--json").json()
    assert (file["file_name"], file["file_size"], file["media_type"]) == (source.name, 600_000, "application/x-noise")
    assert source.name in cli("files", "list", "--name", source.name).out
    assert cli("files", "get", file["id"], "--output", copy).code == 0
    assert copy.read_bytes() == source.read_bytes()


def test_a_download_replaces_nothing_unasked(cli: Cli, workspace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = cli("files", "register", workspace, "gettysburg-address.txt", "--json").json()
    assert cli("files", "get", file["id"]).code == 0
    assert Path(file["file_name"]).read_bytes() == (DATA / file["file_name"]).read_bytes()
    Path(file["file_name"]).write_text("mine")
    assert cli("files", "get", file["id"]).code == 2
    assert Path(file["file_name"]).read_text() == "mine"


def test_a_download_that_fails_leaves_nothing(cli: Cli, tmp_path: Path) -> None:
    assert cli("files", "get", 10**9, "-o", tmp_path / "nothing").code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_registered_file_stays_where_it_is(cli: Cli, workspace: str) -> None:
    file = cli("files", "register", workspace, "co2_1975_2024.csv", "--json").json()
    assert cli("files", "register", workspace, "co2_1975_2024.csv", "--json").json() == file
    shown = cli("files", "show", file["id"]).out
    assert "co2_1975_2024.csv in the workspace data" in shown
    listed = cli("files", "list", "--workspace", workspace, "--json").json()["results"]
    assert [item["id"] for item in listed].count(file["id"]) == 1
    assert "there is no workspace nowhere" in cli("files", "list", "--workspace", "nowhere").err


def test_a_directory_becomes_a_workspace_once(cli: Cli, tmp_path: Path) -> None:
    ran = cli("workspaces", "add", "My Results", tmp_path, "--description", "of this test")
    assert ran.out.startswith("workspace my-results, id ")
    assert "my-results" in cli("workspaces", "list").out
    again = cli("workspaces", "add", "My Results", tmp_path)
    assert (again.code, again.err) == (2, "jobsvc: There is a workspace 'my-results' already.\n")
