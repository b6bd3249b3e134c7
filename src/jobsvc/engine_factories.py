"""Which engines there are, and how each is made of the settings: one line of `FACTORIES` for each."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import structlog
from pydantic import TypeAdapter, ValidationError

from jobsvc.engines.job_place import JobPlace, choose_place
from jobsvc.engines.job_user import JobUsers
from jobsvc.engines.remote.engine import RemoteExecutionEngine
from jobsvc.engines.subprocess import SUPERVISED, SubprocessEngine
from jobsvc.ports.image_labels import ImageLabels
from jobsvc.ports.remote_engine import RemoteEngine
from jobsvc.settings import Settings, SettingsProblem
from jobsvc.storage_factories import open_staging
from jobsvc.worker.engine_table import EngineTable, Served

if TYPE_CHECKING:
    from jobsvc.engines.docker import DockerOptions
    from jobsvc.engines.kubernetes import KubernetesOptions, Staging
    from jobsvc.engines.slurm import Commands, Rest

T = TypeVar("T")
DOCKER = "docker"
NOBODY = "65534:65534"
"""In containers of a root worker. A worker that is not root could not remove what others than itself leave."""
log = structlog.get_logger(__name__)
AUTO, SAME = "auto", "same"
JOB_USERS = "60600-61183"
"""Ids that distributions and systemd give to nobody, and that containers with 65536 ids have."""
ELSEWHERE = Path("/var/lib/jobsvc")


@dataclass(frozen=True)
class Setup:
    """What engines are made of."""

    settings: Settings
    installation: str
    worker_id: str


def job_place(settings: Settings) -> JobPlace:
    """Where jobs of `subprocess` run, and as whom; SettingsProblem when that cannot be as the settings say."""
    configured = settings.subprocess_users
    if configured == SAME or (configured == AUTO and os.geteuid()) or not SUPERVISED:
        return JobPlace(settings.scratch_dir)
    first, _, last = (JOB_USERS if configured == AUTO else configured).partition("-")
    # Never in the data directory, which is private; named by it, so that one installation does not see the other's.
    name = sha256(os.fsencode(settings.data_dir)).hexdigest()[:12]
    directory = settings.subprocess_dir or ELSEWHERE / name
    place = choose_place(directory, settings.scratch_dir, JobUsers(int(first), int(last)))
    if configured != AUTO and place.users is None:
        raise SettingsProblem(f"JOBSVC_SUBPROCESS_USERS: {place.why}; see docs/engines.md, or set it to {AUTO} or {SAME}")
    return place


def _subprocess(setup: Setup, slots: int) -> Served:
    settings = setup.settings
    place = job_place(settings)
    log.warning("subprocess.no_wall", hint="for jobs that are trusted; docker and slurm keep jobs apart (docs/engines.md)")
    if place.why:
        log.warning("subprocess.same_user", problem=place.why, hint="jobs can do whatever this worker can (docs/engines.md)")
    if place.users and not place.users.problem(settings.data_dir):
        log.warning("subprocess.data_dir_open", directory=str(settings.data_dir), hint="chmod 700 keeps jobs out of it")
    engine = SubprocessEngine(
        place.directory,
        worker_id=setup.worker_id,
        grace_seconds=settings.grace_seconds,
        max_log_bytes=settings.max_log_bytes,
        users=place.users,
        processes=settings.subprocess_processes,
    )
    return Served("subprocess", engine, None, slots, place.directory, is_on_host=True)


def _docker(setup: Setup, slots: int) -> Served:
    # Here, for most workers need no client for containers.
    from jobsvc.engines.docker import DockerEngine  # noqa: PLC0415

    settings = setup.settings
    options = _docker_options(settings)
    url = settings.docker_url or os.environ.get("DOCKER_HOST") or "unix://"
    return replace(_remote(setup, DockerEngine(setup.installation, options), slots), is_on_host=url.startswith("unix://"))


def _container_user() -> str:
    """Who a job is in a container, unless the settings say it."""
    return NOBODY if os.geteuid() == 0 else f"{os.geteuid()}:{os.getegid()}"


def _docker_options(settings: Settings) -> "DockerOptions":
    from jobsvc.engines.docker import DockerOptions, Policy  # noqa: PLC0415

    policy = Policy(
        settings.docker_network, settings.docker_user or _container_user(), settings.docker_pids, log_bytes=settings.max_log_bytes
    )
    return DockerOptions(settings.docker_url, settings.docker_pull, settings.docker_pull_seconds, _auths(settings), policy)


def engine_names(settings: Settings) -> list[str]:
    """The engines of the settings, without their slots."""
    return [entry.partition(":")[0] for entry in settings.engines]


def image_labels(settings: Settings) -> ImageLabels | None:
    """What reads labels of images; None in an installation that has nothing to do with images."""
    if DOCKER not in engine_names(settings) and settings.docker_url is None:
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
        settings.slurm_podman,
    )
    engine = SlurmEngine(setup.installation, settings.runs_dir / "slurm", options, _scheduler(settings))
    return _remote(setup, engine, slots)


def _scheduler(settings: Settings) -> "Commands | Rest":
    from jobsvc.engines.slurm import Commands, Rest, RestOptions  # noqa: PLC0415

    if settings.slurm_url is None:
        return Commands(settings.slurm_arguments)
    if settings.slurm_arguments:
        raise SettingsProblem("JOBSVC_SLURM_ARGUMENTS: they are for sbatch, which JOBSVC_SLURM_URL has not; unset one of them")
    return Rest(RestOptions(settings.slurm_url, settings.slurm_user, settings.slurm_token, settings.slurm_token_file))


def _kubernetes(setup: Setup, slots: int) -> Served:
    try:
        from jobsvc.engines.kubernetes import KubernetesEngine  # noqa: PLC0415
    except ImportError as exc:
        raise SettingsProblem(f"JOBSVC_ENGINES: kubernetes needs `pip install 'jobsvc[kubernetes]'`: {exc}") from exc

    options = _kubernetes_options(setup.settings)
    runs = setup.settings.runs_dir / KubernetesEngine.name
    if staging := _staging(setup.settings):
        return _remote(setup, KubernetesEngine(setup.installation, runs, options, staging), slots)
    # Whoever carries files needs volumes for mounts alone.
    if all(volume.path_in(runs) is None for volume in options.volumes):
        raise SettingsProblem(
            f"JOBSVC_KUBERNETES_VOLUMES: pods have to see {runs}, the directory of runs, as by "
            f"{setup.settings.data_dir}=pvc:NAME (docs/engines.md)"
        )
    return _remote(setup, KubernetesEngine(setup.installation, runs, options), slots)


def _staging(settings: Settings) -> "Staging | None":
    from jobsvc.engines.kubernetes import Staging  # noqa: PLC0415

    if settings.kubernetes_staging is None:
        return None
    if settings.kubernetes_staging_image is None:
        raise SettingsProblem("JOBSVC_KUBERNETES_STAGING_IMAGE: JOBSVC_KUBERNETES_STAGING needs the image of this service")
    return Staging(*open_staging(settings))


def _kubernetes_options(settings: Settings) -> "KubernetesOptions":
    from jobsvc.engines.kubernetes import KubernetesOptions, Volume  # noqa: PLC0415

    try:
        volumes = [Volume.parse(text) for text in settings.kubernetes_volumes]
    except ValueError as exc:
        raise SettingsProblem(f"JOBSVC_KUBERNETES_VOLUMES: {exc}") from exc
    return KubernetesOptions(
        namespace=settings.kubernetes_namespace,
        kubeconfig=settings.kubernetes_config,
        volumes=volumes,
        user=settings.kubernetes_user or _container_user(),
        grace_seconds=settings.grace_seconds,
        pull=settings.kubernetes_pull,
        pull_secrets=settings.kubernetes_pull_secrets,
        pull_seconds=settings.kubernetes_pull_seconds,
        lost_seconds=settings.kubernetes_lost_seconds,
        node_selector=dict(_pair(text) for text in settings.kubernetes_node_selector),
        tolerations=_json("JOBSVC_KUBERNETES_TOLERATIONS", settings.kubernetes_tolerations, list[dict[str, Any]]),
        priority_class=settings.kubernetes_priority_class,
        queue=settings.kubernetes_queue,
        pod_patch=_json("JOBSVC_KUBERNETES_POD_PATCH", settings.kubernetes_pod_patch, dict[str, Any]),
        log_bytes=settings.max_log_bytes,
        porter_image=(settings.kubernetes_staging_image or "") if settings.kubernetes_staging else "",
    )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise SettingsProblem(f"JOBSVC_KUBERNETES_NODE_SELECTOR: '{text}' is no label of a node, as disk=ssd")
    return name, value


def _json(variable: str, text: str, shape: type[T]) -> T:
    """A document of this shape; an empty one for no text."""
    try:
        return TypeAdapter(shape).validate_json(text) if text else shape()
    except ValidationError as exc:
        problem = exc.errors()[0]
        place = "".join(f"[{part!r}]" for part in problem["loc"])
        raise SettingsProblem(f"{variable}: {place or 'it'}: {problem['msg']}") from exc


def _remote(setup: Setup, engine: RemoteEngine, slots: int) -> Served:
    settings = setup.settings
    directory = settings.runs_dir / engine.name
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = f"{engine.name}@{_identity(directory)}"
    except OSError as exc:
        raise SettingsProblem(f"JOBSVC_DATA_DIR: the directory {directory} of runs cannot be made: {exc.strerror}") from exc
    adapter = RemoteExecutionEngine(
        engine,
        directory,
        installation=setup.installation,
        grace_seconds=settings.grace_seconds,
        max_log_bytes=settings.max_log_bytes,
        min_free_mib=settings.min_free_mib,
    )
    return Served(engine.name, adapter, place, slots, directory, adapter)


def _identity(directory: Path) -> str:
    """The name of a directory of runs, whichever hosts and containers see it: whoever does can go on with its runs. OSError."""
    file = directory / "identity"
    with NamedTemporaryFile("w", dir=directory, prefix="identity-") as new:
        new.write(uuid4().hex)
        new.flush()
        with suppress(FileExistsError):
            os.link(new.name, file)
    return file.read_text(encoding="ascii")


FACTORIES: Mapping[str, Callable[[Setup, int], Served]] = {
    "subprocess": _subprocess,
    DOCKER: _docker,
    "slurm": _slurm,
    "kubernetes": _kubernetes,
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
    try:
        auths = json.loads(settings.docker_auth_file.read_text(encoding="utf-8"))["auths"]
        return {str(registry): dict(auth) for registry, auth in auths.items()}
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        # Without what is wrong where: it would show what is in the file.
        raise SettingsProblem("JOBSVC_DOCKER_AUTH_FILE: the file cannot be read, or is not as `docker login` writes it") from None


def host_resources(settings: Settings) -> dict[str, float]:
    """What the host has: cores, MiB of memory and of the scratch directory's file system, and what the settings say."""
    directory = settings.scratch_dir.absolute()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # The directory may be still to be made.
    place = next(item for item in (directory, *directory.parents) if item.exists())
    amounts = {"mem": memory, "disk": shutil.disk_usage(place).total}
    sizes = {name: round(size / 2**20, 1) for name, size in amounts.items()}
    return {"cpus": float(os.cpu_count() or 1), "gpus": 0.0} | sizes | settings.resource_amounts
