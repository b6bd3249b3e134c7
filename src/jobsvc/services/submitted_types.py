"""Job types as submissions look at them: parsed once for each version of their row, and what changes is asked for each time."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from jobsvc.db.database import Transaction
from jobsvc.db.submissions import StoredType, TypeState
from jobsvc.domain.command import expand_command
from jobsvc.domain.configuration import JobConfiguration, configured_texts, parse_configuration
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.job_data import InputMembers, JobInput
from jobsvc.domain.records import JobTypeItem, RevisionDetails
from jobsvc.domain.seed import SeedManifest, read_manifest
from jobsvc.domain.variables import TooLong, check_texts, environment_name, text_of

MOST_TYPES = 200
"""That are kept in memory; those that were not used for longest go first."""


@dataclass(frozen=True)
class KnownType:
    """A job type as of a version of its row; parsed when it is first looked at."""

    stored: StoredType

    @cached_property
    def manifest(self) -> SeedManifest:
        """Its current manifest."""
        return read_manifest(self.stored.details.manifest)

    @cached_property
    def configuration(self) -> JobConfiguration:
        """Its configuration; InvalidRequest when what is stored is none."""
        return parse_configuration(self.stored.details.configuration)

    @property
    def item(self) -> JobTypeItem:
        """Its columns."""
        return self.stored.details.item

    @property
    def revision(self) -> RevisionDetails:
        """Its current revision."""
        return self.stored.revision

    def check_passable(self, data: JobInput, members: InputMembers, configuration: JobConfiguration) -> None:
        """InvalidRequest naming the input, or the setting, that no process could be started with."""
        texts = {f"{members.json}.{name}": (name, text_of(value)) for name, value in data.json.items()}
        texts |= self._own_texts if configuration is self.configuration else self._texts(configuration)
        known = {environment_name(name): text for name, text in texts.values()}
        try:
            check_texts(texts, expand_command(self.manifest.command, known))
        except TooLong as exc:
            raise InvalidRequest(f"{exc.place}: {exc.reason}") from None
        except ValueError:
            return  # a stored command that cannot be split: the engine says so

    @cached_property
    def _declared(self) -> frozenset[str]:
        settings, mounts = self.manifest.settings, self.manifest.mounts
        return frozenset(item.name for item in settings) | {mount.name for mount in mounts}

    @cached_property
    def _own_texts(self) -> dict[str, tuple[str, str]]:
        return self._texts(self.configuration)

    def _texts(self, configuration: JobConfiguration) -> dict[str, tuple[str, str]]:
        return {place: text for place, text in configured_texts(configuration).items() if text[0] in self._declared}


class KnownTypes:
    """The job types that were used last."""

    def __init__(self) -> None:
        self._types: OrderedDict[int, KnownType] = OrderedDict()

    async def of(self, tx: Transaction, states: Collection[TypeState]) -> Mapping[int, KnownType]:
        """The types in these states, by id; what is not known, or has changed since, is read."""
        known = {state.id: self._types[state.id] for state in states if self._is_current(state)}
        if missing := [state.id for state in states if state.id not in known]:
            known |= {key: KnownType(stored) for key, stored in (await tx.submissions.types(missing)).items()}
        for key, kind in known.items():
            self._types[key] = kind
            self._types.move_to_end(key)
        while len(self._types) > MOST_TYPES:
            self._types.popitem(last=False)
        return known

    def _is_current(self, state: TypeState) -> bool:
        kind = self._types.get(state.id)
        return kind is not None and kind.stored.row_version == state.row_version
