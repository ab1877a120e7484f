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


def headers_of(who: str) -> dict[str, str]:
    if who == "visitor":
        return {}
    _, clear = create_token(user=administrator(), name="fuzzing", now=timezone.now())
    return {"Authorization": f"Bearer {clear}"}


# Who asks which API, and how many requests an operation.
RUNS = [("visitor", "/v0.1/", 6), ("administrator", "/v0.1/", 6), ("administrator", "/api/", 1)]
if is_long_run():  # nearly all of it is answered 401
    RUNS.append(("visitor", "/api/", 1))


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(("who", "prefix", "few"), RUNS)
def test_no_request_gets_an_answer_that_is_not_described(who: str, prefix: str, few: int) -> None:
    fuzzing = Fuzzing(prefix=prefix, few=few, headers=headers_of(who)).run()

    print(f"{prefix}: {sum(fuzzing.statuses.values())} requests {dict(fuzzing.statuses)}")  # noqa: T201 - the figures of `make fuzz`
    assert fuzzing.statuses[200]
    if fuzzing.faults:
        pytest.fail("\n".join(f"{fault}\n  {url}" for fault, url in fuzzing.faults.items()))
