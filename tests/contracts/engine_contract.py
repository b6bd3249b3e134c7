"""What every engine does, whatever it runs its executions with. A subclass gives the fixture `engine`."""

import pytest

from jobsvc.ports.engine import ExecutionEngine

from .engine_bench import Bench
from .engine_end_contract import EndContract
from .engine_launch_contract import LaunchContract
from .engine_output_contract import OutputContract


@pytest.mark.asyncio
class EngineContract(LaunchContract, EndContract, OutputContract):
    """The behaviour of an engine, on real processes."""

    @pytest.fixture
    def bench(self, engine: ExecutionEngine) -> Bench:
        """The engine with an empty log."""
        return Bench(engine)
