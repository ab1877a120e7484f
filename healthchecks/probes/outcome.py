"""What a discovery, or its failure, says of a server's health: a pure mapping, with reasons."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from servers.mcp import (
    AuthorizationRequired,
    Dialect,
    Discovery,
    Endpoint,
    NotMcp,
    ProbeFailure,
    Refused,
    Unreachable,
)
from servers.models import HealthState, Transport

_STATES: dict[type[ProbeFailure], HealthState] = {
    AuthorizationRequired: HealthState.AUTH_REQUIRED,
    NotMcp: HealthState.NOT_MCP,
    Refused: HealthState.DEGRADED,
    Unreachable: HealthState.UNREACHABLE,
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one probe. A kind is ``None`` when it does not tell what there is of it."""

    state: HealthState
    reason: str
    latency_ms: float | None = None
    http_status: int | None = None
    dialect: Dialect | None = None
    protocol_version: str = ""
    tools: list[dict[str, Any]] | None = None
    prompts: list[dict[str, Any]] | None = None
    resources: list[dict[str, Any]] | None = None

    def with_remark(self, remark: str) -> Self:
        """The same with one sentence more in its reason."""
        return replace(self, reason=f"{self.reason} {remark}".rstrip())


def outcome_of_discovery(discovery: Discovery, endpoint: Endpoint) -> Outcome:
    """What it means that the server at ``endpoint`` answered with ``discovery``."""
    state, reason = _judge(discovery, endpoint)
    return Outcome(
        state=state,
        reason=" ".join([reason, *_remarks(discovery)]),
        latency_ms=discovery.latency_ms,
        dialect=discovery.dialect,
        protocol_version=discovery.protocol_version,
        tools=discovery.tools.known,
        prompts=discovery.prompts.known,
        resources=discovery.resources.known,
    )


def _judge(discovery: Discovery, endpoint: Endpoint) -> tuple[HealthState, str]:
    tools = discovery.tools
    if tools.incomplete:
        return HealthState.DEGRADED, f"Its tools could not be listed. {tools.incomplete}"
    if discovery.transport != endpoint.transport:
        return HealthState.WRONG_TRANSPORT, (
            f"Works over {Transport(discovery.transport).label}, but is registered as "
            f"{Transport(endpoint.transport).label}: clients that follow its document fail."
        )
    if tools.truncated:
        return HealthState.DEGRADED, tools.truncated
    # Without their number: the reason is shown to those who may see some of the tools only, too.
    return HealthState.HEALTHY, f"Lists its tools (MCP {discovery.protocol_version})."


def _remarks(discovery: Discovery) -> Iterator[str]:
    """What does not decide the state: of prompts and resources, and of entries left out."""
    beside = {"prompts": discovery.prompts, "resources": discovery.resources}
    for what, listing in beside.items():
        if listing.incomplete:
            yield f"Its {what} could not be listed: {listing.incomplete}"
        elif listing.truncated:
            yield listing.truncated
    for what, listing in {"tools": discovery.tools, **beside}.items():
        if listing.skipped:
            yield f"{listing.skipped:,} entries of its list were no {what} and were left out."


def outcome_of_failure(failure: ProbeFailure) -> Outcome:
    """What it means that a probe ended with ``failure``."""
    state = next(state for kind, state in _STATES.items() if isinstance(failure, kind))
    return Outcome(state=state, reason=failure.reason, http_status=failure.http_status)


def outcome_of_timeout(deadline: float) -> Outcome:
    """What it means that a probe was not through after ``deadline`` seconds."""
    return Outcome(
        state=HealthState.UNREACHABLE, reason=f"Gave no complete answer within {deadline:g} s."
    )


def outcome_of_surprise(error: Exception) -> Outcome:
    """What it means that an answer broke the probe itself: not MCP as we know it."""
    return Outcome(
        state=HealthState.NOT_MCP,
        reason=f"Its answer could not be dealt with ({type(error).__name__}).",
    )
