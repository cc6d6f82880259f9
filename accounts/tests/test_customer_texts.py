"""Why staff does something stays inside the bank: customers read fixed words, on every page, receipt and file."""

import io
import re
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts.customer_texts import HOLDS, LOAN_FEES, REVERSALS, in_words, told_of_reversal
from accounts.ledger import Refused
from accounts.models import DepositAccount, User
from accounts.queries.holds import holds_on, reversal_of
from accounts.queries.ledger import history, movement_lines
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.reversals import reverse_movement
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, a_teller, an_analyst, an_officer, signed_in
from accounts.tests.lending import paid_out
from accounts.tests.makers import actor, an_account, balance, form_of
from accounts.tests.test_servicing import approve
from cloudbank import store
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank")
MOST_PAGES = 70
SECRET = "Zanzibar smuggling suspicion"  # no word of it stands on any page by itself
HREF = re.compile(r'href="(/[^"#]*)')


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


def done_by(user: User, path: str, **typed: str) -> Any:
    """A form of the staff, sent and confirmed."""
    client = signed_in(Client(), user)
    return client.post(path, form_of(client, path) | {"confirm": "yes", "reason": SECRET} | typed)


def everything_staff_writes(own: DepositAccount, loan_id: str) -> None:
    """Holds placed, captured and released, a fee charged and waived, a block, a freeze and its end, a loan's fee."""
    account, tom, mary, oscar = f"/accounts/{own.account_id}", a_teller(), a_manager(), an_officer()
    for number, text in enumerate(("payment", "booking", "bank"), 1):
        done_by(tom, f"{account}/holds/new", amount=str(number), told=text)
    last, middle, _ = holds_on(own.account_id)
    done_by(tom, f"/holds/{middle.transaction_id}/capture", amount="2")
    done_by(tom, f"/holds/{last.transaction_id}/release")
    fee = done_by(mary, f"{account}/fees/new", fee="wire_out")
    approve(done_by(mary, f"{fee['Location']}/reverse", told="waived"), oscar)
    done_by(an_analyst(), f"{account}/freeze")
    approve(done_by(mary, f"{account}/unfreeze"), oscar)
    done_by(an_analyst(), f"{account}/block-debits")
    approve(done_by(mary, f"{account}/unblock"), oscar)
    done_by(mary, f"{account}/overdraft", limit="10")
    done_by(mary, f"/loans/{loan_id}/fee", amount="5", told="late")


def read(client: Client, path: str) -> str:
    """The text of a page or file."""
    answer = client.get(path)
    if answer.status_code != 200:
        return ""
    content = answer.getvalue()
    kind = answer["Content-Type"]
    if "pdf" in kind:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if "spreadsheet" in kind:
        book = load_workbook(io.BytesIO(content))
        return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    return content.decode("utf-8-sig")


def pages_of(client: Client, *more: str) -> Iterator[tuple[str, str]]:
    """The pages and files that are nearest to the start by links, with their text; one order of each list is enough."""
    waiting, seen = deque(["/dashboard", *more]), set[str]()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.popleft().replace("&amp;", "&")
        if path in seen or path.startswith(("/static", "/logout")) or "sort=" in path:
            continue
        seen.add(path)
        text = read(client, path)
        waiting += HREF.findall(text)
        yield path, text


def test_what_staff_writes_stands_on_no_page_receipt_or_file_of_the_customer(carla: User, own: DepositAccount) -> None:
    loan = paid_out(customer=carla, account=own.account_id)
    before = balance(own)
    everything_staff_writes(own, loan.loan_id)
    assert balance(own) == before - 200
    assert len(history(loan.loan_id).rows) == 2
    web = signed_in(Client(), carla)
    files = [f"/accounts/{own.account_id}?export={kind}" for kind in ("csv", "xlsx")]
    files += [f"/statements/{own.account_id}/{kind}" for kind in ("pdf", "csv", "xlsx")]
    found = dict(pages_of(web, *files, f"/loans/{loan.loan_id}?tab=movements"))
    assert [path for path in found if path.startswith("/receipts/")] and len(found) > 30
    assert all(found[path] for path in files[:2])
    assert [path for path, text in found.items() for word in SECRET.split() if word in text] == []
    account = found[f"/accounts/{own.account_id}"]
    for words in ("Payment to be settled", "Security for a booking", "Outgoing wire", "Fee waived"):
        assert words in account, words
    assert "Fee: Late payment" in found[f"/loans/{loan.loan_id}?tab=movements"]
    assert any("Security for a booking" in text for path, text in found.items() if path.startswith("/statements/"))


def test_the_staff_reads_both(carla: User, own: DepositAccount) -> None:
    everything_staff_writes(own, paid_out(customer=carla, account=own.account_id).loan_id)
    shown = signed_in(Client(), a_teller()).get(f"/accounts/{own.account_id}").content.decode()
    assert SECRET in shown and "Security for a booking" in shown
    fee = next(row for row in history(own.account_id).rows if row.type == "fee")
    mark = reversal_of(fee.movement_id)
    assert mark is not None and mark.reason == "Fee waived"
    trail = {one.action: one for one in AuditRecord.by_subject.query(f"deposit_account#{own.account_id}") if one.after}
    assert [trail[action].reason for action in ("charge_fee", "reverse", "freeze")] == [SECRET] * 3
    assert trail["charge_fee"].after == {"fee": "wire_out", "amount": 2_500, "movement": fee.movement_id}
    assert trail["reverse"].after == {"movement": mark.by_movement, "reverses": fee.movement_id}


def test_the_books_stay_sound_and_a_changed_text_is_found(carla: User, own: DepositAccount) -> None:
    everything_staff_writes(own, paid_out(customer=carla, account=own.account_id).loan_id)
    assert verify("USD", full=True, now=utcnow() + timedelta(seconds=1)).problems == {}


def test_only_fixed_words_reach_the_customer(carla: User, own: DepositAccount) -> None:
    refused = done_by(a_teller(), f"/accounts/{own.account_id}/holds/new", amount="1", told=SECRET)
    assert refused.status_code == 422 and holds_on(own.account_id) == []
    loan = paid_out()
    with pytest.raises(Refused, match="what the customer reads"):
        charge_loan_fee(
            loan_id=loan.loan_id, amount=1, reason="x", told="<b>", key="k", actor=actor(a_manager()), now=utcnow()
        )


@pytest.mark.parametrize("texts", [HOLDS, REVERSALS, LOAN_FEES])
def test_every_text_fits_a_statement_and_an_unknown_code_is_refused(texts: dict[str, str]) -> None:
    assert all(0 < len(in_words(texts, code)) <= 40 for code in texts)
    with pytest.raises(Refused):
        in_words(texts, "else")


def test_the_memo_of_a_reversal_is_the_text_and_the_reason_is_kept_with_its_request(own: DepositAccount) -> None:
    movement = history(own.account_id).rows[0].movement_id
    asked = done_by(a_manager(), f"/receipts/{movement}/reverse", told="twice")
    shown = signed_in(Client(), an_officer()).get(asked["Location"]).content.decode()
    assert SECRET in shown and "Customers read" in shown and "Posted twice" in shown
    approve(asked, an_officer())
    mark = reversal_of(movement)
    assert mark is not None
    assert {line.memo for line in movement_lines(mark.by_movement)} == {"Posted twice"}


def test_a_mark_of_old_with_the_staffs_reason_is_told_in_the_banks_words(
    client: Client, carla: User, own: DepositAccount
) -> None:
    """Banks of old kept the reason in the mark and in the note: the customer never reads it, the staff does."""
    mary = a_manager()
    paid = history(own.account_id).rows[0].movement_id
    reverse_movement(movement_id=paid, reason="x", actor=actor(mary), now=utcnow())
    mark = reversal_of(paid)
    assert mark is not None
    mark.reason = SECRET
    store.save([store.changed(mark)])
    page = signed_in(client, carla).get(f"/receipts/{paid}").content.decode()
    assert SECRET not in page and "Correction by the bank" in page
    assert SECRET in signed_in(client, mary).get(f"/receipts/{paid}").content.decode()
    assert told_of_reversal("Fee waived") == "Fee waived"
