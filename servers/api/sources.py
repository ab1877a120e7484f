"""Sources in the REST API, for administrators: where servers are mirrored from, and every run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import LONGEST_PATTERN
from accounts.api.fields import TeamField
from accounts.api.permissions import AdministratorsOnly
from accounts.api.serializers import StrictSerializer
from accounts.services import principal_of
from registry_site.lib.json_body import BodyTooLarge
from registry_site.lib.problem_details import Conflict
from registry_site.lib.query_parameters import parameters_of
from servers import sources
from servers.access import Visibility
from servers.models import Source, SourceRun


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A source; of its credential only whether there is one."""

    team = serializers.CharField(source="team.slug", help_text="Whose new servers are.")
    has_credential = serializers.BooleanField(source="credential")
    include = serializers.ListField(child=serializers.CharField())
    exclude = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Source
        fields = [
            "name",
            "kind",
            "location",
            "has_credential",
            "include",
            "exclude",
            "latest_only",
            "conflict",
            "prune",
            "team",
            "visibility",
            "monitored",
            "enabled",
            "interval_minutes",
            "created_at",
            "updated_since",
            "next_run_at",
            "succeeded_at",
            "last_error",
        ]
        read_only_fields = fields


class _Patterns(serializers.ListField):
    def __init__(self, **options: Any) -> None:
        child = serializers.CharField(max_length=LONGEST_PATTERN)
        super().__init__(child=child, required=False, max_length=sources.MOST_PATTERNS, **options)


class SourceChangeSerializer(StrictSerializer):
    """What of a source can be changed."""

    location = serializers.CharField(
        required=False,
        max_length=2000,
        allow_blank=True,
        help_text="The registry's base URL, or a path below the folder of sources.",
    )
    credential = serializers.CharField(
        required=False,
        max_length=sources.LONGEST_CREDENTIAL,
        allow_blank=True,
        help_text="A bearer token for the registry; never shown again. Empty: none.",
    )
    include = _Patterns(help_text="Names to take: *, namespace/* or namespace/name; none: all.")
    exclude = _Patterns(help_text="Names to leave, whatever is included.")
    latest_only = serializers.BooleanField(required=False)
    conflict = serializers.ChoiceField(Source.Conflict.choices, required=False)
    prune = serializers.BooleanField(required=False)
    team = TeamField(required=False)
    visibility = serializers.ChoiceField(Visibility.choices, required=False)
    monitored = serializers.BooleanField(required=False)
    enabled = serializers.BooleanField(required=False)
    interval_minutes = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=sources.LONGEST_INTERVAL
    )


class SourceRequestSerializer(SourceChangeSerializer):
    """A source to be added."""

    name = serializers.SlugField(max_length=50)
    kind = serializers.ChoiceField(Source.Kind.choices)


class RunRequestSerializer(StrictSerializer):
    """How a source is to run."""

    dry_run = serializers.BooleanField(
        default=False, help_text="Say what would be done, and do nothing."
    )
    full = serializers.BooleanField(
        default=False, help_text="Look at everything, not only at what changed."
    )
    force = serializers.BooleanField(
        default=False, help_text="Delete what vanished even if that is more than half."
    )


class RemarkSerializer(serializers.Serializer[Any]):
    """Something about one document or server."""

    kind = serializers.CharField()
    about = serializers.CharField()
    text = serializers.CharField()


class SourceRunSerializer(serializers.ModelSerializer[SourceRun]):
    """A run, or the plan of one: what was, or would be, done, and what there is to be told."""

    counts = serializers.DictField(child=serializers.IntegerField())
    changes = serializers.ListField(child=serializers.CharField(), help_text="The first 1,000.")
    remarks = RemarkSerializer(many=True, help_text="The first 200.")

    class Meta:
        model = SourceRun
        fields = [
            "id",
            "requested_at",
            "started_at",
            "finished_at",
            "dry_run",
            "full",
            "force",
            "outcome",
            "error",
            "counts",
            "changes",
            "remarks",
        ]
        read_only_fields = fields


class UploadParser(BaseParser):
    """The body as it is, whatever it says it is: the run finds out."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises ``BodyTooLarge`` (413)."""
        body = stream.read(sources.LARGEST_UPLOAD + 1)
        if len(body) > sources.LARGEST_UPLOAD:
            raise BodyTooLarge
        return body


@contextmanager
def refusals_as_answers() -> Iterator[None]:
    """400 with the field that is wrong, 409 for a name that is taken."""
    try:
        yield
    except sources.InvalidSource as error:
        raise ValidationError({error.field: [str(error)]}) from error
    except sources.SourceExists as error:
        raise Conflict(str(error)) from error


@extend_schema_view(
    list=extend_schema(summary="List the sources"),
    retrieve=extend_schema(summary="One source"),
    destroy=extend_schema(summary="Remove a source with its runs; its servers stay"),
)
class SourceViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[Source],
):
    """Other registries, folders and files whose servers are mirrored here."""

    queryset = Source.objects.select_related("team").order_by("name")
    serializer_class = SourceSerializer
    permission_classes = [AdministratorsOnly]
    lookup_field = "name"
    lookup_url_kwarg = "slug"
    lookup_value_regex = r"[-a-zA-Z0-9_]+"

    @extend_schema(
        summary="Add a source", request=SourceRequestSerializer, responses={201: SourceSerializer}
    )
    def create(self, request: Request) -> Response:
        """One with an interval first runs when that is over. 409: the name is taken."""
        wanted = SourceRequestSerializer(data=request.data, context=self._context())
        wanted.is_valid(raise_exception=True)
        with refusals_as_answers():
            source = sources.add_source(**wanted.validated_data, now=timezone.now())
        return Response(SourceSerializer(source).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a source", request=SourceChangeSerializer, responses=SourceSerializer
    )
    def partial_update(self, request: Request, slug: str) -> Response:
        """After a change of what it takes, the next run looks at everything."""
        source = self.get_object()
        wanted = SourceChangeSerializer(data=request.data, context=self._context())
        wanted.is_valid(raise_exception=True)
        changes: sources.SourceChanges = wanted.validated_data
        with refusals_as_answers():
            sources.change_source(source=source, changes=changes, now=timezone.now())
        return Response(SourceSerializer(source).data)

    def perform_destroy(self, instance: Source) -> None:
        sources.remove_source(source=instance, now=timezone.now())

    @extend_schema(
        summary="Run a source", request=RunRequestSerializer, responses={202: SourceRunSerializer}
    )
    @action(detail=True, methods=["post"])
    def run(self, request: Request, slug: str) -> Response:
        """A worker runs it soon; `GET` of its runs says how that went."""
        source = self.get_object()
        wanted = RunRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with refusals_as_answers():
            run = sources.request_run(source=source, **wanted.validated_data, now=timezone.now())
        return Response(SourceRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="Upload a file to a source",
        parameters=[RunRequestSerializer],
        request={
            "application/json": OpenApiTypes.OBJECT,
            "application/gzip": OpenApiTypes.BINARY,
        },
        responses={202: SourceRunSerializer},
    )
    @action(detail=True, methods=["post"], parser_classes=[UploadParser], filter_backends=[])
    def upload(self, request: Request, slug: str) -> Response:
        """For a source of the kind `upload`: the body is the file, at most 1 MiB, packed or not.

        It is kept until its run is over. 413: it is larger.
        """
        source = self.get_object()
        how = parameters_of(request, RunRequestSerializer)
        with refusals_as_answers():
            run = sources.request_run(
                source=source,
                upload=cast("bytes", request.data),
                **how,
                now=timezone.now(),
            )
        return Response(SourceRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(summary="The runs of a source", responses=SourceRunSerializer(many=True))
    @action(detail=True, methods=["get"])
    def runs(self, request: Request, slug: str) -> Response:
        """The newest first; the last hundred are kept."""
        runs: QuerySet[SourceRun] = self.get_object().runs.defer("upload")
        page: Any = self.paginate_queryset(runs)  # type: ignore[arg-type] # of another model
        return self.get_paginated_response(SourceRunSerializer(page, many=True).data)

    def _context(self) -> dict[str, Any]:
        return {"principal": principal_of(self.request)}
