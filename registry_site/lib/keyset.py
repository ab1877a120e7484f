"""Pages of a long list, each found by where the one before it ended (keyset pagination).

A page costs the same wherever in the list it is and however long the list is, and no row is shown
twice or left out because others come and go; an offset gives neither. A page says how to go on by a
cursor: the ordering columns of its last row, signed, so that what comes back is what was given out.

Own code because the cursor of Django REST framework loses rows where more than a thousand are
equal in the column they are ordered by, as those of one import are.
"""

from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import F, Field, Func, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan

Row = TypeVar("Row", bound=Model)
Columns = list["Field[Any, Any]"]


class InvalidCursor(ValueError):
    """Not a cursor that was given out for this list in this order."""


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """Some rows of the list, and the cursors of the pages beside them, where there are any."""

    rows: list[Row]
    next: str | None
    previous: str | None


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The rows on one side of the row with these values: behind it, or ``backward`` before it."""

    order: str
    values: list[str]
    backward: bool = False

    @classmethod
    def parse(cls, text: str, *, order: str) -> Self:
        """Raises ``InvalidCursor``."""
        try:
            told, values, backward = _signer().unsign_object(text)
        except BadSignature as error:
            raise InvalidCursor("This is no cursor of this registry.") from error
        if told != order:
            raise InvalidCursor("This cursor belongs to another list, or to another order of it.")
        return cls(order=order, values=values, backward=backward)

    def __str__(self) -> str:
        return _signer().sign_object([self.order, self.values, self.backward])


def page_of(rows: QuerySet[Row], *, limit: int, cursor: str | None = None) -> Page[Row]:
    """The first ``limit`` of ``rows``, or those that ``cursor`` leads to.

    ``rows`` are ordered by columns without nulls, all in one direction, the last of them unique.
    Raises ``InvalidCursor``.
    """
    order = _Order(rows)
    here = Cursor.parse(cursor, order=str(order)) if cursor is not None else None
    backward = here is not None and here.backward
    turned = rows.reverse() if backward else rows
    found = list(turned.filter(order.beyond(here))[: limit + 1] if here else turned[: limit + 1])
    is_more, shown = len(found) > limit, found[:limit]
    if backward:
        shown.reverse()
    if not shown:
        return Page(rows=[], next=None, previous=None)
    return Page(
        rows=shown,
        next=order.cursor(shown[-1]) if is_more or backward else None,
        previous=order.cursor(shown[0], backward=True) if (is_more if backward else here) else None,
    )


class _Order:
    """The columns that rows are ordered by, and their direction."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self._model = rows.model
        names = [str(name) for name in rows.query.order_by or self._model._meta.ordering]
        self._names = [name.removeprefix("-") for name in names]
        self._descending = names[0].startswith("-")
        if any(name.startswith("-") != self._descending for name in names):
            raise ValueError(f"{names} are not all in one direction.")
        if not self._columns[-1].unique:
            raise ValueError(f"{names} do not end with a unique column.")

    def __str__(self) -> str:
        direction = "-" if self._descending else ""
        return f"{self._model._meta.label_lower} {direction}{','.join(self._names)}"

    @property
    def _columns(self) -> Columns:
        meta = self._model._meta
        return [meta.pk if name == "pk" else meta.get_field(name) for name in self._names]

    def cursor(self, row: Model, *, backward: bool = False) -> str:
        values = [column.value_to_string(row) for column in self._columns]
        return str(Cursor(order=str(self), values=values, backward=backward))

    def beyond(self, cursor: Cursor) -> GreaterThan | LessThan:
        """The condition on a row that it comes after the cursor, in the cursor's direction.

        A comparison of row values, which the databases answer by one step into an index; the same
        said with AND and OR is not.
        """
        given = zip(self._columns, cursor.values, strict=True)
        there = [Value(column.to_python(value), output_field=column) for column, value in given]
        compared = LessThan if self._descending != cursor.backward else GreaterThan
        return compared(_row_value(*map(F, self._names)), _row_value(*there))


def _row_value(*parts: Any) -> Func:
    return Func(*parts, template="(%(expressions)s)", output_field=Field())


def _signer() -> Signer:
    return Signer(salt="registry_site.lib.keyset")
