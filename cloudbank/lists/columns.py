"""Columns: how a row's value is shown on screen and written to a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from cloudbank.money import to_decimal
from cloudbank.templatetags import bank
from cloudbank.wording import grouped, last_four

Kind = Literal["text", "number", "money", "balance", "time", "date", "badge", "severity", "account", "masked", "html"]
Accessor = str | Callable[[Any], Any]
DASH = "\N{EM DASH}"


def read(row: Any, accessor: Accessor) -> Any:
    """A row's value: by a function, a mapping's key, or an attribute; None when it is not there."""
    if callable(accessor):
        return accessor(row)
    if isinstance(row, Mapping):
        return row.get(accessor)
    return getattr(row, accessor, None)


_SHOW: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "number": lambda value: f"{value:,}".replace("-", "\N{MINUS SIGN}"),
    "time": bank.when,
    "date": bank.when,
    "badge": bank.badge,
    "severity": bank.severity,
    "account": bank.account_number,
    "masked": bank.masked,
    "html": lambda value: value,  # escaped by the template unless the app built it with format_html
}
_NUMERIC = frozenset({"number", "money", "balance"})


@dataclass(frozen=True)
class Column:
    """One column. `value` is a key, an attribute or a function of the row; so are `currency`, `note` and `link`.

    kind money = signed amount in minor units, balance = the same without colour; `sort` is the key that the
    source understands ("" = not sortable); `main` heads the card on phones; `export` overrides the file's value,
    `export=None` with `in_file=False` leaves the column out of files.
    """

    key: str
    label: str
    kind: Kind = "text"
    value: Accessor | None = None
    currency: Accessor | None = None
    link: Callable[[Any], str] | None = None
    note: Accessor | None = None
    sort: str = ""
    main: bool = False
    export: Accessor | None = None
    in_file: bool = True

    @property
    def is_numeric(self) -> bool:
        """Whether the column is right-aligned."""
        return self.kind in _NUMERIC

    @property
    def is_money(self) -> bool:
        """Whether the column holds minor units."""
        return self.kind in ("money", "balance")

    def raw(self, row: Any) -> Any:
        """The row's value as the domain has it."""
        return read(row, self.value if self.value is not None else self.key)

    def _currency(self, row: Any) -> str:
        return str(read(row, self.currency) or "USD") if self.currency is not None else "USD"

    def _body(self, row: Any) -> Any:
        value = self.raw(row)
        if value is None or value == "":
            return DASH
        if self.is_money:
            return bank.amount(value, self._currency(row), self.kind == "money")
        return _SHOW[self.kind](value)

    def show(self, row: Any) -> SafeString:
        """The cell's HTML, escaped, with its link and its note."""
        body = self._body(row)
        target = self.link(row) if self.link else ""
        if target:
            body = format_html('<a href="{}">{}</a>', target, body)
        note = read(row, self.note) if self.note is not None else None
        if note:
            return format_html('<span>{}<span class="cell-note">{}</span></span>', body, note)
        return format_html("{}", body)

    def write(self, row: Any) -> Any:
        """The cell for a file: money as a decimal number, a masked account masked, the rest as it is."""
        if self.export is not None:
            return read(row, self.export)
        value = self.raw(row)
        if value is None:
            return None
        if self.is_money:
            return to_decimal(int(value), self._currency(row))
        if self.kind == "masked":
            return f"...{last_four(value)}"
        return grouped(value) if self.kind == "account" else value
