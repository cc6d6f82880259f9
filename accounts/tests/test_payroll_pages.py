"""The pages of payrolls: bring, read back, pay, result, history; for business customers and the counter."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.services.deposits import freeze_account
from accounts.testing import a_customer, a_teller, an_auditor, make_user, signed_in
from accounts.tests.conftest import TELLER
from accounts.tests.test_payroll import PAID, Firm
from accounts.views import payroll as views
from cloudbank.clock import utcnow


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


@pytest.fixture
def firm(bank: Any, quiet: None) -> Firm:
    return Firm()


@pytest.fixture
def employer(firm: Firm, client: Client) -> Client:
    return signed_in(client, firm.owner)


def sent(client: Client, firm: Firm, content: bytes | None = None, **more: str) -> Any:
    """The answer to bringing a payroll."""
    file = SimpleUploadedFile("november.csv", firm.file() if content is None else content)
    return client.post("/payroll/new", {"account": firm.account.account_id, "file": file} | more)


def test_an_employer_reads_back_pays_and_sees_the_result(employer: Client, firm: Firm) -> None:
    answer = sent(employer, firm)
    text = employer.get(answer.url).content.decode()
    for said in ("Is everything right?", "1,234.50", "one thousand two hundred thirty-four", "Pay 1,234.50 USD"):
        assert said in text
    assert firm.balances()[0] == 500_000
    done = employer.post(f"{answer.url}/confirm", follow=True)
    assert firm.balances() == PAID
    assert [one["badge"] for one in done.context["rows"]] == ["Paid"] * 4
    assert employer.get(f"/receipts/{done.context['debit']}").status_code == 200
    employer.post(f"{answer.url}/confirm", follow=True)
    assert firm.balances() == PAID
    again = employer.get(sent(employer, firm).url)
    assert "paid before" in again.content.decode()
    assert "november.csv" in employer.get("/payroll").content.decode()
    assert sent(employer, firm, again="on").url != answer.url


def test_what_came_back_is_shown_with_its_reason(employer: Client, firm: Firm) -> None:
    url = sent(employer, firm).url
    freeze_account(account_id=firm.payees[1].account_id, reason="x", actor=TELLER, now=utcnow())
    assert "It would come back to the payer" in employer.get(url).content.decode()
    done = employer.post(f"{url}/confirm", follow=True)
    assert [one["badge"] for one in done.context["rows"]] == ["Paid", "Returned", "Paid", "Paid"]
    assert "frozen" not in done.content.decode()
    assert employer.get(f"/receipts/{done.context['back']}").status_code == 200
    assert len(employer.get(f"{url}?show=returned").context["rows"]) == 1


def test_rejected_rows_are_shown_by_number_and_reason(employer: Client, firm: Firm) -> None:
    url = sent(employer, firm, firm.file(extra="Typo,1234567890123456,5,\n<script>x</script>,,5,\n")).url
    page = employer.get(url)
    text = page.content.decode()
    assert "2 rows are not paid" in text
    assert "check digits do not match" in text
    assert "<script>x" not in text
    assert [one["row"].line for one in employer.get(f"{url}?show=rejected").context["rows"]] == [6, 7]


def test_too_little_money_or_too_much_for_oneself_is_said_before(employer: Client, firm: Firm) -> None:
    url = sent(employer, firm, firm.file("4,999.99", "0.02")).url
    assert "available" in employer.get(url).content.decode()
    assert "Nothing was paid" in employer.post(f"{url}/confirm", follow=True).content.decode()
    assert firm.balances()[0] == 500_000


@pytest.mark.parametrize(("content", "why"), [(b"", "lacks"), (b"x" * 2_200_000, "larger than 2 MB")])
def test_what_is_no_payroll_is_refused_at_the_field(employer: Client, firm: Firm, content: bytes, why: str) -> None:
    answer = sent(employer, firm, content)
    assert (answer.status_code, why in answer.content.decode()) == (422, True)


def test_others_find_nothing_and_can_pay_from_nothing(employer: Client, firm: Firm) -> None:
    url = sent(employer, firm).url
    rival = signed_in(Client(), make_user("customer", segment="business"))
    assert (rival.get(url).status_code, rival.post(f"{url}/confirm").status_code) == (404, 404)
    assert sent(rival, firm).status_code == 422, "another one's account"
    assert "november.csv" not in rival.get("/payroll").content.decode()
    retail = signed_in(Client(), a_customer())
    assert {retail.get(one).status_code for one in ("/payroll", "/payroll/new", url)} == {403}
    assert "/payroll" not in retail.get("/dashboard").content.decode()
    auditor = signed_in(Client(), an_auditor())
    assert (auditor.get(url).status_code, auditor.post(f"{url}/confirm").status_code) == (200, 403)
    assert firm.balances()[0] == 500_000


def test_a_teller_pays_for_a_business_customer_only(bank: Any, firm: Firm, client: Client) -> None:
    teller = signed_in(client, a_teller())
    url = sent(teller, firm).url
    teller.post(f"{url}/confirm")
    assert firm.balances() == PAID
    answer = sent(teller, firm, account=firm.payees[0].account_id)
    assert (answer.status_code, "business customers" in answer.content.decode()) == (422, True)


def test_work_that_takes_longer_goes_on_from_page_to_page(
    employer: Client, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "STRETCH_SECONDS", -1.0)
    url = sent(employer, firm).url
    assert 'hx-post="' in employer.post(f"{url}/confirm", follow=True).content.decode()
    fragment = employer.post(f"{url}/confirm", headers={"HX-Request": "true"})
    assert "0 of 4 payees" in fragment.content.decode()
    monkeypatch.setattr(views, "STRETCH_SECONDS", 9.0)
    assert employer.post(f"{url}/confirm", headers={"HX-Request": "true"})["HX-Redirect"] == url
    assert firm.balances() == PAID
