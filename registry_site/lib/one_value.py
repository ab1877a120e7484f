"""One value of the database, for what every request asks: the ORM takes five times as long."""

from typing import Any

from django.db import connection


def one_value(sql: str) -> Any:
    """The first column of the first row of ``sql``, a constant statement; ``None`` without rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else None
