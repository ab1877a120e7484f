"""The process in the terminal of `make run`: starts supervisord, says where to go, stops it.

It stands between the terminal and supervisord because Ctrl-C and a closed window signal a whole
process group: the services must not see that signal, for Redis has to stop last, and supervisord
takes a hang-up for a wish to start everything again.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from scripts.process_lock import end_leftovers

CONFIGURATION = Path(__file__).resolve().parent.parent / "deploy" / "supervisord.conf"
# Seconds in which the web process has to answer; a cold start takes about five.
STARTUP = 90.0
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what may be listened on

RUNNING = """
Rollcall is running.

  Pages      {address}/
  Admin      {address}/admin/
  API        {address}/api/docs
  Logs       {home}/logs

Next: "A first walk" in README.md registers a server and finds its tools. Ctrl-C stops everything.
"""
SILENT = """
Nothing answers at {address} yet; {home}/logs/web-0.log says why. Ctrl-C stops everything.
"""
STOPPING = "\nStopping: running tasks may finish, Redis goes last ..."
LOST = "supervisord ended by itself (code {code}); {home}/logs/supervisord.log may say why."


class Stack:
    """supervisord and everything below it."""

    def __init__(self) -> None:
        self.stopping = False
        lock = [sys.executable, "-m", "scripts.process_lock", "supervisord"]
        supervisord = [sys.executable, "-m", "supervisor.supervisord", "-c", str(CONFIGURATION)]
        self.process = subprocess.Popen([*lock, *supervisord], start_new_session=True)

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """Ask once for an orderly stop; the terminal and make may both pass the signal on."""
        if not self.stopping:
            self.stopping = True
            print(STOPPING, flush=True)
            self.process.terminate()

    def wait_until_answered(self, host: str, port: int) -> bool:
        """Whether the web process answers before it is too late or the stack is stopped."""
        deadline = time.monotonic() + STARTUP
        while time.monotonic() < deadline and not self.stopping and self.process.poll() is None:
            if answers(host, port):
                return True
            time.sleep(0.2)
        return False


def answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    home = Path(os.environ["ROLLCALL_HOME"])
    host = EVERY_ADDRESS.get(os.environ["ROLLCALL_HOST"], os.environ["ROLLCALL_HOST"])
    port = int(os.environ["ROLLCALL_PORT"])
    stack = Stack()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stack.stop)
    message = RUNNING if stack.wait_until_answered(host, port) else SILENT
    if not stack.stopping and stack.process.poll() is None:
        shown = f"[{host}]" if ":" in host else host
        print(message.format(address=f"http://{shown}:{port}", home=home), flush=True)
    code = stack.process.wait()
    if stack.stopping:
        print("Stopped.")
        return 0
    end_leftovers(home)
    print(LOST.format(code=code, home=home), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
