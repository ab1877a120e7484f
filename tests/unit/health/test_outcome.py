"""What a discovery, or its failure, says of a server's health."""

from dataclasses import replace
from typing import Any

import pytest

from healthchecks.probes.outcome import (
    outcome_of_discovery,
    outcome_of_failure,
    outcome_of_surprise,
    outcome_of_timeout,
)
from servers.mcp import (
    AuthorizationRequired,
    Dialect,
    Discovery,
    Endpoint,
    Listing,
    NotMcp,
    ProbeFailure,
    RateLimited,
    Refused,
    ServerError,
    Unreachable,
)
from servers.models import HealthState

ENDPOINT = Endpoint(url="https://example.org/mcp", transport="streamable-http")
FOUND = Discovery(
    dialect=Dialect("streamable-http", "stateless"),
    protocol_version="2026-07-28",
    server_info={},
    latency_ms=12.5,
    tools=Listing(entries=[{"name": "a"}]),
    prompts=Listing(entries=[{"name": "p"}]),
    resources=Listing(),
)


def with_tools(**columns: Any) -> Discovery:
    """The discovery with this listing of its tools."""
    return replace(FOUND, tools=Listing(**{"entries": [{"name": "a"}]} | columns))


def test_a_server_that_lists_its_tools_is_healthy() -> None:
    outcome = outcome_of_discovery(FOUND, ENDPOINT)

    assert outcome.state == HealthState.HEALTHY
    assert outcome.reason == "Lists its tools (MCP 2026-07-28)."
    assert outcome.tools == [{"name": "a"}]
    assert (outcome.latency_ms, outcome.dialect) == (12.5, FOUND.dialect)


def test_a_server_without_tools_is_healthy_too() -> None:
    outcome = outcome_of_discovery(with_tools(entries=[]), ENDPOINT)

    assert (outcome.state, outcome.tools) == (HealthState.HEALTHY, [])
    assert outcome.reason.startswith("Lists its tools")


def test_entries_that_are_no_tools_are_told() -> None:
    outcome = outcome_of_discovery(with_tools(skipped=3), ENDPOINT)

    assert outcome.state == HealthState.HEALTHY
    assert "3 entries of its list were no tools" in outcome.reason


def test_a_truncated_listing_degrades_and_its_tools_count() -> None:
    outcome = outcome_of_discovery(with_tools(truncated="Only 50 pages."), ENDPOINT)

    assert (outcome.state, outcome.reason) == (HealthState.DEGRADED, "Only 50 pages.")
    assert outcome.tools == [{"name": "a"}]


def test_an_incomplete_listing_degrades_and_says_nothing_about_the_tools() -> None:
    outcome = outcome_of_discovery(with_tools(incomplete="Broke off."), ENDPOINT)

    assert outcome.state == HealthState.DEGRADED
    assert "Broke off." in outcome.reason
    assert outcome.tools is None


def test_another_transport_than_the_registered_one_works_and_is_wrong() -> None:
    outcome = outcome_of_discovery(replace(FOUND, dialect=Dialect("sse", "session")), ENDPOINT)

    assert outcome.state == HealthState.WRONG_TRANSPORT
    assert "Works over HTTP+SSE, but is registered as Streamable HTTP" in outcome.reason
    assert outcome.tools == [{"name": "a"}]


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (AuthorizationRequired("x", http_status=401), HealthState.AUTH_REQUIRED),
        (NotMcp("x", http_status=401), HealthState.NOT_MCP),
        (Refused("x", http_status=401), HealthState.DEGRADED),
        (RateLimited("x", http_status=401), HealthState.DEGRADED),
        (Unreachable("x", http_status=401), HealthState.UNREACHABLE),
        (ServerError("x", http_status=401), HealthState.UNREACHABLE),
    ],
)
def test_each_failure_has_its_state_and_proves_nothing_about_the_tools(
    failure: ProbeFailure, state: HealthState
) -> None:
    outcome = outcome_of_failure(failure)

    assert (outcome.state, outcome.reason, outcome.http_status) == (state, "x", 401)
    assert outcome.tools is None


def test_a_probe_out_of_time_is_unreachable() -> None:
    outcome = outcome_of_timeout(2.5)

    assert outcome.state == HealthState.UNREACHABLE
    assert outcome.reason == "Gave no complete answer within 2.5 s."


def test_an_answer_that_breaks_the_probe_is_not_mcp() -> None:
    outcome = outcome_of_surprise(KeyError("x"))

    assert outcome.state == HealthState.NOT_MCP
    assert "KeyError" in outcome.reason


def test_what_stands_beside_the_tools_is_told_and_decides_nothing() -> None:
    silent = Listing(incomplete="No complete answer within 2 s.")
    long = Listing(truncated="Only the first 1,000 resources were read.", skipped=2)

    outcome = outcome_of_discovery(replace(FOUND, prompts=silent, resources=long), ENDPOINT)

    assert outcome.state == HealthState.HEALTHY
    assert outcome.reason == (
        "Lists its tools (MCP 2026-07-28). "
        "Its prompts could not be listed: No complete answer within 2 s. "
        "Only the first 1,000 resources were read. "
        "2 entries of its list were no resources and were left out."
    )
    assert (outcome.prompts, outcome.resources) == (None, [])


def test_a_remark_is_one_sentence_more() -> None:
    outcome = outcome_of_timeout(2.5)

    assert outcome.with_remark("") == outcome
    assert outcome.with_remark("So be it.").reason.endswith("within 2.5 s. So be it.")
