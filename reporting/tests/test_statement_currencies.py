"""Statements of accounts in yen and dinar: the three files carry the currency's own decimals."""

from typing import Any

import pytest
from django.test import Client

from accounts.testing import a_customer, signed_in
from accounts.tests.makers import an_account
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from reporting.tests.reading import pdf_pages, workbook

CASES = [("JPY", 123_456, "123,456", "123456"), ("KWD", 123_456, "123.456", "123.456")]


def file_of(web: Client, account: str, code: str) -> bytes:
    """A statement of the current month as a file."""
    today = business_date(utcnow())
    days = {"first": today.replace(day=1).isoformat(), "last": today.isoformat()}
    answer = web.post(f"/statements/{account}/{code}", days)
    assert answer.status_code == 200
    return bytes(answer.content)


@pytest.mark.parametrize(("currency", "minor", "shown", "plain"), CASES)
def test_the_three_files_keep_the_decimals(bank: Any, currency: str, minor: int, shown: str, plain: str) -> None:
    carla = a_customer()
    account = an_account(carla, minor, currency=currency).account_id
    web = signed_in(Client(), carla)
    assert plain in file_of(web, account, "csv").decode()
    assert any(shown in page for page in pdf_pages(file_of(web, account, "pdf")))
    book = workbook(file_of(web, account, "xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == float(plain)]
    decimals = len(plain.partition(".")[2])
    assert cells and all(("." + "0" * decimals in cell.number_format) == bool(decimals) for cell in cells)
