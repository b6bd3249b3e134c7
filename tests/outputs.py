"""Which files of a list are outputs, found as the engine finds them in a directory."""

from collections.abc import Sequence
from functools import reduce

from jobsvc.domain.outputs import OutputMatcher, assign
from jobsvc.domain.seed import SeedManifest


def match_outputs(manifest: SeedManifest, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The files of each file output by its name; `names` are paths below the output directory."""
    matcher = OutputMatcher(manifest)
    matches: dict[str, list[str]] = {}
    for name in names:
        parts = name.split("/")
        for output in matcher.takers(reduce(matcher.step, parts, matcher.start), parts[-1]):
            matches.setdefault(output, []).append(name)
    return assign(manifest, matches)
