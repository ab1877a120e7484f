"""The tools that search: one call of the service, told in as few characters as will do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from search import services
from search.answers import SearchAnswer, SearchResult
from search.filters import InvalidFilter
from search.matches import Kind
from search.mcp.answers import (
    CUT,
    FoundServer,
    FoundServers,
    FoundTool,
    FoundTools,
    compact,
    length,
)
from search.mcp.arguments import MOST_RESULTS, FindServers, FindTools, Search
from search.mcp.caller import Caller, ToolError
from search.mcp.texts import LONGEST_ANSWER, LONGEST_DESCRIPTION, fitting, shortened
from search.models import Surface
from search.results import Shown

# What is less likely than this to be meant, an agent need not read.
UNLIKELY = 0.01
SHORTEST_DESCRIPTION = 80
# Of a result, what is not its description: names, numbers, and what JSON puts around them.
AROUND_A_DESCRIPTION = 200


def find_tools(caller: Caller, asked: FindTools) -> FoundTools:
    filters = replace(asked.filters, read_only=asked.read_only or None)
    if asked.server:
        filters = replace(filters, server=caller.server(asked.server).name)
    answer = _searched(
        caller, asked, kind=Kind.TOOL, filters=filters, shown=Shown(schemas=asked.include_schema)
    )
    longest = _room_for_a_description(answer)
    tools = fitting((_found_tool(row, longest) for row in answer.results), size=length)
    without = _add_schemas(tools, answer.results) if asked.include_schema else []
    left_out = _left_out(answer, told=len(tools), longest=longest) + without
    return FoundTools(tools=tools, degraded=answer.degraded, note=_note(answer), left_out=left_out)


def find_servers(caller: Caller, asked: FindServers) -> FoundServers:
    filters = replace(asked.filters, transport=asked.transport)
    answer = _searched(caller, asked, kind=Kind.SERVER, filters=filters)
    longest = _room_for_a_description(answer)
    servers = fitting((_found_server(row, longest) for row in answer.results), size=length)
    left_out = _left_out(answer, told=len(servers), longest=longest)
    return FoundServers(
        servers=servers, degraded=answer.degraded, note=_note(answer), left_out=left_out
    )


def _searched(caller: Caller, asked: Search, *, kind: Kind, **narrowing: Any) -> SearchAnswer:
    try:
        return services.logged_search(
            principal=caller.principal,
            surface=Surface.MCP,
            now=caller.now,
            query=asked.query,
            kinds=(kind,),
            limit=asked.limit,
            min_score=UNLIKELY,
            **narrowing,
        )
    except (services.EmptyQuery, services.QueryTooLong) as refusal:
        raise ToolError(str(refusal)) from refusal
    except InvalidFilter as refusal:
        raise ToolError(f"The argument {refusal.name} does not fit: {refusal}") from refusal


def _room_for_a_description(answer: SearchAnswer) -> int:
    """The more results, the shorter each."""
    each = LONGEST_ANSWER // max(len(answer.results), 1) - AROUND_A_DESCRIPTION
    return min(max(each, SHORTEST_DESCRIPTION), LONGEST_DESCRIPTION)


def _found_tool(row: SearchResult, longest: int) -> FoundTool:
    return FoundTool(
        name=row.name,
        server=row.server,
        title=shortened(row.title, SHORTEST_DESCRIPTION),
        description=shortened(row.description, longest),
        score=row.score,
        health=row.health,
    )


def _found_server(row: SearchResult, longest: int) -> FoundServer:
    return FoundServer(
        name=row.name,
        title=shortened(row.title, SHORTEST_DESCRIPTION),
        description=shortened(row.description, longest),
        score=row.score,
        health=row.health,
    )


def _add_schemas(tools: Sequence[FoundTool], rows: Sequence[SearchResult]) -> list[str]:
    """Give the tools their schemas, the best first, as long as there is room for them."""
    room = LONGEST_ANSWER - sum(map(length, tools))
    without = 0
    for tool, row in zip(tools, rows, strict=False):
        schema = row.input_schema
        if schema is not None and (size := len(compact(schema))) <= room:
            tool.input_schema = schema
            room -= size
        else:
            without += 1
    return [f"{without} input schemas are left to get_tool."] if without else []


def _note(answer: SearchAnswer) -> str:
    said = [
        f"Did you mean: {answer.did_you_mean}?" if answer.did_you_mean else "",
        f"Not compared by meaning: {answer.reason}" if answer.degraded else "",
    ]
    return " ".join(filter(None, said))


def _left_out(answer: SearchAnswer, *, told: int, longest: int) -> list[str]:
    left_out = []
    if more := answer.count - len(answer.results):
        left_out.append(f"{more} more fit less well: raise limit ({MOST_RESULTS} at most).")
    if (too_long := len(answer.results) - told) > 0:
        left_out.append(f"{too_long} more would be too long an answer: narrow the search.")
    if any(len(row.description) > longest for row in answer.results[:told]):
        left_out.append(CUT)
    return left_out
