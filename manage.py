#!/usr/bin/env python3
"""Rollcall's management commands: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
    # A parent that searched FAISS with several OpenMP threads and then forks leaves children
    # that hang; one thread is the default everywhere and the rebuild raises it for itself.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
