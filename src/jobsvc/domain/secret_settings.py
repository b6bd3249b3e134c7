"""Secret settings: their values are kept apart from the configuration, so that nothing that shows one can show them."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobsvc.domain.configuration import JobConfiguration
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.seed import SeedManifest

MASK = "*****"
"""What readers see of a secret (docs/spec/behaviour/executions.md#details); who sends it back means the value that is stored."""


@dataclass(frozen=True)
class Separated:
    """A job type's configuration without any secret, and the values of its secrets by setting."""

    configuration: JobConfiguration
    secrets: Mapping[str, str]


@dataclass(frozen=True)
class JobSettings:
    """The values that a job reads; those of `hidden` settings are shown to nobody."""

    values: Mapping[str, str]
    hidden: frozenset[str]


def secret_names(manifest: SeedManifest) -> frozenset[str]:
    """The settings whose values nobody may read back."""
    return frozenset(setting.name for setting in manifest.settings if setting.secret)


def separate(configuration: JobConfiguration, manifest: SeedManifest, stored: Mapping[str, str]) -> Separated:
    """Take the secrets out of a configuration and add them to those that are `stored`.

    A secret that is absent or masked keeps its value, also while the manifest has no such setting. A plain value takes
    the place of the secret that the setting had. InvalidRequest for the mask of a secret that has no value.
    """
    names = secret_names(manifest)
    plain: dict[str, str] = {}
    secrets = dict(stored)
    for name, value in configuration.settings.items():
        if value == MASK and name in stored:
            continue
        if name not in names:
            plain[name] = value
            secrets.pop(name, None)
            continue
        if value == MASK:
            raise InvalidRequest(
                f"configuration.settings.{name}: {MASK} stands for the stored secret, and there is none; give it"
            )
        secrets[name] = value
    return Separated(configuration.model_copy(update={"settings": plain}), secrets)


def job_settings(
    effective: JobConfiguration, of_type: JobConfiguration, manifest: SeedManifest, secrets: Mapping[str, str]
) -> JobSettings:
    """What a job of this manifest reads: secrets are those of its type, whatever its own configuration says.

    A job may be older than the manifest of its type: a setting that is secret for one of them alone has a value still,
    and stays hidden where it is a secret that was stored.
    """
    names = secret_names(manifest)
    plain = {name: value for name, value in effective.settings.items() if name not in names}
    of_old = {name: of_type.settings[name] for name in names if name in of_type.settings}
    declared = {setting.name for setting in manifest.settings}
    hidden = {
        name: value for name, value in secrets.items() if name in names or (name in declared and plain.get(name, MASK) == MASK)
    }
    return JobSettings(plain | of_old | hidden, names | hidden.keys())
