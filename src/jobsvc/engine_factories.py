"""Which engines there are, and how each is made of the settings: one line of `FACTORIES` for each."""

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobsvc.engines.remote.engine import RemoteExecutionEngine
from jobsvc.engines.subprocess import SubprocessEngine
from jobsvc.ports.image_labels import ImageLabels
from jobsvc.ports.remote_engine import RemoteEngine
from jobsvc.settings import Settings, SettingsProblem
from jobsvc.worker.engine_table import EngineTable, Served

if TYPE_CHECKING:
    from jobsvc.engines.docker import DockerOptions

DOCKER = "docker"


@dataclass(frozen=True)
class Setup:
    """What engines are made of."""

    settings: Settings
    installation: str
    worker_id: str


def _subprocess(setup: Setup, slots: int) -> Served:
    settings = setup.settings
    engine = SubprocessEngine(
        settings.scratch_dir,
        worker_id=setup.worker_id,
        grace_seconds=settings.grace_seconds,
        max_log_bytes=settings.max_log_bytes,
    )
    return Served("subprocess", engine, None, slots, settings.scratch_dir)


def _docker(setup: Setup, slots: int) -> Served:
    # Here, for most workers need no client for containers.
    from jobsvc.engines.docker import DockerEngine  # noqa: PLC0415

    settings = setup.settings
    options = _docker_options(settings)
    place = settings.docker_url or ""
    if not place.startswith(("tcp:", "http:", "https:")):
        place = f"{socket.gethostname()}{place}"
    return _remote(setup, DockerEngine(setup.installation, options), f"docker@{place}", slots)


def _docker_options(settings: Settings) -> "DockerOptions":
    from jobsvc.engines.docker import DockerOptions, Policy  # noqa: PLC0415

    policy = Policy(settings.docker_network, settings.docker_user, settings.docker_pids, log_bytes=settings.max_log_bytes)
    return DockerOptions(settings.docker_url, settings.docker_pull, settings.docker_pull_seconds, _auths(settings), policy)


def image_labels(settings: Settings) -> ImageLabels | None:
    """What reads labels of images; None in an installation that has nothing to do with images."""
    names = {entry.partition(":")[0] for entry in settings.engines}
    if DOCKER not in names and settings.docker_url is None:
        return None
    from jobsvc.engines.docker import DockerImageLabels  # noqa: PLC0415

    return DockerImageLabels(_docker_options(settings))


def _slurm(setup: Setup, slots: int) -> Served:
    from jobsvc.engines.slurm import SlurmEngine, SlurmOptions  # noqa: PLC0415

    settings = setup.settings
    options = SlurmOptions(
        settings.slurm_partition,
        settings.slurm_account,
        settings.slurm_qos,
        settings.slurm_constraint,
        settings.slurm_arguments,
    )
    engine = SlurmEngine(setup.installation, settings.runs_dir / "slurm", options)
    return _remote(setup, engine, f"slurm@{settings.runs_dir}", slots)


def _remote(setup: Setup, engine: RemoteEngine, place: str, slots: int) -> Served:
    settings = setup.settings
    directory = settings.runs_dir / engine.name
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise SettingsProblem(f"JOBSVC_DATA_DIR: the directory {directory} of runs cannot be made: {exc.strerror}") from exc
    adapter = RemoteExecutionEngine(
        engine,
        directory,
        installation=setup.installation,
        grace_seconds=settings.grace_seconds,
        max_log_bytes=settings.max_log_bytes,
    )
    return Served(engine.name, adapter, place, slots, directory, adapter)


FACTORIES: Mapping[str, Callable[[Setup, int], Served]] = {
    "subprocess": _subprocess,
    DOCKER: _docker,
    "slurm": _slurm,
}


def engine_table(setup: Setup) -> EngineTable:
    """The engines that the settings name, each with its slots; raises SettingsProblem for one that there is not."""
    chosen: dict[str, int] = {}
    for entry in setup.settings.engines:
        name, _, slots = entry.partition(":")
        if name not in FACTORIES or (slots and not slots.isdecimal()):
            raise SettingsProblem(f"JOBSVC_ENGINES: '{entry}' is no engine; there are {', '.join(FACTORIES)}, each with `:slots`")
        chosen[name] = int(slots) if slots else setup.settings.slots
    return EngineTable([FACTORIES[name](setup, slots) for name, slots in chosen.items()], default=setup.settings.engine)


def _auths(settings: Settings) -> dict[str, dict[str, str]]:
    """Credentials by registry, from a file as `docker login` writes it."""
    if settings.docker_auth_file is None:
        return {}
    document = json.loads(settings.docker_auth_file.read_text(encoding="utf-8"))
    return dict(document.get("auths", {}))
