"""The storages of files, each against the behaviour suite and in what is special about it."""

import shutil
from pathlib import Path

import httpx
import pytest

from jobsvc.domain.errors import InvalidRequest, StorageFailure, StorageUnavailable
from jobsvc.storage.host_storage import HostStorage
from jobsvc.storage.s3 import S3Storage
from jobsvc.storage.storages import S3Options, Storages
from tests.parts.object_store import ObjectStore

from .storage_contract import LARGE, StorageContract, stream

NOBODY = "http://127.0.0.1:1"


class TestHost(StorageContract):
    """Directories of the host."""

    @pytest.fixture
    def kept(self, tmp_path: Path) -> Path:
        """The directory."""
        (tmp_path / "workspace").mkdir()
        return tmp_path / "workspace"

    @pytest.fixture
    def storage(self, kept: Path) -> HostStorage:
        """The storage of the directory."""
        return HostStorage(kept)

    @pytest.fixture
    def missing(self, tmp_path: Path) -> HostStorage:
        """One of no directory."""
        return HostStorage(tmp_path / "absent")


class TestS3(StorageContract):
    """Buckets."""

    @pytest.fixture
    def bucket(self, object_store: ObjectStore) -> str:
        """A bucket of the test."""
        return object_store.make_bucket()

    @pytest.fixture
    def kept(self, object_store: ObjectStore, bucket: str) -> Path:
        """Where the server keeps it."""
        return object_store.directory / "buckets" / bucket

    @pytest.fixture
    def storage(self, object_store: ObjectStore, bucket: str) -> S3Storage:
        """The storage of what is below a prefix of the bucket."""
        return opened(object_store, bucket, prefix="some/where")

    @pytest.fixture
    def missing(self, object_store: ObjectStore) -> S3Storage:
        """One of no bucket."""
        return opened(object_store, "absent")

    async def test_objects_lie_below_the_prefix(self, storage: S3Storage, object_store: ObjectStore, bucket: str) -> None:
        await storage.store("a b.txt", stream(b"x"))
        assert object_store.objects(bucket) == {"some/where/a b.txt": 1}

    async def test_objects_are_listed_by_directory(self, storage: S3Storage) -> None:
        for path in ("run 1/ü/a", "run 1/b", "run 10/c", "run 2/d"):
            await storage.put(path, b"x")
        await storage.put("run 2/d", b"in the place of what was there")
        assert sorted([path async for path in storage.paths("run 1")]) == ["run 1/b", "run 1/ü/a"]
        assert [path async for path in storage.paths("run")] == []
        assert sorted(await storage.directories()) == ["run 1", "run 10", "run 2"]

    async def test_a_link_lets_somebody_write_one_object(self, object_store: ObjectStore, bucket: str) -> None:
        storage = opened(object_store, bucket, link_seconds=60)
        link = await storage.place_link("a b/ü")
        async with httpx.AsyncClient() as anybody:
            assert (await anybody.put(link, content=b"content")).is_success
            assert (await anybody.get(link)).status_code == httpx.codes.FORBIDDEN
            assert (await anybody.put(link.replace("/a%20b/", "/c/"), content=b"x")).status_code == httpx.codes.FORBIDDEN
        assert object_store.objects(bucket) == {"a b/ü": 7}

    @pytest.mark.parametrize("size", [0, 10, LARGE])
    async def test_objects_are_fetched(self, storage: S3Storage, tmp_path: Path, size: int) -> None:
        await storage.store("a", stream(b"x" * size))
        target = tmp_path / "target"
        storage.fetch("a", size, target, lambda: None)
        assert target.read_bytes() == b"x" * size
        assert target.stat().st_mode & 0o777 == 0o444

    async def test_only_what_was_recorded_is_fetched(self, storage: S3Storage, tmp_path: Path) -> None:
        await storage.store("a", stream(b"x"))
        for path, size in (("a", 2), ("b", 1)):
            with pytest.raises(InvalidRequest):
                storage.fetch(path, size, tmp_path / path, lambda: None)

    async def test_a_server_that_is_away_is_told_from_what_is_missing(self, tmp_path: Path, object_store: ObjectStore) -> None:
        away = opened(object_store, "data", endpoint=NOBODY, retry_seconds=0.1)
        with pytest.raises(StorageUnavailable):
            await away.check()
        with pytest.raises(StorageUnavailable):
            await away.store("a", stream(b"x" * LARGE))
        with pytest.raises(StorageUnavailable):
            away.fetch("a", 1, tmp_path / "a", lambda: None)
        await away.remove("a")

    async def test_wrong_credentials_are_said_and_not_shown(
        self, object_store: ObjectStore, bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wrong = tmp_path / "wrong"
        lines = object_store.credentials.read_text().splitlines()
        wrong.write_text("\n".join([*lines[:2], "aws_secret_access_key = SECRETWRONG"]))
        storage = opened(object_store, bucket, credentials_file=wrong)
        with pytest.raises(StorageFailure, match="refuses the service's credentials") as caught:
            await storage.stat("a")
        with pytest.raises(InvalidRequest):
            await storage.check()
        assert "WRONG" not in str(caught.value) + str(capsys.readouterr())

    async def test_credentials_that_were_replaced_are_read_again(
        self, object_store: ObjectStore, bucket: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "credentials"
        file.write_text("[default\nSECRETWRONG")
        storage = opened(object_store, bucket, credentials_file=file, retry_seconds=0.1)
        with pytest.raises(StorageFailure) as caught:
            await storage.store("a", stream(b"x"))
        assert "WRONG" not in str(caught.value)
        shutil.copy(object_store.credentials, file)
        assert await storage.store("a", stream(b"x")) == 1


def opened(
    server: ObjectStore,
    bucket: str,
    *,
    prefix: str = "",
    endpoint: str | None = None,
    credentials_file: Path | None = None,
    retry_seconds: float = 5.0,
    link_seconds: int = 0,
) -> S3Storage:
    """The storage of a bucket."""
    credentials = credentials_file or server.credentials
    options = S3Options([bucket], endpoint or server.endpoint, credentials, retry_seconds, link_seconds)
    storage = Storages(options).of({"broker": {"type": "s3", "bucket_name": bucket, "prefix": prefix}})
    assert isinstance(storage, S3Storage)
    return storage


@pytest.mark.parametrize(
    "configuration",
    [{}, {"broker": {"type": "nfs"}}, {"broker": {"type": "s3"}}, {"broker": {"type": "s3", "bucket_name": "database"}}],
)
def test_a_workspace_that_the_settings_do_not_allow_has_no_storage(configuration: dict[str, object]) -> None:
    with pytest.raises(StorageFailure):
        Storages(S3Options(["data"])).of(configuration)
