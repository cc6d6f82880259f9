"""What an account held at the end of a past day, and what a part of its history comes to."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from accounts.forms.overview import OnDayForm
from accounts.models import DepositAccount
from accounts.queries.ledger import Flows, balance_before
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import business_date
from cloudbank.context import url_of
from cloudbank.lists import ListQuery, Totals
from cloudbank.templatetags.bank import amount
from cloudbank.wording import day as day_in_words


def balance_at_end(account: DepositAccount, day: date) -> int:
    """The balance when a business day had ended, in minor units; 0 before the account was opened."""
    return balance_before(account.account_id, min(day, date.max - ONE_DAY) + ONE_DAY)


def statement_url(account_id: str) -> str:
    """The address of the account's statement of this month, where another period can be chosen; "" without one."""
    url = url_of("statements")
    query = urlencode({"account": account_id, "period": f"{business_date(utcnow()):%Y-%m}"})
    return f"{url}?{query}" if url else ""


def past_balance(request: HttpRequest, account: DepositAccount) -> dict[str, Any]:
    """`?on=<day>`: the form, and the answer when a day was chosen."""
    form = OnDayForm(request.GET if request.GET.get("on") else None)
    day = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    known: dict[str, Any] = {"on_form": form}
    if day:
        known |= {
            "on_day": day_in_words(day),
            "on_balance": balance_at_end(account, day),
            "on_note": "before the account was opened" if day.isoformat() < account.opened_on else "",
        }
    return known


def history_totals(known: Flows | None, shown: Flows, account: DepositAccount, query: ListQuery) -> Totals:
    """What is selected comes to; of the page alone (`shown`) when that is too much to add up (`known` is None)."""
    flows, unit = known or shown, account.currency
    of = ("What the filter selects" if query.filters else "All movements") if known else "This page"
    parts: list[tuple[str, SafeString | str]] = [
        ("movements", f"{flows.count:,}"),
        ("in", amount(flows.into, unit, False)),
        ("out", amount(flows.out, unit, False)),
    ]
    if last := query.filters.get("last"):
        words = f"balance at the end of {day_in_words(last)}"
        parts.append((words, amount(balance_at_end(account, last), unit, False)))
    return Totals(of, parts)
