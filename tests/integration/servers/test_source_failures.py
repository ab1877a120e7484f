"""A source that fails changes nothing and says so; a run that was killed is done again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from starlette.responses import JSONResponse, Response

from servers.models import Server, Source, SourceRun
from servers.sources import SourceIsBusy, add_source, change_source, request_run, run_due, run_now
from servers.sources.leasing import DURATION, take_lease
from servers.sources.losses import Losses, losses_of
from servers.tasks import sync_sources
from tests.fixtures.registries import FakeRegistry
from tests.integration.servers.sources import catalogue, done, registry_source, run, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry(registry: FakeRegistry) -> FakeRegistry:
    for number in range(5):
        registry.publish(f"org.example/s{number}")
    return registry


def page(cursor: str = "") -> Response:
    metadata = {"nextCursor": cursor} if cursor else {}
    return JSONResponse({"servers": [], "metadata": metadata})


@pytest.mark.parametrize(
    ("third_page", "reason"),
    [
        (Response("down", 500), "Page 3 was answered with status 500."),
        (Response("", 302, {"Location": "/elsewhere"}), "Page 3 was answered with status 302."),
        (Response("<html>"), "Page 3 is not JSON."),
        (Response("[" * 100_000), "Page 3 is not JSON."),
        (Response("[]"), "Page 3 is no list of servers."),
        (Response('{"servers": {}}'), "Page 3 is no list of servers."),
        (page(cursor="2"), "Page 3 leads back to a page that was read already."),
    ],
)
def test_a_failing_page_changes_nothing(
    registry: FakeRegistry, registry_url: str, third_page: Response, reason: str
) -> None:
    source = registry_source(registry_url)
    registry.instead[3] = third_page

    ran = run(source)

    source.refresh_from_db()
    assert (ran.outcome, ran.error, source.last_error) == ("failed", reason, reason)
    assert ran.changes == []
    assert not Server.objects.exists()
    assert source.updated_since is None


def test_pages_without_end_are_given_up(
    registry: FakeRegistry, registry_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servers.sources.registry.MOST_PAGES", 2)

    assert run(registry_source(registry_url)).error == "It has more than 2 pages."


def test_a_large_answer_is_given_up(registry_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servers.sources.registry.LARGEST_PAGE", 500)

    assert "larger than 500 bytes" in run(registry_source(registry_url)).error


def test_a_registry_that_is_away_is_tried_again_soon(registry: FakeRegistry) -> None:
    with registry.running() as url:
        source = registry_source(url, interval_minutes=24 * 60)
        done(source)
    before = state()

    ran = run(source)

    source.refresh_from_db()
    assert ran.error.startswith("Page 1 could not be read: The connection failed")
    assert state() == before
    assert source.next_run_at is not None
    assert source.next_run_at - timezone.now() < timedelta(minutes=16)
    assert source.updated_since is not None


def test_what_cannot_be_used_is_told_and_has_not_vanished(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    registry.entries["org.example/s0", "1.0.0"]["server"]["description"] = ""

    ran = done(source, full=True)

    assert ran.remarks[0]["kind"] == "refused"
    assert ran.remarks[0]["about"] == "page 1, entry 1 (org.example/s0)"
    assert len(catalogue()) == 5


def test_nothing_is_pruned_where_a_name_could_not_be_read(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url)
    done(source)
    del registry.entries["org.example/s0", "1.0.0"]["server"]["name"]

    done(source, full=True)

    assert len(catalogue()) == 5


def test_one_process_at_a_time_runs_a_source(registry_url: str) -> None:
    source = registry_source(registry_url)
    assert take_lease(source, now=timezone.now())

    with pytest.raises(SourceIsBusy):
        run_now(source=source, now=timezone.now())


def test_a_run_that_lost_its_lease_writes_nothing(
    registry_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = registry_source(registry_url)

    def lose(*arguments: Any, **options: Any) -> Losses:
        Source.objects.update(lease_token="somebody else's")
        return losses_of(*arguments, **options)

    monkeypatch.setattr("servers.sources.running.losses_of", lose)

    ran = run(source)

    assert not Server.objects.exists()
    assert SourceRun.objects.get().outcome == ran.outcome == "running"


def killed_at(batch: int) -> Callable[[list[int]], None]:
    left = iter(range(batch))

    def announce(server_ids: list[int]) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return announce


def test_a_run_that_was_killed_while_it_wrote_is_taken_up_again(
    registry_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servers.importing.writing.BATCH", 2)
    source = registry_source(registry_url)
    source.next_run_at = timezone.now()
    source.save()
    with monkeypatch.context() as dying:
        dying.setattr("servers.importing.writing.announce", killed_at(1))
        with pytest.raises(KeyboardInterrupt):
            run_due(clock=timezone.now)
    assert (len(catalogue()), source.runs.get().outcome) == (2, "running")
    assert run_due(clock=timezone.now) == 0  # its lease has not run out

    assert run_due(clock=lambda: timezone.now() + DURATION) == 1

    again = source.runs.get()
    assert (len(catalogue()), again.outcome, again.attempts) == (5, "done", 2)


def test_a_run_that_is_interrupted_again_and_again_is_set_aside(registry_url: str) -> None:
    source = registry_source(registry_url)
    asked = request_run(source=source, now=timezone.now())
    SourceRun.objects.update(attempts=5, outcome="running")

    assert run_due(clock=timezone.now) == 1

    asked.refresh_from_db()
    assert (asked.outcome, asked.error) == (
        "failed",
        "It was interrupted 5 times and is set aside.",
    )
    assert run_due(clock=timezone.now) == 0


def test_sources_run_when_their_interval_is_over(registry: FakeRegistry, registry_url: str) -> None:
    registry_source(registry_url, interval_minutes=30)
    registry_source(registry_url, name="off", interval_minutes=30, enabled=False)
    registry_source(registry_url, name="asked")

    def due_after(minutes: int) -> int:
        return run_due(clock=lambda: timezone.now() + timedelta(minutes=minutes))

    assert due_after(0) == 0  # there is time to read its plan
    assert due_after(31) == 1
    assert due_after(31) == 0
    assert due_after(62) == 1


def test_a_changed_filter_has_everything_looked_at_again(registry_url: str) -> None:
    source = registry_source(registry_url)
    done(source)

    change_source(source=source, changes={"include": ["org.example/s1"]}, now=timezone.now())

    assert done(source, force=True).full
    assert list(catalogue()) == ["org.example/s1"]


def test_the_credential_is_sent_and_kept_encrypted(
    registry: FakeRegistry, registry_url: str
) -> None:
    source = registry_source(registry_url, credential="s3cret-canary")

    done(source)

    assert set(registry.authorization) == {"Bearer s3cret-canary"}
    assert "canary" not in str(Source.objects.values().get())


def test_a_credential_that_cannot_be_decrypted_says_so(registry_url: str) -> None:
    source = registry_source(registry_url, credential="s3cret")
    Source.objects.update(credential="nonsense")

    assert run(source).error == "Its credential cannot be decrypted any more: set it anew."


def test_an_address_inside_is_not_reached(settings: Any) -> None:
    source = add_source(
        name="inside",
        kind=Source.Kind.REGISTRY,
        location="https://127.0.0.1:9",
        now=timezone.now(),
    )
    settings.OUTBOUND_ALLOW = []

    assert "only public addresses" in run(source).error


def test_the_task_runs_what_was_asked_for(registry: FakeRegistry, registry_url: str) -> None:
    request_run(source=registry_source(registry_url), now=timezone.now())

    sync_sources()
    sync_sources()

    assert len(catalogue()) == 5
    assert SourceRun.objects.get().outcome == "done"
