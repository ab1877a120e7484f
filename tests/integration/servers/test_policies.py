"""What the operators decide for the servers of a name, a namespace, or all."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiToken, AuditEvent
from servers.models import Policy
from tests.fixtures.factories import administrator, maintainer

pytestmark = pytest.mark.django_db

POLICIES = "/api/policies"
DEFAULT = {"pattern": "*", "review": "automatic", "drift": "warn"}


@pytest.fixture
def root() -> APIClient:
    client = APIClient()
    client.force_authenticate(administrator())
    return client


def test_there_is_a_policy_for_every_server(root: APIClient) -> None:
    assert root.get(POLICIES).json()["results"] == [DEFAULT]
    assert root.get(f"{POLICIES}/*").json() == DEFAULT


def test_a_policy_is_made_changed_and_deleted(root: APIClient) -> None:
    made = root.post(POLICIES, {"pattern": "Com.Example/*", "review": "required"})
    assert (made.status_code, made.json()) == (
        201,
        {"pattern": "com.example/*", "review": "required", "drift": "warn"},
    )
    address = f"{POLICIES}/Com.example/*"
    assert root.patch(address, {"drift": "hold"}).json()["drift"] == "hold"
    assert root.delete(address).status_code == 204
    assert root.get(address).status_code == 404

    told = AuditEvent.objects.filter(subject="com.example/*").order_by("pk")
    assert [event.action for event in told] == ["policy.create", "policy.change", "policy.delete"]
    assert (told[1].before, told[1].after) == ({"drift": "warn"}, {"drift": "hold"})


def test_the_policy_of_every_server_is_changed_and_never_deleted(root: APIClient) -> None:
    assert root.patch(f"{POLICIES}/*", {"review": "required"}).status_code == 200
    assert root.delete(f"{POLICIES}/*").status_code == 409
    assert Policy.objects.for_name("a.b/c").review == Policy.Review.REQUIRED


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "pattern"),
        ({"pattern": "com.*/x"}, 400, "pattern"),
        ({"pattern": "x" * 300}, 400, "pattern"),
        ({"pattern": "a.b/*", "review": "sometimes"}, 400, "review"),
        ({"pattern": "a.b/*", "drfit": "hold"}, 400, "drfit"),
        ({"pattern": "*"}, 409, None),
    ],
)
def test_what_cannot_be_a_policy_is_refused(
    root: APIClient, body: Any, status: int, field: str | None
) -> None:
    response = root.post(POLICIES, body)

    assert response.status_code == status
    assert [error["field"] for error in response.json()["errors"]] == ([field] if field else [])
    assert Policy.objects.count() == 1


def test_a_stale_change_is_refused(root: APIClient) -> None:
    seen = root.get(f"{POLICIES}/*").headers["ETag"]
    root.post(POLICIES, {"pattern": "a.b/*"})
    root.patch(f"{POLICIES}/*", {"drift": "hold"}, headers={"If-Match": seen})

    for method, address in (("patch", "*"), ("delete", "a.b/*")):
        body = {"drift": "accept"} if method == "patch" else None
        send = getattr(root, method)
        stale = send(f"{POLICIES}/{address}", body, headers={"If-Match": seen})
        assert stale.status_code == 412
    malformed = root.patch(f"{POLICIES}/*", {"drift": "hold"}, headers={"If-Match": "x"})
    assert malformed.status_code == 400
    assert Policy.objects.for_name("x/y").drift == Policy.Drift.HOLD


def test_what_is_said_already_leaves_no_event(root: APIClient) -> None:
    assert root.patch(f"{POLICIES}/*", {"drift": "warn"}).status_code == 200
    assert not AuditEvent.objects.filter(action="policy.change").exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_policies_are_for_administrators_alone(root: APIClient, method: str) -> None:
    client = APIClient()
    assert getattr(client, method)(POLICIES, {}).status_code == 401
    client.force_authenticate(maintainer())
    assert getattr(client, method)(POLICIES, {}).status_code == 403
    client.force_authenticate(administrator(), token=ApiToken(name="t", scopes=["edit"]))
    assert getattr(client, method)(POLICIES, {}).status_code == 403
