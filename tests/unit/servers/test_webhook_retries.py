"""When a delivery is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from servers.models import Event, WebhookDelivery
from servers.models.webhooks import LONGEST_ERROR, RETRIES_AFTER

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
State = WebhookDelivery.State


def delivery(public_id: UUID | None = None) -> WebhookDelivery:
    return WebhookDelivery(
        public_id=public_id or uuid4(), event=Event.UPDATED, created_at=NOW, next_attempt_at=NOW
    )


def failed(times: int, public_id: UUID | None = None) -> WebhookDelivery:
    row = delivery(public_id)
    for _ in range(times):
        row.fail(http_status=503, error="HTTP 503", now=NOW)
    return row


@pytest.mark.parametrize("failures", range(1, len(RETRIES_AFTER) + 1))
def test_each_failure_waits_as_long_as_the_table_says_give_or_take_a_tenth(failures: int) -> None:
    row, pause = failed(failures), RETRIES_AFTER[failures - 1]

    assert row.next_attempt_at is not None
    assert NOW + 0.9 * pause <= row.next_attempt_at <= NOW + 1.1 * pause
    assert (row.attempts, row.state) == (failures, State.PENDING)


def test_what_failed_together_does_not_come_back_together() -> None:
    moments = {failed(3).next_attempt_at for _ in range(50)}

    assert len(moments) > 40


def test_after_the_last_try_it_is_given_up() -> None:
    row = failed(len(RETRIES_AFTER) + 1)

    assert (row.next_attempt_at, row.state, row.attempts) == (None, State.FAILED, 8)
    assert sum(RETRIES_AFTER, timedelta()) > timedelta(hours=31)


def test_a_success_ends_it_and_forgets_what_was_wrong() -> None:
    row = failed(2)

    row.succeed(http_status=204, now=NOW)

    assert (row.state, row.attempts, row.http_status, row.last_error) == (
        State.DELIVERED,
        3,
        204,
        "",
    )
    assert row.next_attempt_at is None


def test_one_that_starts_over_has_all_its_tries_again() -> None:
    row = failed(8)

    row.start_over(NOW)

    assert (row.state, row.attempts, row.next_attempt_at) == (State.PENDING, 0, NOW)


def test_an_endless_error_is_cut() -> None:
    row = delivery()
    row.fail(http_status=None, error="x" * 10_000, now=NOW)

    assert len(row.last_error) == LONGEST_ERROR
