"""One process for each role of a home, by a lock that a dead process cannot hold.

``python -m scripts.process_lock web uvicorn ...`` takes the lock of ``web`` under ``ROLLCALL_HOME``
and becomes the command. The lock sits on standard input, which no service reads and none closes;
it survives exec, and the kernel releases it when the process ends, however it ends. So the next
start can tell what an earlier one left behind, which a number in a pid file cannot: it may belong
to a stranger by then.
"""

import fcntl
import os
import signal
import sys
import time
from pathlib import Path

# Ended in this order; Redis stays until nobody needs it.
ROLES = ("supervisord", "web", "demo", "beat", "worker", "redis")
# Seconds; supervisord takes up to 40 for a worker that finishes its tasks first.
PATIENCE = 60.0


class AlreadyRunning(Exception):
    """The role is taken: ``pid`` holds its lock."""

    def __init__(self, role: str, pid: int) -> None:
        super().__init__(f"{role} is already running as process {pid}")
        self.pid = pid


def lock_folder(home: Path) -> Path:
    return home / "run"


def take(home: Path, role: str) -> int:
    """Take the lock of ``role`` and return the descriptor that holds it.

    Raises ``AlreadyRunning`` when a living process has it.
    """
    path = lock_folder(home) / f"{role}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise AlreadyRunning(role, int(path.read_text() or 0)) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def holder(home: Path, role: str) -> int | None:
    """The process that has the lock of ``role``, or ``None``."""
    try:
        os.close(take(home, role))
    except AlreadyRunning as error:
        return error.pid
    return None


def end_leftovers(home: Path) -> list[str]:
    """End what a killed launcher left running in ``home`` and return the roles that were."""
    roles = [role for role in roles_of(home) if holder(home, role)]
    for role in roles:
        end(home, role)
    return roles


def roles_of(home: Path) -> list[str]:
    """Every role that ever ran here, in the order in which they are to end."""
    found = [path.stem for path in lock_folder(home).glob("*.lock") if path.stem != "launcher"]
    return sorted(found, key=lambda role: ROLES.index(role.partition("-")[0]))


def end(home: Path, role: str) -> None:
    """Ask the process of ``role`` to stop, wait for it, and kill it when it does not."""
    deadline = time.monotonic() + PATIENCE
    signal_holder(home, role, signal.SIGTERM)
    while holder(home, role) and time.monotonic() < deadline:
        time.sleep(0.1)
    signal_holder(home, role, signal.SIGKILL)


def signal_holder(home: Path, role: str, number: signal.Signals) -> None:
    pid = holder(home, role)
    if pid:
        os.kill(pid, number)


def main() -> None:
    role, *command = sys.argv[1:]
    try:
        os.dup2(take(Path(os.environ["ROLLCALL_HOME"]), role), 0)
    except AlreadyRunning as error:
        sys.exit(str(error))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
