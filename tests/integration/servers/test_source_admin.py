"""Sources in the admin: made and run by the same services, their runs read only."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Team
from servers.models import Source
from servers.sources import add_source, request_run, run_due
from tests.fixtures.factories import administrator

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> Client:
    client = Client()
    client.force_login(administrator())
    return client


def form(**changes: object) -> dict[str, object]:
    asked = {
        "name": "official",
        "kind": "registry",
        "location": "https://registry.example.org",
        "include": "com.example/*\norg.example/clock",
        "conflict": "keep",
        "team": Team.objects.default().pk,
        "visibility": "team",
        "enabled": "on",
    }
    inline = {"runs-TOTAL_FORMS": 0, "runs-INITIAL_FORMS": 0}
    return asked | inline | changes


def test_a_source_is_added_and_changed(page: Client) -> None:
    added = page.post("/admin/servers/source/add/", form(token="s3cret"))

    assert added.status_code == 302
    source = Source.objects.get()
    assert source.include == ["com.example/*", "org.example/clock"]
    kept = source.credential
    changed = page.post(
        f"/admin/servers/source/{source.pk}/change/", form(exclude="org.example/clock")
    )
    assert changed.status_code == 302
    source.refresh_from_db()
    assert (source.exclude, source.credential) == (["org.example/clock"], kept)
    actions = AuditEvent.objects.filter(subject="official").values_list("action", flat=True)
    assert set(actions) == {"source.add", "source.update"}
    assert "s3cret" not in page.get(f"/admin/servers/source/{source.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"location": "https://10.0.0.1"}, "is private"),
        ({"include": "nonsense"}, "is not a pattern"),
        ({"kind": "upload"}, "has no location"),
        ({"token": "a b"}, "visible ASCII"),
    ],
)
def test_what_is_wrong_is_said_at_the_form(
    page: Client, changes: dict[str, str], reason: str
) -> None:
    answer = page.post("/admin/servers/source/add/", form(**changes))

    assert answer.status_code == 200
    assert reason in answer.content.decode()
    assert not Source.objects.exists()


def test_runs_are_asked_for_and_read(page: Client) -> None:
    source = add_source(name="mine", kind=Source.Kind.UPLOAD, now=timezone.now())
    request_run(source=source, now=timezone.now(), upload=b"<script>")
    run_due(clock=timezone.now)

    asked = page.post(
        "/admin/servers/source/",
        {"action": "run_now", "_selected_action": [source.pk]},
        follow=True,
    )
    run = source.runs.get()
    read = page.get(f"/admin/servers/sourcerun/{run.pk}/change/")

    assert "A file is uploaded to sources" in asked.content.decode()
    assert "The upload not JSON" in read.content.decode()
    assert page.get("/admin/servers/sourcerun/").status_code == 200
    assert page.get("/admin/servers/sourcerun/add/").status_code == 403


def test_a_plan_is_asked_for(page: Client) -> None:
    source = add_source(
        name="files", kind=Source.Kind.FOLDER, location="nowhere", now=timezone.now()
    )

    page.post("/admin/servers/source/", {"action": "plan", "_selected_action": [source.pk]})

    assert source.runs.get().dry_run


def test_a_source_is_removed_with_its_runs(page: Client) -> None:
    source = add_source(name="mine", kind=Source.Kind.UPLOAD, now=timezone.now())
    request_run(source=source, now=timezone.now(), upload=b"{}")

    page.post(f"/admin/servers/source/{source.pk}/delete/", {"post": "yes"})

    assert not Source.objects.exists()
    assert AuditEvent.objects.filter(action="source.remove").exists()
