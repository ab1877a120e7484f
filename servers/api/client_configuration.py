"""Ready-to-paste client configuration in the REST API."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.api.fields import ListedChoiceField
from registry_site.lib.query_parameters import parameters_of
from servers.api.permissions import GuardedServerViewSet
from servers.client_configuration import CLIENTS, Configuration, Input, configurations
from servers.models import LONGEST_VERSION, Server, ServerVersion


class ConfigurationParameters(serializers.Serializer[None]):
    """Which client, and which version."""

    client = ListedChoiceField(
        list(CLIENTS.items()), required=False, help_text="All clients, if left out."
    )
    version = serializers.CharField(
        max_length=LONGEST_VERSION, required=False, help_text="The latest, if left out."
    )


class InputSerializer(serializers.Serializer[Input]):
    """Something a person has to supply."""

    name = serializers.CharField()
    description = serializers.CharField()
    secret = serializers.BooleanField()
    choices = serializers.ListField(child=serializers.CharField())


class ConfigurationSerializer(serializers.Serializer[Configuration]):
    """What to paste into one client to use the server in one way."""

    client = serializers.CharField()
    title = serializers.CharField(source="label", help_text="The client as people call it.")
    way = serializers.CharField(help_text="The address or the package it uses.")
    file = serializers.CharField(help_text="Where it goes; empty for a command.")
    language = serializers.CharField(help_text="json, toml, shell or text.")
    text = serializers.CharField(help_text="Empty where the client cannot use the server.")
    inputs = InputSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class ClientConfigurationsSerializer(serializers.Serializer[Any]):
    """The configurations of one version of a server."""

    name = serializers.CharField()
    version = serializers.CharField()
    configurations = ConfigurationSerializer(many=True)


class ClientConfigurationViewSet(GuardedServerViewSet):
    """How clients are told to use a server."""

    required: ClassVar[Mapping[str, Action]] = {"retrieve": Action.VIEW}
    filter_backends = []  # its parameters narrow no list

    @extend_schema(
        summary="Ready-to-paste client configuration",
        operation_id="servers_configuration",
        parameters=[ConfigurationParameters],
        responses=ClientConfigurationsSerializer,
    )
    def retrieve(self, request: Request, name: str) -> Response:
        """For each client and each way into the server; secrets are left for you to supply."""
        chosen = parameters_of(request, ConfigurationParameters)
        server = self.get_object()
        version = _version(server, chosen.get("version"))
        answer = {
            "name": server.name,
            "version": version.version,
            "configurations": configurations(version.document, client=chosen.get("client")),
        }
        return Response(ClientConfigurationsSerializer(answer).data)


def _version(server: Server, version: str | None) -> ServerVersion:
    """The named version that is in the catalogue, or the latest. Raises ``Http404``."""
    if version is None:
        return server.latest_version
    found = server.versions.listed().filter(version=version).first()
    if found is None:
        raise Http404
    return found
