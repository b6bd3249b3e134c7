"""The environment and the command of a Seed job (docs/spec/behaviour/seed.md#running)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from pydantic import JsonValue

from jobsvc.domain.command import expand_command
from jobsvc.domain.seed import FileInput, SeedManifest, environment_name
from jobsvc.domain.trace_context import TraceContext, trace_variables
from jobsvc.domain.variables import clash, text_of

__all__ = ["ExecutionFacts", "environment", "expand_command", "name_clash"]


@dataclass(frozen=True)
class ExecutionFacts:
    """What the process of an execution is passed about it; `resources` in cores, MiB and pieces."""

    job_id: int
    exe_num: int
    output_dir: str
    input_metadata: str
    resources: Mapping[str, float | int] = field(default_factory=dict)
    recipe_id: int | None = None
    batch_id: int | None = None
    trace: TraceContext = field(default_factory=dict)


def environment(
    manifest: SeedManifest,
    files: Mapping[str, Sequence[str]],
    values: Mapping[str, JsonValue],
    settings: Mapping[str, str],
    facts: ExecutionFacts,
) -> dict[str, str]:
    """The variables of a job's process.

    `files` has the full paths of each input's files, which lie in one directory of their own. A single-file
    input becomes the path of its file, a `multiple` one that directory. JSON strings stay as they are, other
    values become JSON text. Optional inputs that are absent become the empty string. Only settings that the
    manifest declares are passed on: any other could redefine PATH. Where names collide, the service wins, but for the
    variables of the trace: manifests may have used those before there were any.
    """
    variables = trace_variables(facts.trace)
    variables |= {
        environment_name(file_input.name): _path(file_input, files.get(file_input.name, ()))
        for file_input in manifest.file_inputs
    }
    variables |= {
        environment_name(json_input.name): text_of(values.get(json_input.name, "")) for json_input in manifest.json_inputs
    }
    variables |= {
        environment_name(setting.name): settings[setting.name] for setting in manifest.settings if setting.name in settings
    }
    return variables | _own_variables(facts)


def name_clash(manifest: SeedManifest) -> str | None:
    """The variable for which the manifest of an older release, or of an import, has a name that is not free."""
    named = (manifest.settings, manifest.file_inputs, manifest.json_inputs, manifest.mounts)
    return clash(item.name for group in named for item in group)


def _path(file_input: FileInput, paths: Sequence[str]) -> str:
    if not paths:
        return ""
    return str(PurePath(paths[0]).parent) if file_input.multiple else paths[0]


def _own_variables(facts: ExecutionFacts) -> dict[str, str]:
    variables = {
        "OUTPUT_DIR": facts.output_dir,
        "INPUT_METADATA": facts.input_metadata,
        "SCALE_JOB_ID": str(facts.job_id),
        "SCALE_EXE_NUM": str(facts.exe_num),
    }
    for name, amount in facts.resources.items():
        variables[environment_name(f"ALLOCATED_{name}")] = f"{amount:.1f}"
    if facts.recipe_id is not None:
        variables["SCALE_RECIPE_ID"] = str(facts.recipe_id)
    if facts.batch_id is not None:
        variables["SCALE_BATCH_ID"] = str(facts.batch_id)
    return variables
