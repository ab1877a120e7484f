"""The official registry API in our API description: its schemas, parameters and answers.

The schemas are the official ones as far as this registry keeps to them, and are written out
because their names are no names of Python. `/v0` is not described: it answers as `/v0.1` does.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema

from registry_site.lib.openapi_answers import PROBLEM
from registry_site.lib.routers import Endpoint
from servers.documents.upgrades import OFFICIAL_META
from servers.models import (
    LONGEST_NAME,
    LONGEST_STATUS_MESSAGE,
    LONGEST_VERSION,
    HealthState,
    ReviewState,
    Status,
)
from servers.registry_api.entries import FACTS_META
from servers.registry_api.parameters import ListParameters, VersionsParameters

TAGS = ["official registry API"]
DESCRIBED, ALIAS = "/v0.1/", "/v0/"
OFFICIAL_PROBLEM = "OfficialProblem"

Method = TypeVar("Method", bound=Callable[..., Any])
Schema = dict[str, Any]


class Decorator(Protocol):
    """What leaves a method of a view as it is."""

    def __call__(self, method: Method, /) -> Method: ...


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Schema], *, optional: Iterable[str] = (), **more: Any) -> Schema:
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "required": required, "properties": properties} | more


def _list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item}


MOMENT: Schema = {"type": "string", "format": "date-time"}
TEXT: Schema = {"type": "string"}
NAME: Schema = {
    "type": "string",
    "minLength": 3,
    "maxLength": LONGEST_NAME,
    "pattern": "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$",
    "example": "com.example/weather",
}
VERSION_NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_VERSION,
    "example": "1.0.2",
}
STATUS: Schema = {"type": "string", "enum": list(Status.values)}
MESSAGE: Schema = {"type": "string", "maxLength": LONGEST_STATUS_MESSAGE}

COMPONENTS: dict[str, Schema] = {
    "ServerJSON": _object(
        {
            "name": NAME,
            "description": {"type": "string", "minLength": 1, "maxLength": 100},
            "version": VERSION_NAME,
        },
        description="A server.json document (schema 2025-12-11), whose other fields are: "
        "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        additionalProperties=True,
    ),
    "ServerResponse": _object(
        {
            "server": _ref("ServerJSON"),
            "_meta": _object(
                {OFFICIAL_META: _ref("OfficialMeta"), FACTS_META: _ref("RegistryFacts")},
                optional=[FACTS_META],  # of a deleted server there are none
            ),
        },
        description="A document, and what the registry says of it.",
    ),
    "OfficialMeta": _object(
        {
            "status": STATUS,
            "statusMessage": MESSAGE,
            "statusChangedAt": MOMENT,
            "publishedAt": MOMENT,
            "updatedAt": MOMENT,
            "isLatest": {"type": "boolean"},
        },
        optional=["statusMessage"],
        additionalProperties=False,
        description="What the official registry says of each entry.",
    ),
    "RegistryFacts": _object(
        {
            "health": _object(
                {
                    "state": {"type": "string", "enum": list(HealthState.values)},
                    "checkedAt": MOMENT,
                },
                optional=["checkedAt"],
            ),
            "reviewState": {"type": "string", "enum": list(ReviewState.values)},
            "toolCount": {"type": "integer", "minimum": 0},
            "category": TEXT,
            "tags": _list_of(TEXT),
            "team": {"type": "string", "description": "For callers who are signed in."},
        },
        optional=["team"],
        description="What this registry says beside that.",
    ),
    "ServerList": _object(
        {
            "servers": _list_of(_ref("ServerResponse")),
            "metadata": _object(
                {
                    "count": {"type": "integer", "minimum": 0, "description": "Entries here."},
                    "nextCursor": {"type": "string", "description": "Absent on the last page."},
                },
                optional=["nextCursor"],
            ),
        }
    ),
    "StatusUpdateRequest": _object(
        {"status": STATUS, "statusMessage": MESSAGE},
        optional=["statusMessage"],
        description="`statusMessage` says why; it is not for `active`.",
    ),
    "AllVersionsStatusResponse": _object(
        {
            "updatedCount": {"type": "integer", "minimum": 0},
            "servers": _list_of(_ref("ServerResponse")),
        }
    ),
    OFFICIAL_PROBLEM: {
        "allOf": [
            _ref(PROBLEM),
            {
                "type": "object",
                "properties": {"error": {"type": "string", "description": "The same as `detail`."}},
            },
        ]
    },
}

SERVER_NAME = OpenApiParameter(
    "serverName",
    NAME,
    OpenApiParameter.PATH,
    description="The name; its slash may be written `%2F`.",
)
VERSION_PARAMETER = OpenApiParameter(
    "version", VERSION_NAME, OpenApiParameter.PATH, description="The version, URL-encoded."
)


def _described(summary: str, operation: str, answer: str, **more: Any) -> Decorator:
    return extend_schema(
        summary=summary,
        operation_id=f"official_{operation}",
        tags=TAGS,
        responses={(200, "application/json"): _ref(answer)},
        **more,
    )


def _body(name: str) -> dict[str, Schema]:
    return {"application/json": _ref(name)}


ONE_VERSION = [SERVER_NAME, VERSION_PARAMETER]

described_index = _described(
    "List the servers", "servers_list", "ServerList", parameters=[ListParameters]
)
described_versions = _described(
    "The versions of a server",
    "versions_list",
    "ServerList",
    parameters=[SERVER_NAME, VersionsParameters],
)
described_retrieve = _described(
    "One version, or `latest`",
    "version_retrieve",
    "ServerResponse",
    parameters=[*ONE_VERSION, VersionsParameters],
)
described_update = _described(
    "Replace a document that is not approved",
    "version_update",
    "ServerResponse",
    parameters=ONE_VERSION,
    request=_body("ServerJSON"),
)
described_destroy = _described(
    "Delete a version", "version_destroy", "ServerResponse", parameters=ONE_VERSION
)
described_set_status = _described(
    "Change the status of a version",
    "version_status",
    "ServerResponse",
    parameters=ONE_VERSION,
    request=_body("StatusUpdateRequest"),
)
described_set_all = _described(
    "Change the status of all versions",
    "versions_status",
    "AllVersionsStatusResponse",
    parameters=[SERVER_NAME],
    request=_body("StatusUpdateRequest"),
)
described_publish = _described(
    "Publish a version", "publish", "ServerResponse", request=_body("ServerJSON")
)


def described_facts(operation: str, **facts: Schema) -> Any:
    """An endpoint that answers a few facts about the registry itself."""
    return extend_schema(
        summary=f"The registry's {operation}",
        operation_id=f"official_{operation}",
        tags=TAGS,
        responses={(200, "application/json"): _object(facts)},
    )


def without_the_alias(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """A preprocessing hook of drf-spectacular."""
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith(ALIAS)]


def add_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook, for after the one that declares the errors."""
    result["components"]["schemas"] |= COMPONENTS
    for path, operations in result["paths"].items():
        if path.startswith(DESCRIBED):
            for operation in operations.values():
                _say_official_problem(operation)
    return result


def _say_official_problem(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            if content["schema"] == _ref(PROBLEM):
                content["schema"] = _ref(OFFICIAL_PROBLEM)
