"""Query parameters are as strict as bodies: one that nothing knows is refused, not missed."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView


def refuse_unknown_parameters(given: Iterable[str], known: Iterable[str]) -> None:
    """Raises ``ValidationError`` with an entry for each parameter that is not ``known``."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        there_are = ", ".join(known) or "none"
        message = f"There is no such parameter; there are: {there_are}."
        raise ValidationError(dict.fromkeys(unknown, message))


def parameters_of(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """What the query says, checked. Raises ``ValidationError``, also for what is not known."""
    given = shape(data=request.query_params.dict())
    refuse_unknown_parameters(request.query_params, given.fields)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class FormatIsAParameter(DefaultContentNegotiation):
    """Leaves ``?format=`` to the view: DRF would look for a renderer of that name."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc] # django-filter is untyped
    """Narrows a list by the filters of its view.

    Beside those and the parameters of the pages a view takes its own ``extra_parameters`` only.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        refuse_unknown_parameters(request.query_params, self._known(view, queryset))
        narrowed: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return narrowed

    def _known(self, view: Any, queryset: QuerySet[Any]) -> list[str]:
        filters = self.get_filterset_class(view, queryset)
        pages = view.paginator
        return [
            *(filters.base_filters if filters else ()),
            *(pages.query_parameters if pages else ()),
            *getattr(view, "extra_parameters", ()),
        ]
