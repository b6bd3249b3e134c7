"""What each list selects, and in which sequence it shows it."""

import pytest
import pytest_asyncio

from tests.api.conftest import Stage
from tests.api.siblings.asking import column
from tests.api.siblings.stock import fill

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = {
    "errors": "name",
    "nodes": "hostname",
    "job-type-names": "name",
    "files": "file_name",
    "batches": "title",
    "recipes": "id",
    "recipe-types": "name",
    "workspaces": "name",
}
"""What says which is which in a list."""
ONE, TWO = "{one}", "{two}"
MORNING = "2020-01-01T"
CASES = [
    ("errors", "is_builtin=false", "boom garbage"),
    ("errors", "is_builtin=false&order=-name", "garbage boom"),
    ("errors", "is_builtin=true&name=node-lost&name=boom", "node-lost"),
    ("errors", "category=DATA&is_builtin=false", "garbage"),
    ("errors", "job_type_name=alpha&job_type_name=beta", "boom garbage"),
    ("errors", f"started={MORNING}02:00:00Z&is_builtin=false", "garbage"),
    ("errors", f"ended={MORNING}01:00:00Z", "boom"),
    ("errors", "category=none", ""),
    ("errors", "colour=red&name=boom", "boom"),
    ("nodes", "", "south north"),
    ("nodes", "order=hostname", "north south"),
    ("nodes", "order=-is_active&order=id", "north south"),
    ("nodes", "is_active=true", "north"),
    ("nodes", "is_active=false", "south"),
    ("nodes", f"started={MORNING}02:00:00Z", "north"),
    ("nodes", f"ended={MORNING}01:30:00Z", "south"),
    ("job-type-names", "", "alpha beta"),
    ("job-type-names", "keyword=ALPH", "alpha"),
    ("job-type-names", "keyword=second", "beta"),
    ("job-type-names", "keyword=alpha&keyword=second", "alpha beta"),
    ("job-type-names", "is_active=false", "alpha"),
    ("job-type-names", "is_active=true", "alpha beta"),
    ("job-type-names", "is_system=true", ""),
    ("job-type-names", "id={beta}", "beta"),
    ("job-type-names", "page=2&page_size=1", "beta"),
    ("files", "", "in.txt out.tif"),
    ("files", f"created_started={MORNING}02:00:00Z", "out.tif"),
    ("files", f"created_ended={MORNING}01:00:00Z", "in.txt"),
    ("files", f"modified_started={MORNING}01:30:00Z&modified_ended={MORNING}03:00:00Z", "out.tif"),
    ("files", f"data_started={MORNING}03:00:00Z", "out.tif"),
    ("files", f"data_ended={MORNING}03:30:00Z", ""),
    ("files", f"source_started={MORNING}01:00:00Z&source_ended={MORNING}02:00:00Z", "in.txt"),
    ("files", "source_sensor_class=radar&source_sensor=s1&source_collection=c1&source_task=t1", "in.txt"),
    ("files", "source_task=t2", ""),
    ("files", "countries=TCT&countries=FRA", "out.tif"),
    ("files", "file_name=in.txt", "in.txt"),
    ("files", "file_name=in.txt&file_name=out.tif", "in.txt out.tif"),
    ("files", "file_type=PRODUCT", "out.tif"),
    ("files", "media_type=text/plain", "in.txt"),
    ("files", "file_id={given}", "in.txt"),
    ("files", "job_id={job}&job_type_id={beta}&job_type_name=beta&job_output=OUT", "out.tif"),
    ("files", "job_type_name=alpha", ""),
    ("files", "recipe_id={one}&recipe_type_id={inner}&recipe_node=a&batch_id={first}", "out.tif"),
    ("files", "batch_id={second}", ""),
    ("files", "order=-file_name", "out.tif in.txt"),
    ("files", "order=job_type__name&order=-id", "out.tif in.txt"),
    ("workspaces", "", "attic default"),
    ("workspaces", "order=-name", "default attic"),
    ("workspaces", "order=is_active&order=-id", "attic default"),
    ("workspaces", "name=attic", "attic"),
    ("workspaces", "name=attic&name=default", "attic default"),
    ("workspaces", "name=cellar", ""),
    ("workspaces", f"ended={MORNING}01:00:00Z", "attic"),
    ("batches", "", "first second"),
    ("batches", "order=-title", "second first"),
    ("batches", "order=recipe_type.title", "second first"),
    ("batches", "recipe_type_id={inner}", "first"),
    ("batches", "root_batch_id={first}", "second"),
    ("batches", "is_creation_done=true", "first"),
    ("batches", "is_superseded=true", "second"),
    ("batches", f"started={MORNING}02:00:00Z", "second"),
    ("batches", f"ended={MORNING}01:00:00Z", "first"),
    ("recipes", "", f"{ONE} {TWO}"),
    ("recipes", "order=-created", f"{TWO} {ONE}"),
    ("recipes", "order=recipe_type__title", f"{TWO} {ONE}"),
    ("recipes", "recipe_id={two}&recipe_id=999", TWO),
    ("recipes", "recipe_type_id={inner}", ONE),
    ("recipes", "recipe_type_name=outer", TWO),
    ("recipes", "batch_id={first}", ONE),
    ("recipes", "root_recipe_id={one}", TWO),
    ("recipes", "is_superseded=false", TWO),
    ("recipes", "is_completed=true", TWO),
    ("recipes", "source_sensor_class=radar&source_sensor=s1&source_collection=c1&source_task=t1", ONE),
    ("recipes", f"source_started={MORNING}01:00:00Z&source_ended={MORNING}02:00:00Z", ONE),
    ("recipes", f"ended={MORNING}01:00:00Z", ONE),
    ("recipe-types", "", "inner outer"),
    ("recipe-types", "keyword=ANOTHER", "outer"),
    ("recipe-types", "keyword=holds&keyword=inner", "inner outer"),
    ("recipe-types", "is_active=false", "inner"),
    ("recipe-types", "is_system=true", "outer"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(stage: Stage) -> dict[str, int]:
    return await fill(stage.make)


@pytest.mark.parametrize(("resource", "query", "expected"), CASES)
async def test_the_list_selects(stage: Stage, ids: dict[str, int], resource: str, query: str, expected: str) -> None:
    result = await column(stage.client, f"/v6/{resource}/?{query.format(**ids)}", NAMES[resource])
    assert [str(item) for item in result] == expected.format(**ids).split()


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("resource", NAMES)
async def test_a_list_is_paged(stage: Stage, resource: str) -> None:
    path = f"/v7/{resource}/"
    everything = await column(stage.client, path, NAMES[resource])
    page = (await stage.client.get(f"{path}?page_size=1")).json()
    assert page["count"] == len(everything)
    assert page["next"].endswith(f"{path}?page=2&page_size=1")
    assert [item[NAMES[resource]] for item in page["results"]] == everything[:1]
    assert (await stage.client.get(f"{path}?page=99")).status_code == 404


REFUSED = [
    ("/v6/errors/999999/", 404),
    (f"/v6/errors/{2**80}/", 404),
    ("/v6/errors/abc/", 404),
    ("/v6/errors/?order=colour", 400),
    ("/v6/errors/?is_builtin=perhaps", 400),
    ("/v6/errors/?started=PT1H&ended=PT2H", 400),
    ("/v6/files/?order=colour", 400),
    ("/v6/workspaces/?order=colour", 400),
    ("/v6/workspaces/?started=PT1H&ended=PT2H", 400),
    ("/v6/nodes/999999/", 404),
    (f"/v6/nodes/{2**80}/", 404),
    ("/v6/nodes/?order=colour", 400),
    ("/v6/batches/999999/", 404),
    (f"/v6/batches/{2**80}/", 404),
    ("/v6/batches/?recipe_type_id=one", 400),
    ("/v6/recipes/999999/", 404),
    (f"/v6/recipes/{2**80}/", 404),
    ("/v6/recipes/?source_started=PT1H&source_ended=PT2H", 400),
    ("/v6/recipe-types/none/", 404),
    ("/v6/recipe-types/none/revisions/", 404),
    ("/v6/recipe-types/none/revisions/1/", 404),
    ("/v6/recipe-types/inner/revisions/9/", 404),
    (f"/v6/recipe-types/inner/revisions/{2**80}/", 404),
    ("/v6/files/?data_started=PT1H&data_ended=PT2H", 400),
    ("/v6/files/?created_started=yesterday", 400),
    ("/v6/job-types/status/?started=yesterday", 400),
    ("/v6/job-types/status/?page=9", 404),
    ("/v6/job-types/running/?page=2", 404),
    ("/v6/queue/status/?page=2", 404),
    ("/v6/load/?started=P32D", 400),
    ("/v6/load/?started=2019-01-01T00:00:00Z", 400),
    ("/v6/load/?started=PT1H&ended=PT2H", 400),
    ("/v6/load/?started=PT1H&page=2", 404),
]


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize(("path", "status"), REFUSED)
async def test_what_cannot_be_answered(stage: Stage, path: str, status: int) -> None:
    assert (await stage.client.get(path)).status_code == status


@pytest.mark.parametrize(
    "query", ["started=P31D", "started=2019-01-01T00:00:00Z&ended=2019-01-10T00:00:00Z", "started=2999-01-01T00:00:00Z"]
)
async def test_a_load_of_at_most_a_month(stage: Stage, query: str) -> None:
    assert (await stage.client.get(f"/v6/load/?{query}")).status_code == 200
