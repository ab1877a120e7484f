"""Admin pages of rows that the program writes and people only read."""

from typing import Any

from django.http import HttpRequest


class ReadOnlyAdmin:
    """Put before ``ModelAdmin`` or an inline: rows that are seen and not touched."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
