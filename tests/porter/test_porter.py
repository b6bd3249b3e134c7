"""The porter against an object store that breaks: nothing is taken for whole that is not, and what can go on goes on."""

import hashlib
import socket
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from jobsvc.domain.builtin_errors import FILESYSTEM_IO, INVALID_RESULTS_MANIFEST, MISSING_FILE, PRE_TIMEOUT
from jobsvc.domain.seed import FileOutput
from jobsvc.engines import carriage
from jobsvc.engines.carriage import FetchedFile, FetchOrder, PartsOrder, Problem, Report, ShipOrder, Shipped
from jobsvc.porter import fetching, shipping
from jobsvc.porter.__main__ import FAILED, main
from jobsvc.porter.fetching import fetch
from jobsvc.porter.shipping import ship
from tests.contracts.engine_bench import manifest

from .store import HALF, Store, running_store

CONTENT = bytes(range(256)) * 1000
SOON = 0.5
"""Seconds after which nobody hopes any more."""


@pytest.fixture
def store() -> Iterator[Store]:
    """An object store."""
    with running_store() as store:
        yield store


@pytest.fixture
def link_file(tmp_path: Path, store: Store) -> Path:
    """What the cluster shows of the annotation."""
    (tmp_path / "link").write_text(store.link("order"))
    return tmp_path / "link"


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    """The directory of the porter."""
    (tmp_path / "pod").mkdir()
    return tmp_path / "pod"


class TestFetch:
    """Inputs."""

    def _order(self, store: Store, *names: str, link: str = "", error_name: str = "", reason: str = "") -> FetchOrder:
        files = [
            FetchedFile(f"IN/{name}", f"the input file 1 ({name})", link or store.link(name), len(CONTENT)) for name in names
        ]
        order = FetchOrder(tuple(files), "{}", error_name=error_name, reason=reason)
        store.objects["order"] = carriage.write(order)
        return order

    @pytest.mark.parametrize("faults", [[], [503, 429], [403], [HALF, 500, HALF]])
    def test_what_breaks_is_taken_up_where_it_broke(self, store: Store, link_file: Path, pod: Path, faults: list[int]) -> None:
        self._order(store, "a")
        store.objects["a"], store.faults["a"] = CONTENT, list(faults)
        assert fetch(link_file, pod) is None
        assert (pod / "input_data/IN/a").read_bytes() == CONTENT
        assert (pod / "input_data/IN/a").stat().st_mode & 0o777 == 0o444
        assert (pod / "input_metadata.json").read_text() == "{}"
        if HALF in faults:
            assert f"bytes={len(CONTENT) // 2}-" in [part for _, path, part in store.requests if path == "a"]

    def test_a_container_that_is_begun_again_fetches_again(self, store: Store, link_file: Path, pod: Path) -> None:
        self._order(store, "a")
        store.objects["a"] = CONTENT
        assert fetch(link_file, pod) is None
        assert fetch(link_file, pod) is None

    @pytest.mark.parametrize(("faults", "error"), [([404], MISSING_FILE), ([412], FILESYSTEM_IO), ([403] * 99, FILESYSTEM_IO)])
    def test_what_cannot_be_had_says_so(self, store: Store, link_file: Path, pod: Path, faults: list[int], error: str) -> None:
        self._order(store, "a")
        store.objects["a"], store.faults["a"] = CONTENT, list(faults)
        problem = fetch(link_file, pod, SOON)
        assert problem is not None
        assert problem.error_name == error
        assert problem.reason.startswith("the input file 1 (a)")
        assert store.address not in problem.reason

    def test_a_link_that_is_too_old_is_replaced_by_the_one_of_now(self, store: Store, link_file: Path, pod: Path) -> None:
        self._order(store, "a")
        store.objects["a"] = CONTENT
        # Who asks for the old one is refused, and by then the order has other links.
        renewed = store.objects["order"]
        self._order(store, "a", link=store.link("old"))
        store.refusals["old"] = lambda: store.objects.update(order=renewed)
        assert fetch(link_file, pod) is None
        assert (pod / "input_data/IN/a").read_bytes() == CONTENT

    def test_an_order_that_says_what_is_wrong_is_heeded(self, store: Store, link_file: Path, pod: Path) -> None:
        self._order(store, error_name=MISSING_FILE, reason="it is gone")
        assert fetch(link_file, pod) == Problem(MISSING_FILE, "it is gone")

    def test_a_store_that_is_away_is_not_waited_for_without_end(self, link_file: Path, pod: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            link_file.write_text(f"http://127.0.0.1:{server.getsockname()[1]}/order")
        problem = fetch(link_file, pod, SOON)
        assert problem is not None
        assert problem.error_name == FILESYSTEM_IO
        assert "cannot be reached" in problem.reason

    def test_it_takes_no_longer_than_it_may(
        self, store: Store, link_file: Path, pod: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "MAX_STAGING_SECONDS", 0.2)
        self._order(store, "a")
        store.faults["a"] = [500] * 99
        problem = fetch(link_file, pod)
        assert problem is not None
        assert problem.error_name == PRE_TIMEOUT

    def test_a_problem_is_its_last_words(self, store: Store, link_file: Path, pod: Path, tmp_path: Path) -> None:
        self._order(store, error_name=MISSING_FILE, reason="it is gone")
        assert main(["fetch", str(link_file), str(pod)], tmp_path / "words") == FAILED
        assert carriage.read(Problem, (tmp_path / "words").read_text()) == Problem(MISSING_FILE, "it is gone")


class TestShip:
    """Outputs."""

    @pytest.fixture
    def order(self, store: Store) -> ShipOrder:
        """To take all there is."""
        declared = manifest(file_outputs=(FileOutput("all", "**", multiple=True),))
        order = ShipOrder(declared, (), 60.0, store.link("report"), store.link("parts"))
        store.objects["order"] = carriage.write(order)
        return order

    @pytest.mark.usefixtures("order")
    @pytest.mark.parametrize("faults", [{}, {"report": [500, 403]}, {"0": [500, 503]}, {"shipped": [HTTPStatus.BAD_GATEWAY]}])
    def test_what_breaks_is_sent_again(
        self, store: Store, link_file: Path, pod: Path, faults: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (carriage, shipping):
            monkeypatch.setattr(module, "PART_BYTES", 100_000)
        (pod / "a").write_bytes(CONTENT)
        (pod / "b").touch()
        (pod / "c ü").write_bytes(b"c")
        store.faults = faults
        parts = PartsOrder(tuple(store.link(str(number)) for number in range(3)), store.link("shipped"))
        # The worker takes its time.
        store.after["report"] = lambda: store.objects.update(parts=carriage.write(parts))
        assert ship(link_file, pod) is None
        report = carriage.read(Report, store.objects["report"])
        assert [(file.name, file.size) for file in report.files] == [("a", 256_000), ("b", 0), ("c ü", 1)]
        assert b"".join(store.objects[str(number)] for number in range(3)) == CONTENT + b"c"
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in (("a", CONTENT), ("b", b""), ("c ü", b"c"))}
        assert carriage.read(Shipped, store.objects["shipped"]).digests == digests

    @pytest.mark.usefixtures("order")
    def test_nothing_is_sent_of_what_is_not_as_it_has_to_be(self, store: Store, link_file: Path, pod: Path) -> None:
        (pod / "a").touch()
        (pod / "seed.outputs.json").write_text("{")
        assert ship(link_file, pod) is None
        assert carriage.read(Report, store.objects["report"]).error_name == INVALID_RESULTS_MANIFEST

    @pytest.mark.usefixtures("order")
    def test_a_file_that_is_another_one_than_was_reported_is_not_sent(self, store: Store, link_file: Path, pod: Path) -> None:
        (pod / "a").write_bytes(CONTENT)

        def replace_it() -> None:
            (pod / "new").write_bytes(CONTENT)
            (pod / "new").replace(pod / "a")
            store.objects["parts"] = carriage.write(PartsOrder((store.link("0"),), store.link("shipped")))

        store.after["report"] = replace_it
        problem = ship(link_file, pod, SOON)
        assert problem is not None
        assert problem.error_name == FILESYSTEM_IO
        assert "shipped" not in store.objects

    @pytest.mark.usefixtures("order")
    def test_a_store_that_takes_nothing_is_given_up(self, store: Store, link_file: Path, pod: Path) -> None:
        store.faults["report"] = [403] * 99
        assert ship(link_file, pod, SOON) == Problem(FILESYSTEM_IO, "the outputs cannot be shipped: the object store answers 403")
