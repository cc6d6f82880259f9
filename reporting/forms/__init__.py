"""What people choose for a statement: an account and a period."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from accounts import names
from accounts.ledger import HOUSE_NAMES
from accounts.models import LedgerAccount
from accounts.numbers import masked
from cloudbank.clock import ONE_DAY
from cloudbank.quarters import Quarter, QuarterError, parse_quarter, quarter_of

MOST_DAYS = 370
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def quarter_from(token: str, today: date) -> Quarter:
    """The quarter that a form's token names; ValidationError otherwise."""
    try:
        return parse_quarter(token, today, settings.FISCAL_YEAR_START_MONTH)
    except QuarterError as error:
        raise ValidationError(str(error), code="quarter") from error


@dataclass(frozen=True)
class Choice:
    """A period to choose: its token and its words."""

    token: str
    words: str


def periods(today: date, begins: date) -> list[Choice]:
    """The months and quarters a statement is usually asked for, newest first, since the account was opened."""
    start = settings.FISCAL_YEAR_START_MONTH
    months: list[Choice] = []
    day = today.replace(day=1)
    while day >= begins.replace(day=1) and len(months) < 18:
        months.append(Choice(f"{day:%Y-%m}", f"{day:%B %Y}"))
        day = (day - ONE_DAY).replace(day=1)
    quarters: list[Choice] = []
    quarter = quarter_of(today, start)
    while quarter.last >= begins and len(quarters) < 8:
        quarters.append(Choice(quarter.label, f"{quarter.label}, {quarter.first:%b} to {quarter.last:%b %Y}"))
        quarter = quarter.previous()
    return [*months, *quarters]


def span_of(token: str, today: date) -> tuple[date, date]:
    """First and last day of a month (`2026-09`) or quarter (`2026Q3`, `last_quarter`); ValidationError otherwise."""
    month = _MONTH.fullmatch(token)
    if month:
        year, number = int(month[1]), int(month[2])
        if not 1900 <= year <= 9000:
            raise ValidationError("Choose a month of this century.", code="month")
        return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])
    quarter = quarter_from(token, today)
    return quarter.first, quarter.last


class StatementForm(forms.Form):
    """An account, and a month, a quarter, or days of one's own."""

    account = forms.ChoiceField(label="Account", widget=forms.Select(attrs={"class": "form-select"}))
    period = forms.ChoiceField(label="Period", required=False, widget=forms.Select(attrs={"class": "form-select"}))
    first = forms.DateField(
        label="or from", required=False, widget=forms.DateInput(attrs={"type": "date", "class": "form-control"})
    )
    last = forms.DateField(
        label="to", required=False, widget=forms.DateInput(attrs={"type": "date", "class": "form-control"})
    )

    def __init__(self, data: Any, *, accounts: Sequence[LedgerAccount], today: date, **kwargs: Any) -> None:
        super().__init__(data, auto_id="statement_%s", **kwargs)
        self._today = today
        begins = min((date.fromisoformat(one.opened_on) for one in accounts), default=today)
        self.fields["account"].choices = [(one.account_id, _label(one)) for one in accounts]  # type: ignore[attr-defined]
        own = [("", "Days of my own"), *((one.token, one.words) for one in periods(today, begins))]
        self.fields["period"].choices = own  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """`span`: the first and the last day. Days of one's own win over the period."""
        cleaned = self.cleaned_data
        first, last, token = cleaned.get("first"), cleaned.get("last"), cleaned.get("period")
        if self.errors:
            return cleaned
        if not first and not last and not token:
            raise ValidationError("Choose a month or quarter, or give the first and the last day.", code="period")
        cleaned["span"] = checked_span(first, last, self._today) if first or last else span_of(token or "", self._today)
        return cleaned


def checked_span(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days in order, within what one statement holds; ValidationError says what to mend."""
    if not first or not last:
        raise ValidationError("Give both the first and the last day.", code="range")
    if first > last:
        raise ValidationError("The first day is after the last one.", code="range")
    if first > today:
        raise ValidationError("The period has not begun.", code="range")
    if (last - first).days >= MOST_DAYS:
        raise ValidationError(f"A statement covers at most {MOST_DAYS} days.", code="range")
    return first, last


class SpanForm(forms.Form):
    """The days of a statement, as its address and its download buttons carry them."""

    first = forms.DateField()
    last = forms.DateField()

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        self._today = today

    def clean(self) -> dict[str, Any]:
        """`span`: the first and the last day."""
        if not self.errors:
            self.cleaned_data["span"] = checked_span(
                self.cleaned_data.get("first"), self.cleaned_data.get("last"), self._today
            )
        return self.cleaned_data


class HouseForm(SpanForm):
    """A house account, a currency and the days."""

    account = forms.ChoiceField(
        label="Account",
        choices=[(code.removeprefix("house:"), name) for code, name in HOUSE_NAMES.items()],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    currency = forms.ChoiceField(label="Currency", widget=forms.Select(attrs={"class": "form-select"}))
    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}))
    last = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}))
    field_order = ("account", "currency", "first", "last")

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data, today=today)
        self.fields["currency"].choices = [(one, one) for one in settings.BANK_CURRENCIES]  # type: ignore[attr-defined]

    def clean_account(self) -> str:
        """The account's code."""
        return f"house:{self.cleaned_data['account']}"


def _label(account: LedgerAccount) -> str:
    return f"{names.product_name(account.product)} {masked(account.account_id)} ({account.currency})"
