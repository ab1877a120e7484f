"""`make demo`: load the demonstration into this home, and start its servers if Rollcall runs."""

import os
import subprocess
import sys

from django.conf import settings

from scripts import demo_choice, prepare
from scripts.process_lock import holder
from scripts.supervise import CONFIGURATION


def start_servers() -> None:
    """Have the running supervisord start the demonstration servers, anew if they run."""
    control = str(settings.REDIS_SOCKET.with_name("control"))
    subprocess.run(
        [sys.executable, "-m", "supervisor.supervisorctl", "-c", CONFIGURATION, "restart", "demo"],
        env=os.environ | {"STACK_CONTROL_SOCKET": control},
        stdout=subprocess.DEVNULL,
        check=False,
    )


def main() -> None:
    prepare.set_defaults()
    prepare.load_settings()
    home = settings.HOME
    prepare.make_folders(home)
    prepare.settle_demo_port(home)
    if demo_choice.choice(home) != int(os.environ["ROLLCALL_DEMO_PORT"]):
        prepare.check_port(host="127.0.0.1", variable="ROLLCALL_DEMO_PORT")
    prepare.prepare_data()
    prepare.load_demo(home)
    if holder(home, "supervisord"):
        start_servers()
        port = demo_choice.choice(home)
        print(f"Its live servers answer at http://127.0.0.1:{port}/time/mcp and /fetch/sse.")
    else:
        print("`make run` starts its live servers, too.")


if __name__ == "__main__":
    with prepare.one_line_errors():
        main()
