"""The page that says whether the web process answers at all."""

import pytest
from django.test import Client


def test_it_answers_without_database_and_redis() -> None:
    answer = Client().get("/livez")

    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_only_answers_reading(method: str) -> None:
    assert getattr(Client(), method)("/livez").status_code == 405
