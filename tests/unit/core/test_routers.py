"""registry_site.lib.routers: a trailing slash is accepted and never written."""

import pytest
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from registry_site.lib.routers import Router, without_trailing_slash


class ThingViewSet(ViewSet):
    def list(self, request: object) -> Response:
        return Response()


@pytest.fixture
def addresses() -> URLResolver:
    router = Router()
    router.register("things", ThingViewSet, basename="thing")
    return URLResolver(RegexPattern("^"), router.urls)


@pytest.mark.parametrize("address", ["things", "things/"])
def test_an_address_answers_with_and_without_a_slash(addresses: URLResolver, address: str) -> None:
    assert addresses.resolve(address).url_name == "thing-list"


def test_two_slashes_are_another_address(addresses: URLResolver) -> None:
    with pytest.raises(Resolver404):
        addresses.resolve("things//")


def test_an_address_is_written_without_a_slash(addresses: URLResolver) -> None:
    assert addresses.reverse("thing-list") == "things"


def test_the_api_description_names_addresses_without_a_slash() -> None:
    endpoints = [("/api/things/", "^things/?$", "GET", print), ("/api/me", "^me$", "GET", print)]

    described = without_trailing_slash(endpoints)

    assert [path for path, *_ in described] == ["/api/things", "/api/me"]
    assert described[0][1:] == ("^things/?$", "GET", print)
