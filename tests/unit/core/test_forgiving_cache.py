"""The cache goes on in memory while there is no Redis."""

from pathlib import Path

import pytest

from registry_site.lib.forgiving_cache import SAY_SO_AGAIN, RedisOrMemory


@pytest.fixture
def cache(tmp_path: Path) -> RedisOrMemory:
    """One whose Redis is not there."""
    return RedisOrMemory(f"unix://{tmp_path}/redis.sock?db=0", {"KEY_PREFIX": "test"})


def test_it_keeps_what_it_is_given(cache: RedisOrMemory) -> None:
    cache.set("key", [1, 2])

    assert cache.get("key") == [1, 2]
    assert cache.add("key", 3) is False
    assert cache.delete("key") is True
    assert cache.get("key", "none") == "none"


def test_many_at_once(cache: RedisOrMemory) -> None:
    cache.set_many({"one": 1, "two": 2})

    assert cache.incr("one") == 2
    assert cache.get_many(["one", "two", "three"]) == {"one": 2, "two": 2}
    cache.clear()
    assert not cache.has_key("one")


def test_it_says_so_once_and_not_at_every_request(
    cache: RedisOrMemory, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RedisOrMemory, "_said_so_at", -SAY_SO_AGAIN)
    for number in range(10):
        cache.set(f"key-{number}", number)

    (record,) = caplog.records
    assert "Redis does not answer" in record.message
