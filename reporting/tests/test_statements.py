"""Statements: opening balance, lines, closing balance; each line follows from the one before."""

from dataclasses import replace
from datetime import date
from itertools import accumulate

import pytest

from reporting.pack import Pack
from reporting.periods import FootingError
from reporting.statements import CLOSING, IN, OPENING, OUT, Account, Entry, Span, by_type, statement
from reporting.tests.reading import flat, pdf_pages, workbook
from reporting.writers import WRITERS

SPAN = Span(date(2026, 9, 1), date(2026, 9, 30), "business day 2026-09-30 sealed", False)


def entry(amount: int, *, type: str = "transfer", counter: str = "house:cash", memo: str = "") -> Entry:
    """A line; its balance is set by `a_statement`."""
    return Entry("2026-09-01", type, "online", counter, memo, amount, 0)


def chained(entries: list[Entry], opening: int) -> list[Entry]:
    """The lines with the balances they leave."""
    balances = list(accumulate((one.amount for one in entries), initial=opening))[1:]
    return [Entry(*(one.day, one.type, one.channel, one.counter, one.memo, one.amount, balance))
            for one, balance in zip(entries, balances, strict=True)]  # fmt: skip


def a_statement(entries: list[Entry], opening: int = 0, *, holder: str = "Carla Customer") -> Pack:
    """A statement of these lines."""
    account = Account("1234567890123456", holder, "Checking", "USD")
    return statement("Cloud Bank", account, SPAN, opening, chained(entries, opening))


def test_opening_plus_in_minus_out_is_closing() -> None:
    section = a_statement([entry(500), entry(-200), entry(50)], 1_000).sections[0]
    values = [section.figure(name).value for name in (OPENING, IN, OUT, CLOSING)]
    assert values == [1_000, 550, 200, 1_350]


def test_statement_without_lines_closes_where_it_opened() -> None:
    section = a_statement([], 700).sections[0]
    assert [section.figure(name).value for name in (OPENING, IN, OUT, CLOSING)] == [700, 0, 0, 700]


def test_line_that_does_not_follow_from_the_one_before_is_refused() -> None:
    lines = chained([entry(500), entry(-200)], 0)
    with pytest.raises(FootingError, match="line 1 of the statement"):
        statement("B", Account("1", "h", "Checking", "USD"), SPAN, 1, lines)


def test_other_accounts_are_masked_and_house_accounts_have_names() -> None:
    made = a_statement([entry(1), entry(2, counter="house:clearing"), entry(3, counter="9999888877776666")])
    assert made.listing
    assert [row[2] for row in made.listing.rows] == ["Cash", "Other bank", "\N{BULLET}" * 4 + " 6666"]
    assert "9999888877776666" not in made.canonical()


def test_summary_by_type_sums_to_the_statement() -> None:
    lines = [entry(500, type="deposit"), entry(-200), entry(50, type="deposit")]
    table = by_type(lines, "USD")
    assert table.rows == (("Deposit", 2, 550, 0), ("Transfer", 1, 0, 200))
    assert table.total == ("All", 3, 550, 200)


def test_all_three_files_say_the_lines_and_the_balances() -> None:
    made = a_statement([entry(123_456, memo="salary"), entry(-7, memo="fee")], 100)
    text = flat(" ".join(pdf_pages(WRITERS["pdf"].write(made))))
    assert "2026-09-01 Transfer, Online Cash salary 1,234.56 1,235.56" in text
    sheet = workbook(WRITERS["xlsx"].write(made))["Transactions"]
    assert [(row[3], row[4], row[5]) for row in sheet.iter_rows(min_row=5, values_only=True)] == [
        ("salary", 1234.56, 1235.56),
        ("fee", -0.07, 1235.49),
    ]
    rows = WRITERS["csv"].write(made).decode().splitlines()
    assert rows[0] == "Date,Description,From or to,Note,Amount,Balance"
    assert rows[1] == '2026-09-01,"Transfer, Online",Cash,salary,1234.56,1235.56'
    assert "# Closing balance,1235.49 USD" in rows


def test_what_the_bank_does_by_itself_has_no_channel_in_the_customers_words() -> None:
    lines = [entry(5, type="interest"), entry(-3), entry(-7, type="repayment")]
    by_itself = [replace(one, channel="system") for one in lines]
    made = a_statement([*by_itself, entry(1)])
    assert made.listing
    said = [row[1] for row in made.listing.rows]
    assert said == ["Interest", "Standing order", "Loan repayment, automatic", "Transfer, Online"]
