"""Who registers is screened in the transaction that registers them; an error is a review and never a pass."""

from datetime import date
from typing import Any

import pytest

from accounts.ledger import Actor
from accounts.models import User
from accounts.queries.people import user
from accounts.services.people import Details, register_customer
from accounts.testing import a_customer, a_stranger, an_officer
from cloudbank import audit, store
from cloudbank.clock import utcnow
from monitoring.models import Alert
from monitoring.queries import lists, sanctions
from monitoring.services import onboarding
from monitoring.services.sanctions import clear_hit, screen_customers
from monitoring.tests.conftest import Screened
from monitoring.tests.test_sanctions import ROBOT, loaded

WEB = Actor("anonymous", "anonymous", "203.0.113.9")


def register(name: str, born: date = date(1970, 3, 12), email: str = "new@people.example") -> User:
    details = Details(name, email, born, "1 Main Street", "+1 212 555 0100", "6789")
    made = register_customer(details=details, password="a long enough one", actor=WEB, now=utcnow())
    assert made is not None
    found = user(made.user_id)
    assert found is not None
    return found


def alerts_of(customer: User) -> list[Alert]:
    return [one for one in Alert.by_subject.query(f"customer#{customer.user_id}") if isinstance(one, Alert)]


@pytest.mark.parametrize("name", ["Simon Stranger", "STRANJER Symon", "Muhammad Hasan al-Kahtani"])
def test_a_hit_at_registration_is_an_alert_at_once(screened: Screened, name: str) -> None:
    loaded()
    customer = register(name, date(1965, 7, 1) if "Hasan" in name else date(1970, 3, 12))
    (alert,) = alerts_of(customer)
    assert customer.screened == "hit" and alert.family == "sanctions"
    records = list(audit.AuditRecord.by_subject.query(f"alert#{alert.alert_id}"))
    raised = [one for one in records if isinstance(one, audit.AuditRecord)]
    assert [one.actor_id for one in raised] == ["system:onboarding"], "the bank raises it, not who registers"
    assert screen_customers(actor=ROBOT, now=utcnow()).findings <= 1, "the night finds the same and raises it once"
    assert len(alerts_of(customer)) == 1


def test_others_register_without_an_alert_and_without_a_list_nothing_is_said(screened: Screened) -> None:
    assert register("Ana Lopez").screened == ""
    loaded()
    clear = register("Ada Brandt", email="second@people.example")
    assert clear.screened == "clear" and not alerts_of(clear)


def test_alert_and_customer_are_stored_together_or_not_at_all(
    screened: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded()
    saved: list[Any] = []

    def down(writes: Any) -> None:
        saved.append(list(writes))
        raise store.Unavailable("down")

    with monkeypatch.context() as broken:
        broken.setattr(store, "save", down)
        with pytest.raises(store.Unavailable):
            register("Simon Stranger")
    (writes,) = saved
    kinds = {type(getattr(one, "item", None)).__name__ for one in writes}
    assert {"User", "EmailLock", "Alert", "AlertFinding"} <= kinds


@pytest.mark.parametrize("error", [store.Unavailable("a page is missing"), ValueError("bad"), RecursionError("deep")])
def test_an_error_in_screening_is_a_review_and_never_a_pass(
    screened: Screened, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    loaded()

    def broken(*args: Any) -> Any:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(onboarding, "standing_hits", broken)
        customer = register("Ana Lopez")
    (alert,) = alerts_of(customer)
    assert customer.screened == "failed"
    assert "could not be screened" in alert.headline and "Ana" not in alert.headline


def test_a_list_that_cannot_be_read_still_registers_with_an_alert(screened: Screened) -> None:
    version = loaded().version
    sanctions.forget()
    page = sanctions.SanctionsPage.key(version, 0)
    store.save([store.Delete(sanctions.SanctionsPage, page)])
    customer = register("Simon Stranger")
    assert customer.screened == "failed" and len(alerts_of(customer)) == 1


def test_owners_are_screened_with_their_company(screened: Screened) -> None:
    loaded()
    company = a_customer(name="Acme Trading", segment="business", owner_names={"Simon Stranger", "Ana Lopez"})
    result = screen_customers(actor=ROBOT, now=utcnow())
    (alert,) = alerts_of(company)
    assert "an owner of this customer" in alert.headline and result.hits >= 1
    officer = an_officer()
    clearing: dict[str, Any] = {"reason": "Another birth", "expires_on": None, "origin": "", "now": utcnow()}
    clear_hit(subject=company.user_id, uid="101", actor=Actor(officer.user_id, officer.role, "t"), **clearing)
    lists.forget()
    again = screen_customers(actor=ROBOT, now=utcnow())
    assert again.cleared >= 1
    assert a_stranger(name="Someone Else").name
