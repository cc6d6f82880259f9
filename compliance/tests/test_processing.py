"""The register of processing: complete, told to customers in their words, taken away as a file."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.testing import a_teller, an_auditor, signed_in
from cloudbank import parameters
from compliance.privacy import engine
from compliance.privacy.processing import REGISTER, told
from compliance.retention import HOLDINGS

pytestmark = pytest.mark.usefixtures("bank")


def test_all_that_the_customers_page_says_belongs_to_one_purpose() -> None:
    named = [title for one in REGISTER for title in one.holdings]
    assert sorted(named) == sorted(one.title for one in HOLDINGS)
    assert [len(told(one)) for one in REGISTER] == [len(one.holdings) for one in REGISTER]


def test_every_entry_says_all_that_article_30_asks_for() -> None:
    assert len({one.code for one in REGISTER}) == len(REGISTER)
    for one in REGISTER:
        asked = (one.purpose, one.basis, one.persons, one.data, one.recipients, one.transfers, one.kept, one.security)
        assert all(text.strip() for text in asked), one.code
        assert "art. 6(1)" in one.basis, one.code


def test_the_periods_it_names_are_parameters_and_the_engine_has_their_classes() -> None:
    codes = {one.code for one in parameters.declared()}
    for name in ("retention.identity", "retention.records", "retention.sanctions", "privacy.package_days"):
        assert name in codes
        assert any(name in one.kept for one in REGISTER)
    assert {"customers", "packages", "requests"} <= {one.code for one in engine.classes()}


def test_the_auditor_reads_it_and_takes_it_away(client: Client) -> None:
    signed_in(client, an_auditor())
    html = unescape(client.get("/compliance/processing").content.decode())
    assert all(one.purpose.split(",")[0] in html for one in REGISTER)
    answer: Any = client.get("/compliance/processing?export=csv")
    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines()[0].startswith("Purpose,Lawful basis,Categories of persons")
    assert "# Controller" in text
    assert len([line for line in text.splitlines() if "art. 6(1)" in line]) == len(REGISTER)
    assert signed_in(Client(), a_teller()).get("/compliance/processing").status_code == 403
