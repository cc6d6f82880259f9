"""Log lines carry no whole account number, wherever it stands in them."""

import logging

from cloudbank.logs import MaskingFormatter, masked


def test_an_account_number_is_cut_down_to_its_last_four() -> None:
    assert masked("Not Found: /loans/1359148351806062/pay") == "Not Found: /loans/************6062/pay"


def test_other_numbers_stay() -> None:
    text = "2026-11-23 00:34:31 took 123456789012345 and 12345678901234567"
    assert masked(text) == text


def test_a_traceback_is_masked_as_well() -> None:
    try:
        raise ValueError("account 1359148351806062")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "p", 1, "of %s", ("1359148351806062",), (type(error), error, None)
        )
    assert "1359148351806062" not in MaskingFormatter("%(message)s").format(record)
