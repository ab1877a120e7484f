"""The tools of the endpoint: how each is announced to an agent, and what a call of it does.

All of them read, what they read belongs to this registry, and asking twice is asking once.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mcp_types as types

from search.mcp import finding, looking_up
from search.mcp.answers import (
    Answer,
    Categories,
    FoundServers,
    FoundTools,
    HealthAnswer,
    ServerAnswer,
    ToolAnswer,
)
from search.mcp.arguments import (
    Arguments,
    CheckHealth,
    FindServers,
    FindTools,
    GetServer,
    GetTool,
    InvalidArguments,
    ListCategories,
    parsed,
    schema_of,
)
from search.mcp.caller import Caller, ToolError

logger = logging.getLogger(__name__)

OUR_FAULT = "Something went wrong on our side; it has been logged. Try again later."


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool: its words, its two models and the function between them."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    answer: type[Answer]
    run: Callable[[Caller, Any], Answer]

    @cached_property
    def announced(self) -> types.Tool:
        """As ``tools/list`` tells it."""
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=schema_of(self.arguments),
            output_schema=schema_of(self.answer),
            annotations=types.ToolAnnotations(
                title=self.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )

    def call(self, caller: Caller, given: dict[str, Any]) -> types.CallToolResult:
        """The answer, or in its place the sentence that says what is wrong with the call."""
        try:
            answer = self.run(caller, parsed(self.arguments, given))
        except (InvalidArguments, ToolError) as refusal:
            return _refused(str(refusal))
        except Exception:
            logger.exception("The tool %s failed.", self.name)
            return _refused(OUR_FAULT)
        return types.CallToolResult(
            content=[types.TextContent(text=answer.in_words())],
            structured_content=answer.structured(),
        )


def _refused(sentence: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=sentence)], is_error=True)


TOOLS = {
    tool.name: tool
    for tool in [
        Tool(
            name="find_tools",
            title="Find tools",
            description=(
                "Find the MCP tools that fit a task, among all tools of all servers in this "
                "registry. Start here: say in plain words what is to be done, one need a query. "
                "The best fit comes first, with a score from 0 to 1 and the health of its server. "
                "An empty list means that nothing fits; do not invent a tool then. "
                "Next: get_tool for the input schema and the address."
            ),
            arguments=FindTools,
            answer=FoundTools,
            run=finding.find_tools,
        ),
        Tool(
            name="find_servers",
            title="Find servers",
            description=(
                "Find MCP servers by what they are for. Use it to choose a product or a source of "
                "data as a whole, or for a task of many steps; for a single step use find_tools. "
                "Next: get_server for its tools and how to connect."
            ),
            arguments=FindServers,
            answer=FoundServers,
            run=finding.find_servers,
        ),
        Tool(
            name="get_server",
            title="Get a server",
            description=(
                "All about one server: what it is for, how to connect to it (address or package), "
                "its version, health, category and tags, and its tools in a line each."
            ),
            arguments=GetServer,
            answer=ServerAnswer,
            run=looking_up.get_server,
        ),
        Tool(
            name="get_tool",
            title="Get a tool",
            description=(
                "All that is needed to call one tool: its description and input schema, the "
                "address and transport of its server, and whether that works right now."
            ),
            arguments=GetTool,
            answer=ToolAnswer,
            run=looking_up.get_tool,
        ),
        Tool(
            name="list_categories",
            title="List categories",
            description=(
                "The categories and the most frequent tags of the servers here, with how many "
                "servers have each: to narrow a search by, or to get an idea of what there is."
            ),
            arguments=ListCategories,
            answer=Categories,
            run=looking_up.list_categories,
        ),
        Tool(
            name="check_health",
            title="Check the health of a server",
            description=(
                "Whether a server works, as far as this registry knows from its last check: the "
                "state in words, since when, when it was looked at, how fast it answered. "
                "It reports the last check and makes no new one."
            ),
            arguments=CheckHealth,
            answer=HealthAnswer,
            run=looking_up.check_health,
        ),
    ]
}
