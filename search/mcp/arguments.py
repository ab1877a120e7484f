"""What the tools may be asked, as models: agents read their JSON schemas, calls are held to them.

No argument may be null in the schemas, since some models fill in whatever a schema allows; one
that is null all the same counts as left out.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from search.filters import Filters
from search.services.searching import LONGEST_QUERY
from servers.models import LONGEST_NAME, HealthState, Transport
from servers.services import (
    LONGEST_CATEGORY,
    LONGEST_LABEL,
    LONGEST_LABEL_KEY,
    LONGEST_TAG,
    LONGEST_TOOL_TEXT,
)

MOST_RESULTS = 20
USUAL_RESULTS = 5
# Of a JSON schema, what pydantic adds for people who write forms.
TITLE = "title"

# A closed list is told by its schema; that a value is in it, the service looks at.
HEALTH_STATES: dict[str, JsonValue] = {"enum": ["", *HealthState.values]}
TRANSPORTS: dict[str, JsonValue] = {"enum": ["", *filter(None, Transport.values)]}

ServerName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_NAME,
        description="The whole name of a server, as the other tools give it: namespace/name.",
    ),
]


class InvalidArguments(Exception):
    """The call does not fit the schema; the message says to an agent what to change."""


class Arguments(BaseModel):
    """What a tool may be asked; anything else is refused."""

    model_config = ConfigDict(extra="forbid")


class Search(Arguments):
    """What the two searches share."""

    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST_QUERY,
            description="What is needed, in plain words: the task, not keywords. "
            "One need a query. An exact name works, too.",
        ),
    ]
    limit: Annotated[int, Field(ge=1, le=MOST_RESULTS, description="How many at most.")] = (
        USUAL_RESULTS
    )
    category: Annotated[
        str,
        Field(
            max_length=LONGEST_CATEGORY,
            description="Only servers of this category; list_categories names them.",
        ),
    ] = ""
    tag: Annotated[
        str, Field(max_length=LONGEST_TAG, description="Only servers with this tag.")
    ] = ""
    label: Annotated[
        str,
        Field(
            max_length=LONGEST_LABEL_KEY + 1 + LONGEST_LABEL,
            description="Only servers with this label: key, or key:value.",
        ),
    ] = ""
    health: Annotated[
        str,
        Field(
            json_schema_extra=HEALTH_STATES,
            description="Only servers in this state; `healthy` for what works right now.",
        ),
    ] = ""

    @property
    def filters(self) -> Filters:
        """What narrows the search."""
        return Filters(category=self.category, tag=self.tag, label=self.label, health=self.health)


class FindTools(Search):
    server: Annotated[
        str, Field(max_length=LONGEST_NAME, description="Only tools of the server of this name.")
    ] = ""
    read_only: Annotated[
        bool, Field(description="Only tools that say of themselves that they change nothing.")
    ] = False
    include_schema: Annotated[
        bool,
        Field(description="Add input schemas, as far as they fit. Otherwise ask get_tool."),
    ] = False


class FindServers(Search):
    transport: Annotated[
        str,
        Field(json_schema_extra=TRANSPORTS, description="Only servers that are reached this way."),
    ] = ""


class GetServer(Arguments):
    name: ServerName


class GetTool(Arguments):
    server: ServerName
    tool: Annotated[
        str, Field(min_length=1, max_length=LONGEST_TOOL_TEXT, description="The tool's name.")
    ]
    whole: Annotated[
        bool, Field(description="Cut nothing, however long the description and schema are.")
    ] = False


class ListCategories(Arguments):
    pass


class CheckHealth(Arguments):
    server: ServerName


Model = TypeVar("Model", bound=Arguments)


def parsed(model: type[Model], given: dict[str, Any]) -> Model:
    """``given`` as the arguments of a tool. Raises ``InvalidArguments``."""
    try:
        return model.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        raise InvalidArguments(" ".join(_sentences(model, error))) from None


def _sentences(model: type[Arguments], error: ValidationError) -> list[str]:
    known = ", ".join(model.model_fields) or "none"
    return [_sentence(wrong["type"], wrong["loc"], wrong["msg"], known) for wrong in error.errors()]


def _sentence(kind: str, place: tuple[int | str, ...], message: str, known: str) -> str:
    argument = ".".join(map(str, place))
    if kind == "missing":
        return f"The argument {argument} is missing."
    if kind == "extra_forbidden":
        return f"There is no argument {argument}; there are: {known}."
    return f"The argument {argument} does not fit: {message}."


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of ``model``, without the titles that only repeat names."""
    schema: dict[str, Any] = _without_titles(model.model_json_schema())
    schema.pop("description", None)
    return schema


def _without_titles(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_titles(value)
        for key, value in schema.items()
        # A property of this name has a schema, not a text.
        if not (key == TITLE and isinstance(value, str))
    }
