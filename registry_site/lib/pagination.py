"""How every list of the REST API is cut into pages."""

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

# The largest number every database accepts in OFFSET.
LARGEST_OFFSET = 2**31 - 1


class Pagination(LimitOffsetPagination):
    """``?limit=`` (1 to 200, 50 unless told) and ``?offset=``; answers ``count`` and links.

    A greater limit is answered with 200 entries and a link to the next; what is no number at
    all is refused rather than taken for the default, as the stock class would.
    """

    default_limit = 50
    max_limit = 200

    def get_limit(self, request: Request) -> int:
        limit = _whole_number(request, self.limit_query_param, least=1)
        return min(limit or self.default_limit, self.max_limit)

    def get_offset(self, request: Request) -> int:
        offset = _whole_number(request, self.offset_query_param, least=0)
        return min(offset or 0, LARGEST_OFFSET)


def _whole_number(request: Request, name: str, *, least: int) -> int | None:
    """The query parameter ``name``, or ``None`` when it is absent. Raises ``ValidationError``."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise ValidationError({name: [f"Must be a whole number from {least} on."]})
    return number
