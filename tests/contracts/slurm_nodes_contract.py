"""Which nodes of the cluster Slurm's jobs run on, however they are handed over: it has n1, n2 and n3."""

import pytest

from jobsvc.domain.outcome import Completed

from .engine_bench import Bench, sh


class SlurmNodesContract:
    """Mixed into the contract of a way to Slurm."""

    @pytest.mark.parametrize("is_there_another", [True, False], ids=["others", "none"])
    async def test_a_node_is_avoided_while_there_is_another_one(self, bench: Bench, *, is_there_another: bool) -> None:
        outcome = await bench.run(sh("echo done", avoided_node="n[2-3]" if is_there_another else "n[1-3]"))
        assert isinstance(outcome, Completed), outcome
        assert outcome.times.node in (["n1"] if is_there_another else ["n1", "n2", "n3"])
