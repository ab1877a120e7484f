"""Whole workflows through the processes that `make run` starts, and their faults.

The parts are the real ones: Redis, worker, beat, web, the embedding model, the index, and an MCP
server of the official SDK on the other side. So much memory is used only where it is asked for.
"""

import os
import signal

import httpx
import psutil  # type: ignore[import-untyped]  # no types shipped
import pytest

from tests.fixtures.stack import Stack, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.core,
    pytest.mark.slow,
    pytest.mark.requires_models,
    pytest.mark.timeout(240),
]

# Shares no word with the tool's name or description, or with its server's.
PARAPHRASE = "do my plants need a drink"
SECONDS_TO_HEALTHY = 15
SECONDS_TO_FOUND = 15


def becomes_healthy(stack: Stack, name: str) -> dict[str, object]:
    def healthy() -> dict[str, object] | None:
        health = stack.health(name)
        return health if health["state"] == "healthy" else None

    return eventually(healthy, within=SECONDS_TO_HEALTHY)


def is_found(stack: Stack, name: str, query: str = "soil moisture") -> bool:
    """Whether ``query`` finds the moisture tool of server ``name``, before its others."""
    tools = [row["name"] for row in stack.found(query) if row["server"] == name]
    return tools[:1] == ["soil_moisture"]


def test_a_registered_server_becomes_healthy_and_its_tool_is_found_by_meaning(
    running_stack: Stack, nursery: str
) -> None:
    created = running_stack.register("com.example/meaning", nursery)

    assert created.status_code == httpx.codes.CREATED
    becomes_healthy(running_stack, "com.example/meaning")
    eventually(
        lambda: is_found(running_stack, "com.example/meaning", PARAPHRASE), within=SECONDS_TO_FOUND
    )


def test_a_check_on_demand_answers_what_it_saw(running_stack: Stack, nursery: str) -> None:
    running_stack.register("com.example/on-demand", nursery)

    answer = running_stack.client.post("/api/servers/com.example/on-demand/check")

    assert answer.status_code == httpx.codes.OK
    assert answer.json()["state"] == "healthy"


def test_a_disabled_server_is_gone_from_a_visitors_search_with_the_next_request(
    running_stack: Stack, nursery: str
) -> None:
    name = "com.example/disabled"
    running_stack.register(name, nursery)
    eventually(lambda: is_found(running_stack, name), within=30)

    answer = running_stack.client.patch(f"/api/servers/{name}", json={"enabled": False})

    assert answer.status_code == httpx.codes.OK
    assert name not in [row["server"] for row in running_stack.found("soil moisture")]


@pytest.mark.parametrize("role", ["worker", "beat", "web-0", "redis"])
def test_work_goes_on_after_a_process_is_killed(
    running_stack: Stack, nursery: str, role: str
) -> None:
    running_stack.kill(role)
    eventually(running_stack.is_answering, within=30)

    created = running_stack.register(f"com.example/after-{role}", nursery)

    assert created.status_code == httpx.codes.CREATED
    becomes_healthy(running_stack, f"com.example/after-{role}")
    eventually(lambda: is_found(running_stack, f"com.example/after-{role}"), within=30)


def test_ctrl_c_leaves_no_process_and_no_port_behind(stack: Stack) -> None:
    stack.start()
    launcher = psutil.Process(stack.launcher.pid)
    started = [launcher, *launcher.children(recursive=True)]

    stack.press_ctrl_c()

    assert stack.launcher.returncode == 0
    assert [process for process in started if process.is_running()] == []
    assert stack.processes() == {}
    assert not stack.is_answering()


def test_a_second_start_in_the_same_home_is_refused_in_one_line(running_stack: Stack) -> None:
    second = running_stack.python("-m", "scripts.run")

    assert second.returncode == 2
    assert f"`kill {running_stack.launcher.pid}`" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert running_stack.is_ready()


def test_a_start_after_the_launcher_was_killed_takes_over_what_it_left(stack: Stack) -> None:
    stack.start()
    before = stack.processes()
    os.kill(stack.launcher.pid, signal.SIGKILL)
    stack.launcher.wait()

    stack.start()

    assert set(stack.processes()) == set(before)
    assert not set(stack.processes().values()) & set(before.values())
    assert "left: supervisord" in stack.terminal.read_text()
