"""A payroll is no way around the limits: of a transfer, of looking up whose a number is, of an outdated request."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts import numbers, tries
from accounts.ledger import CASH
from accounts.models import User
from accounts.models.payroll import Payroll
from accounts.services.payroll_release import OVER_PAYEE, OVER_PAYROLL, pending, release, rule_over
from accounts.services.posting import post
from accounts.testing import a_manager, a_teller, signed_in
from accounts.tests.conftest import instruct
from accounts.tests.makers import actor
from accounts.tests.test_over_limit import set_limit
from accounts.tests.test_payroll import Firm
from accounts.tests.test_payroll_pages import sent
from cloudbank import approvals
from cloudbank.approvals import Approval
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.throttle import Limit


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


@pytest.fixture
def firm(bank: Any, quiet: None) -> Firm:
    return Firm(20_000_000)


@pytest.fixture
def tom(firm: Firm) -> User:
    return a_teller()


def released(item: Payroll, by: User, key: str = "k", reason: str = "x") -> Payroll | Approval:
    return release(payroll_id=item.payroll_id, key=key, reason=reason, actor=actor(by), name="N", now=utcnow())


@pytest.mark.parametrize(
    ("amounts", "extra"),
    [
        (("50,000.01",), ""),
        (("25,000", "1"), "Ann Abel,{ann},25000.01,second half\n"),
    ],
)
def test_one_payee_gets_no_more_than_a_transfer_without_a_second_person(
    firm: Firm, tom: User, amounts: tuple[str, ...], extra: str
) -> None:
    item = firm.brought(firm.file(*amounts, extra=extra.format(ann=firm.payees[0].account_id)))
    assert item.largest == 5_000_001 and item.total < OVER_PAYROLL.most("USD", utcnow())
    assert rule_over(item, actor(tom), utcnow()) is OVER_PAYEE
    asked = released(item, tom)
    assert isinstance(asked, Approval) and firm.balances()[0] == 20_000_000
    assert ["Most to one payee", "50,000.01 USD", "a teller transfers 50,000.00 USD alone"] in asked.shown["facts"]
    assert "Limit" not in [name for name, *_ in asked.shown["facts"]], "the payroll's own limit is not passed"
    page = signed_in(Client(), tom).get(f"/payroll/{item.payroll_id}").content.decode()
    assert "another person must approve" in page


def test_up_to_a_transfers_limit_to_each_a_teller_pays_alone(firm: Firm, tom: User) -> None:
    item = firm.brought(firm.file("50,000.00", "49,999.99"))
    assert isinstance(released(item, tom), Payroll)


def same_request(one: Approval | None, other: Approval) -> bool:
    return one is not None and one.approval_id == other.approval_id


def test_an_outdated_request_keeps_nobody_from_asking_anew(firm: Firm, tom: User) -> None:
    set_limit(OVER_PAYROLL.limit.code, 100_000)
    item = firm.brought()
    first = released(item, tom)
    assert isinstance(first, Approval) and same_request(pending(item, utcnow()), first)
    post(instruct("withdrawal", 19_999_999, firm.account.account_id, CASH), now=utcnow())
    assert pending(item, utcnow()) is None
    post(instruct("deposit", 19_999_999, CASH, firm.account.account_id), now=utcnow())
    assert same_request(pending(item, utcnow()), first)
    mary = a_manager()
    approvals.reject(
        approval_id=first.approval_id, content_hash=first.content_hash, note="no", actor=actor(mary), name="M",
        now=utcnow(),
    )  # fmt: skip
    assert pending(item, utcnow()) is None
    again = released(item, tom, key="k2")
    assert isinstance(again, Approval) and again.approval_id != first.approval_id


# Walking numbers by a file.
def guessing(count: int, start: int = 0) -> bytes:
    rows = [f"Nobody,{numbers.derive('guess', str(start + number))},1,x" for number in range(count)]
    return ("name,account number,amount,memo\n" + "\n".join(rows) + "\n").encode()


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "LOOK_UP", Limit("look_up", 6, 3600))


@pytest.mark.usefixtures("_small")
def test_a_file_of_guessed_numbers_is_counted_row_by_row_and_tells_nothing_once_they_are_used_up(firm: Firm) -> None:
    web = signed_in(Client(), firm.owner)
    known = firm.payees[0].account_id
    answer = sent(web, firm, guessing(6) + f"Ann Abel,{known},1,x\n".encode())
    assert answer.status_code == 429 and known not in answer.content.decode()
    assert sent(web, firm, firm.file()).status_code == 429
    assert "No payroll yet" in web.get("/payroll").content.decode()
    subject = f"user#{firm.owner.user_id}"
    kept = [one for one in AuditRecord.by_subject.query(subject) if one.action == "look_ups_refused"]
    assert [one.after for one in kept] == [{"limit": "look_up"}]


@pytest.mark.usefixtures("_small")
def test_a_file_of_guessed_names_is_counted_too(firm: Firm) -> None:
    web, known = signed_in(Client(), firm.owner), firm.payees[0].account_id
    rows = "".join(f"Guess {number},{known},{number + 1},x\n" for number in range(6))
    assert sent(web, firm, f"name,account number,amount,memo\n{rows}".encode()).status_code == 429


@pytest.mark.usefixtures("_small")
def test_who_pays_known_people_is_not_kept_from_it(firm: Firm) -> None:
    web = signed_in(Client(), firm.owner)
    for number in range(5):
        assert sent(web, firm, firm.file(f"{number + 1}", "200", "30.50", "4")).status_code == 302
