"""The tools that tell of one server, of one tool, and of what there is to narrow a search by."""

from datetime import datetime
from typing import Any

from django.utils.timesince import timesince

from search.mcp.answers import (
    CUT,
    Categories,
    Counted,
    HealthAnswer,
    OfferedTool,
    Package,
    ServerAnswer,
    ToolAnswer,
    compact,
    length,
)
from search.mcp.arguments import CheckHealth, GetServer, GetTool, ListCategories
from search.mcp.caller import Caller, ToolError
from search.mcp.texts import LONGEST_ANSWER, fitting, shortened
from servers.models import Server, Tag, Tool

LONGEST_SERVER_DESCRIPTION = 1_000
LONGEST_TOOL_DESCRIPTION = 2_000
LONGEST_LINE = 120
MOST_PACKAGES = 5
MOST_CATEGORIES = 100
MOST_TAGS = 50


def get_server(caller: Caller, asked: GetServer) -> ServerAnswer:
    server = caller.server(asked.name)
    version = server.latest_version
    answer = ServerAnswer(
        name=server.name,
        title=server.display_title,
        description=shortened(server.description, LONGEST_SERVER_DESCRIPTION),
        version=version.version,
        health=health_in_words(server, caller.now),
        transport=server.get_transport_display(),
        url=server.endpoint_url,
        packages=_packages(version.document),
        category=server.category,
        tags=list(server.tags.values_list("name", flat=True)),
        website=server.website_url,
        repository=server.repository_url,
        tools=[],
    )
    _add_tools(answer, caller, server)
    return answer


def get_tool(caller: Caller, asked: GetTool) -> ToolAnswer:
    server = caller.server(asked.server)
    tools = Tool.objects.current().open_to(caller.principal).filter(server=server)
    tool = tools.filter(name=asked.tool).first()
    if tool is None:
        raise ToolError(f"There is no tool {shortened(asked.tool)} of {server.name}.")
    answer = ToolAnswer(
        name=tool.name,
        server=server.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        annotations=tool.annotations,
        transport=server.get_transport_display(),
        url=server.endpoint_url,
        health=health_in_words(server, caller.now),
    )
    return answer if asked.whole else _cut(answer)


def list_categories(caller: Caller, asked: ListCategories) -> Categories:
    visible = Server.objects.visible_to(caller.principal)
    facets = [row for row in visible.facets("category").of("category") if row.value]
    tags = Tag.objects.in_use(caller.principal).values_list(
        "name",
        "server_count",  # type: ignore[misc]  # which in_use adds
    )
    frequent = sorted(tags, key=lambda tag: (-tag[1], tag[0]))[:MOST_TAGS]
    left_out = len(facets) - MOST_CATEGORIES
    return Categories(
        categories=[Counted(name=row.value, servers=row.total) for row in facets[:MOST_CATEGORIES]],
        tags=[Counted(name=name, servers=total) for name, total in frequent],
        left_out=[f"{left_out} rarer categories; search without one."] if left_out > 0 else [],
    )


def check_health(caller: Caller, asked: CheckHealth) -> HealthAnswer:
    server = caller.server(asked.server)
    latency = server.health_latency_ms
    return HealthAnswer(
        server=server.name,
        state=server.health_state,
        summary=health_in_words(server, caller.now),
        reason=server.health_reason,
        since=_written(server.health_since),
        checked_at=_written(server.health_checked_at),
        latency_ms=-1 if latency is None else round(latency, 1),
    )


def health_in_words(server: Server, now: datetime) -> str:
    """The last known state of ``server``: for how long, when it was looked at, and why."""
    state = f"is {server.get_health_state_display()}"
    if server.health_since:
        state = f"has been{state.removeprefix('is')} for {_ago(server.health_since, now)}"
    return f"{server.name} {state}; {_last_look(server, now)}.{_reason(server)}"


def _last_look(server: Server, now: datetime) -> str:
    if server.health_checked_at is None:
        return "it was never looked at"
    looked = f"looked at {_ago(server.health_checked_at, now)} ago"
    if server.health_latency_ms is None:
        return looked
    return f"{looked}, when it answered in {server.health_latency_ms:.0f} ms"


def _reason(server: Server) -> str:
    reason = shortened(server.health_reason).rstrip(".")
    return f" {reason}." if reason else ""


def _ago(moment: datetime, now: datetime) -> str:
    lasting = timesince(moment, now, depth=1).replace("\xa0", " ")
    return "less than a minute" if lasting == "0 minutes" else lasting


def _written(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _packages(document: dict[str, Any]) -> list[Package]:
    return [
        Package(
            type=package.get("registryType", ""),
            identifier=package.get("identifier", ""),
            version=package.get("version") or "",
        )
        for package in document.get("packages", [])[:MOST_PACKAGES]
    ]


def _add_tools(answer: ServerAnswer, caller: Caller, server: Server) -> None:
    """As many tools as there is room for, each in a line."""
    rows = Tool.objects.current().open_to(caller.principal).filter(server=server).order_by("name")
    tools = [
        OfferedTool(name=name, description=shortened(description, LONGEST_LINE))
        for name, description in rows.values_list("name", "description")
    ]
    answer.tools = fitting(tools, size=length, room=LONGEST_ANSWER - length(answer))
    answer.left_out = _left_out_of(answer, server, len(tools) - len(answer.tools))


def _left_out_of(answer: ServerAnswer, server: Server, more_tools: int) -> list[str]:
    left_out = [f"The whole server.json is the resource rollcall://servers/{server.name}."]
    if more_tools:
        left_out.append(f"{more_tools} more tools: find_tools with server={server.name}.")
    if answer.tools:
        left_out.append("Input schemas: get_tool.")
    return left_out


def _cut(answer: ToolAnswer) -> ToolAnswer:
    """``answer`` in the room there is: the description first, then the schema in outline."""
    description = shortened(answer.description, LONGEST_TOOL_DESCRIPTION)
    left_out = [] if len(description) >= len(answer.description.strip()) else [CUT]
    shorter = answer.model_copy(update={"description": description, "input_schema": {}})
    room = LONGEST_ANSWER - length(shorter)
    schema, size = answer.input_schema, len(compact(answer.input_schema))
    if size > room:
        schema = outline(schema, room)
        left_out.append(
            f"The input schema has {size:,} characters and stands here in outline: "
            "ask again with whole=true before you call the tool."
        )
    return shorter.model_copy(update={"input_schema": schema, "left_out": left_out})


def outline(schema: dict[str, Any], room: int) -> dict[str, Any]:
    """The arguments of ``schema`` by name and type, as many as there is room for."""
    properties = schema.get("properties")
    rows = properties.items() if isinstance(properties, dict) else ()
    kept = fitting(
        ((name, _typed(argument)) for name, argument in rows),
        size=lambda row: len(compact(row)),
        room=room,
    )
    return {"type": "object", "properties": dict(kept)}


def _typed(argument: Any) -> dict[str, Any]:
    """What an argument is, without what it is made of."""
    if not isinstance(argument, dict):
        return {}
    typed = {"type": argument["type"]} if "type" in argument else {}
    text = argument.get("description")
    return typed | ({"description": shortened(text, LONGEST_LINE)} if isinstance(text, str) else {})
