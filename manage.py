#!/usr/bin/env python3
"""Rollcall's management commands: `python manage.py help` lists them."""

import getpass
import os
import sys

from accounts.actors import Actor, acting


def operator() -> Actor:
    """Who runs the command, for the audit trail: the account of the operating system."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        name = f"uid {os.getuid()}"
    return Actor(username=name, via=" ".join(["command", *sys.argv[1:2]]))


def _unprepared(error: Exception) -> int:
    """Say that the database has no tables yet, or not all of this release; the exit code."""
    sys.stderr.write(f"The database is not prepared ({error}): run `manage.py migrate` first.\n")
    return 2


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
    # A parent that searched FAISS with several OpenMP threads and then forks leaves children
    # that hang; one thread is the default everywhere and the rebuild raises it for itself.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        with acting(operator):
            execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "no such table" not in str(error):
            raise
        sys.exit(_unprepared(error))
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        # What is still buffered would raise the same again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
