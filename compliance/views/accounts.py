"""`/compliance/records/accounts`: the bank's deposit accounts, by product, state, number or owner."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.forms.fields import PlainField
from accounts.ledger import STATUSES
from accounts.models import DepositAccount
from accounts.models.ledger import PRODUCTS
from accounts.names import product_name
from accounts.numbers import AccountNumberError, parse
from accounts.queries.people import users
from accounts.states import state_in_words
from cloudbank.lists import Column, ListQuery, ListView, Page
from compliance.queries.accounts import Wanted, accounts_page, counts
from compliance.records.shown import at, day

DIGITS = 8
"""Who types so many digits and nothing else means a number."""


class AccountFilter(forms.Form):
    """By number or owner; by product and state."""

    q = PlainField(
        label="Number or owner",
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        help_text="A whole account number; or the beginning of a name, or an e-mail address.",
    )
    product = forms.ChoiceField(required=False)
    state = forms.ChoiceField(
        required=False, choices=[("", "Any"), *((one, state_in_words(one).capitalize()) for one in sorted(STATUSES))]
    )

    def __init__(self, *args: Any, counted: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(code, f"{label} ({counted[code]})") for code, label in PRODUCTS.items()]
        self.fields["product"].choices = [("", "All"), *named]  # type: ignore[attr-defined]

    def clean_q(self) -> str:
        """A number is a whole one: half of one names nobody's account."""
        text: str = self.cleaned_data["q"]
        if len(text.translate(_JOINED)) >= DIGITS and text.translate(_JOINED).isdigit():
            try:
                return parse(text)
            except AccountNumberError as error:
                raise ValidationError(str(error)) from error
        return text


_JOINED = {ord(" "): "", ord("-"): ""}


class Row:
    """An account in the list, with its owner's name."""

    def __init__(self, item: DepositAccount, owner: str) -> None:
        self.item, self.owner, self.id = item, owner, item.account_id

    @property
    def url(self) -> str:
        """Where it is worked on."""
        return reverse("account", args=[self.id])


COLUMNS = (
    Column("id", "Account", "account", main=True, link=lambda row: row.url),
    Column("owner", "Owner", link=lambda row: reverse("person", args=[row.item.owner_id])),
    Column("product", "Product", value=lambda row: product_name(row.item.product)),
    Column("status", "State", "badge", value=lambda row: row.item.status, note=lambda row: row.item.status_reason),
    Column("opened", "Opened", "date", value=lambda row: day(row.item.opened_on), sort="opened"),
    Column("last", "Last movement", "time", value=lambda row: at(row.item.last_posted_at)),
    Column("held", "Held", "balance", value=lambda row: row.item.held or None, currency=lambda row: row.item.currency),
    Column("balance", "Balance", "balance", value=lambda row: row.item.balance, currency=lambda row: row.item.currency),
)


class AccountList(ListView):
    """All open accounts by the day they were opened; closed ones by their number or owner."""

    name, title, icon = "all-accounts", "Accounts", "wallet2"
    intro = "Open deposit accounts in order of opening. A closed one is found by its number or its owner."
    saved_views = True
    permission_required = "accounts.view_any_account"
    form_class = AccountFilter
    filters_open = True
    default_sort = "opened"
    template_name = "compliance/records/list.html"
    empty_title = "No account here"
    empty_text = "Nobody has opened one yet."
    columns = COLUMNS

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many open accounts each product has."""
        return {"counted": counts()}

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By the key or the index that answers it."""
        asked = query.filters
        text = str(asked.get("q", ""))
        wanted = Wanted(
            number=text if text.isdigit() else "",
            owner="" if text.isdigit() else text,
            product=asked.get("product", ""),
            state=asked.get("state", ""),
            newest_first=query.descending,
        )
        page = accounts_page(wanted, cursor, limit)
        people = users({one.owner_id for one in page.rows if one.owner_id})
        rows = [Row(one, people[one.owner_id].name if one.owner_id in people else one.owner_id) for one in page.rows]
        return Page(rows, page.next_cursor)

    def extra_context(self) -> dict[str, Any]:
        """The tab, and opening one for who may."""
        may = self.request.user.has_perm("accounts.open_any_account")
        return {"tab": "records", "add_url": reverse("open_account") if may else "", "add_label": "Open an account"}
