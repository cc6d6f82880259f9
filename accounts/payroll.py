"""A payroll file: who is paid how much, one line a payee. Pure.

CSV in UTF-8 with a header: name, account number, amount, and maybe a memo, in any order; commas, semicolons or tabs.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from accounts import numbers
from cloudbank.money import MoneyError, parse_amount

MOST_ROWS = 5_000
MOST_BYTES = 2 * 1024 * 1024
MOST_REJECTED = 200
NAME_LENGTH, MEMO_LENGTH = 120, 80
COLUMNS = {
    "name": ("name", "payee", "employee", "beneficiary"),
    "account": ("account number", "account", "account_number", "number"),
    "amount": ("amount", "net pay", "net"),
    "memo": ("memo", "note", "reference", "text"),
}
"""What a column may be called."""
REQUIRED = ("name", "account", "amount")


class NotAPayroll(Exception):
    """The file as a whole cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file. `reason`: why it cannot be paid; "" when it can be, as far as the file alone tells."""

    line: int
    name: str
    account: str
    amount: int
    memo: str
    reason: str = ""


def read(content: bytes, currency: str) -> list[Row]:
    """The rows of a file, each judged by itself. Raises NotAPayroll."""
    if len(content) > MOST_BYTES:
        raise NotAPayroll(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAPayroll("The file is not UTF-8 text; save it as CSV (UTF-8).") from error
    rows = list(_rows(text, currency))
    if not rows:
        raise NotAPayroll("The file holds no payee.")
    if len(rows) > MOST_ROWS:
        raise NotAPayroll(f"The file holds more than {MOST_ROWS:,} payees; split it.")
    return rows


def _rows(text: str, currency: str) -> Iterator[Row]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = _header(next(reader, []))
        for fields in reader:
            if any(field.strip() for field in fields):
                yield _row(reader.line_num, fields, header, currency)
    except csv.Error as error:
        raise NotAPayroll(f"Line {reader.line_num} is no CSV ({error}).") from error


def _header(fields: list[str]) -> dict[str, int]:
    """Where each column stands."""
    names = [field.strip().casefold() for field in fields]
    found = {column: names.index(word) for column, words in COLUMNS.items() for word in words[::-1] if word in names}
    missing = [COLUMNS[column][0] for column in REQUIRED if column not in found]
    if missing:
        raise NotAPayroll(f"The first line must name the columns; it lacks: {', '.join(missing)}.")
    return found


def _row(line: int, fields: list[str], header: dict[str, int], currency: str) -> Row:
    values = {column: fields[at].strip() if at < len(fields) else "" for column, at in header.items()}
    name, memo = values["name"], values.get("memo", "")
    try:
        account = numbers.parse(values["account"])
        amount = parse_amount(values["amount"], currency)
    except (numbers.AccountNumberError, MoneyError) as error:
        return Row(line, name, values["account"], 0, memo, str(error))
    return Row(line, name, account, amount, memo, _words(name, memo))


def _words(name: str, memo: str) -> str:
    if not name:
        return "The name is missing."
    if len(name) > NAME_LENGTH or len(memo) > MEMO_LENGTH:
        return f"The name may have {NAME_LENGTH} characters, the memo {MEMO_LENGTH}."
    if not (name.isprintable() and memo.isprintable()):
        return "The name or the memo holds hidden characters."
    return ""


def largest(rows: list[Row]) -> int:
    """What the account that gets most gets, over all rows that can be paid; minor units, 0 for none."""
    sums: dict[str, int] = {}
    for row in rows:
        if not row.reason:
            sums[row.account] = sums.get(row.account, 0) + row.amount
    return max(sums.values(), default=0)


def repeated(rows: list[Row]) -> dict[int, int]:
    """Line -> the earlier line that pays the same account the same amount: often a mistake, sometimes not."""
    first: dict[tuple[str, int], int] = {}
    found = {}
    for row in rows:
        if not row.reason:
            earlier = first.setdefault((row.account, row.amount), row.line)
            if earlier != row.line:
                found[row.line] = earlier
    return found
