"""The loan committee's report of a bank whose month ends are in the tables: page, rows behind a figure, the loan."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import MonthEnd, TapePart
from accounts.month_ends.tape import Part, line, place, sheet_hash
from accounts.testing import a_manager, signed_in
from cloudbank import store
from cloudbank.tables import AccountsItem
from reporting.tests.conftest import NOW, store_days
from reporting.tests.loan_days import END, RATES, START, loan_days, rows_at_end, rows_at_start


def store_sheet(day: date, rows: list[Any]) -> None:
    """The sheet as close_day stores it."""
    found = next(one for one in loan_days() if one.day == day.isoformat()).sheets["loans"]
    part = Part.of(b"\n".join(line(row) for row in sorted(rows, key=lambda row: place(row.id))))
    item = MonthEnd(
        account_id=MonthEnd.key("USD", found.day, "loans"), version=1, day=found.day, currency="USD", sheet="loans",
        fields=list(type(rows[0])._fields), rows=len(rows), parts=[part.sha256],
    )  # fmt: skip
    item.pack(dict(found.numbers), RATES)
    item.hash = sheet_hash(item.content())
    tape = TapePart(account_id=TapePart.key("USD", found.day, "loans", part.sha256), version=1, data=part.data)
    store.flush(AccountsItem, [item.serialize(), tape.serialize()])


@pytest.fixture
def manager(bank: Any, folder: Any, client: Client) -> Iterator[Client]:
    """A manager in October; the loans of loan_days are in the tables."""
    store_days(loan_days())
    store_sheet(START, rows_at_start())
    store_sheet(END, rows_at_end())
    with time_machine.travel(NOW, tick=False):
        yield signed_in(client, a_manager())


def test_the_loan_committee_reads_its_quarter(manager: Client) -> None:
    page = manager.get("/reports?pack=loans&period=2026Q3").content.decode()
    for said in ("20.41 %", "24,500.00", "Roll rates: principal at the start", "The loss allowance is 1,235.00 USD"):
        assert said in page, said


def test_a_figure_leads_to_its_loans_and_each_to_its_page(manager: Client) -> None:
    page = manager.get("/reports/2026Q3/rows/portfolio_quality/par-30?part=0")
    assert page.context["value"] == "5,000.00"
    assert page.context["totals"].parts[0][1] == "5,000.00"
    text = page.content.decode()
    assert "Loans on 2026-09-30" in text
    assert 'href="/loans/B"' in text and 'href="/loans/A"' not in text


def test_a_sheet_whose_rows_were_changed_is_not_shown_as_if_it_were_whole(manager: Client) -> None:
    for key in [TapePart.key("USD", END.isoformat(), "loans", part) for part in _parts()]:
        store.save([store.Delete(TapePart, key)])
    with pytest.raises(Exception, match="are not those it was sealed with"):
        manager.get("/reports/2026Q3/rows/portfolio_quality/par-30?part=0")


def _parts() -> list[str]:
    item = store.get(MonthEnd, MonthEnd.key("USD", END.isoformat(), "loans"))
    assert item is not None
    return list(item.parts)
