"""What becomes of a KYC file when the customer's data changes or goes."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models.people import BUSINESS
from accounts.queries.people import user
from accounts.testing import a_customer, an_officer
from cloudbank import approvals, audit
from cloudbank.clock import utcnow
from compliance.kyc.owners import Owner
from compliance.kyc.queries import file_of
from compliance.kyc.services.forgetting import forget_file
from compliance.kyc.services.owners import add_owner
from compliance.steps import NotAllowed
from compliance.testing import actor, days_ago, filed
from compliance.tests.kyc_makers import a_paper, a_pending_customer, declared
from compliance.tests.test_privacy_desk import asked, checked_identity, correct
from monitoring.models import Alert
from monitoring.queries import lists, sanctions
from monitoring.sanctions import Entry
from monitoring.services.sanctions import load_list

pytestmark = pytest.mark.usefixtures("bank", "store_of_papers")


@pytest.fixture(autouse=True)
def _no_list_of_another_test() -> None:
    lists.forget()
    sanctions.forget()


def bytes_kept() -> list[Path]:
    folder = Path(settings.STORAGES["documents"]["OPTIONS"]["location"])
    return [one for one in folder.rglob("*") if one.is_file()]


def a_file(officer: Any, **attributes: Any) -> Any:
    customer = a_pending_customer(name="Acme Trading", segment=BUSINESS, **attributes)
    declared(customer, officer)
    a_paper(customer, officer)
    known: dict[str, Any] = {"actor": actor(officer), "now": utcnow(), "seen": file_of(customer.user_id).version}
    add_owner(customer_id=customer.user_id, owner=Owner("Olga Owner", "1970-01-01", "US", 3_000), **known)
    return customer


def test_a_former_customer_s_papers_and_owners_go_bytes_first_and_once() -> None:
    officer = an_officer()
    customer = a_file(officer)
    assert len(bytes_kept()) == 1
    known: dict[str, Any] = {"reason": "over", "actor": actor(officer), "now": utcnow()}
    with pytest.raises(NotAllowed, match="still a customer"):
        forget_file(customer_id=customer.user_id, **known)
    assert len(bytes_kept()) == 1
    filed(customer, exited_on=days_ago(3))
    for _ in range(2):
        forget_file(customer_id=customer.user_id, **known)
    kyc, person = file_of(customer.user_id), user(customer.user_id)
    assert person is not None and not person.owner_names and not bytes_kept()
    assert (kyc.papers, kyc.owners, kyc.factors, kyc.rated) == ([], [], {}, {})
    records = [one.action for one in audit.AuditRecord.by_subject.query(audit.subject_of(kyc))]
    assert records.count("forget_kyc_file") == 1


def test_retention_takes_the_file_with_the_customer() -> None:
    officer = an_officer()
    kept, gone = a_file(officer), a_file(officer, email="gone@people.example")
    filed(kept, exited_on=days_ago(300))
    filed(gone, exited_on=days_ago(365 * 12))
    call_command("apply_retention", verbosity=0)
    assert file_of(kept.user_id).papers and not file_of(gone.user_id).papers
    assert len(bytes_kept()) == 1


def test_another_name_is_held_against_the_sanctions_list_with_the_correction() -> None:
    first, second, customer = an_officer(), an_officer(), a_customer(name="Jon Doe")
    entries = [Entry("101", ("STRANGER, Simon",), "individual", "TEST")]
    load_list(entries=entries, origin="SDN.CSV", dry_run=False, actor=actor(first), now=utcnow())
    waiting = correct(checked_identity(asked("rectification", who=customer), first), first, name="Simon Stranger")
    approvals.approve(
        approval_id=waiting.approval_id,
        content_hash=waiting.content_hash,
        note="",
        actor=actor(second),
        name=second.name,
        now=utcnow(),
    )
    person = user(customer.user_id)
    assert person is not None and (person.name, person.screened) == ("Simon Stranger", "hit")
    found = [one for one in Alert.by_subject.query(f"customer#{customer.user_id}") if isinstance(one, Alert)]
    assert [one.family for one in found] == ["sanctions"]
