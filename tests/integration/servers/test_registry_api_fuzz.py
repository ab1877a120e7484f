"""Both REST APIs under requests that Schemathesis makes up from their description.

A few requests an operation; `make fuzz` sends thousands.
"""

import pytest
from django.utils import timezone

from accounts.services import create_token
from servers.models import ReviewState
from tests.fixtures.api_fuzzing import Fuzzing, is_long_run
from tests.fixtures.factories import (
    ServerFactory,
    ServerVersionFactory,
    ToolFactory,
    administrator,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(0)]


@pytest.fixture
def catalogue() -> None:
    """Something to find under the names that the requests know."""
    server = ServerFactory.create(name="org.example/weather", tags=["sea"])
    ServerVersionFactory.create(
        server=server, version="2.0.0", is_latest=False, review_state=ReviewState.PENDING
    )
    ToolFactory.create_batch(2, server=server)


@pytest.fixture(params=["visitor", "administrator"])
def headers(request: pytest.FixtureRequest, db: None) -> dict[str, str]:
    if request.param == "visitor":
        return {}
    _, clear = create_token(user=administrator(), name="fuzzing", now=timezone.now())
    return {"Authorization": f"Bearer {clear}"}


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(("prefix", "few"), [("/v0.1/", 6), ("/api/", 1)])
def test_no_request_gets_an_answer_that_is_not_described(
    prefix: str, few: int, headers: dict[str, str]
) -> None:
    if prefix == "/api/" and not (headers or is_long_run()):
        pytest.skip("nearly all of it is answered 401: only in the long run")
    fuzzing = Fuzzing(prefix=prefix, few=few, headers=headers).run()

    print(f"{prefix}: {sum(fuzzing.statuses.values())} requests {dict(fuzzing.statuses)}")  # noqa: T201 - the figures of `make fuzz`
    assert fuzzing.statuses[200]
    if fuzzing.faults:
        pytest.fail("\n".join(f"{fault}\n  {url}" for fault, url in fuzzing.faults.items()))
