"""What the controls cost to read: no Scan, each under a stated number of read units, all of them under a hundred.

In a bank in which every control has something to count: more rows than a reading counts, where rows may be many.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from accounts.models import User
from accounts.models.people import PENDING, VERIFIED
from accounts.testing import a_teller, an_officer
from cloudbank import jobs, outbox, parameters, store
from cloudbank.clock import iso, utcnow
from cloudbank.ids import new_id
from compliance.control import scope_of
from compliance.controls import CONTROLS
from compliance.controls.jobs_late import SCHEDULE
from compliance.queries import standing
from compliance.queries.selections import CAP, CAP_OF_PEOPLE
from compliance.testing import an_action, days_ago
from compliance.tests.makers import (
    a_case,
    a_held_movement,
    a_late_loan,
    a_sealed_day,
    a_standing_order,
    business_days_ago,
)
from monitoring.models import NEW, WORKLIST, Alert, worklist_order
from monitoring.rulebook import RANK

pytestmark = pytest.mark.usefixtures("bank")
EACH, TOGETHER = 45, 100
READS = ("GetItem", "BatchGetItem", "Query", "TransactGetItems")
"""A control reads in no other way, and never by Scan."""


def flush(items: list[Any]) -> None:
    """Store many items at once."""
    rows = [item.serialize() for item in items]
    for start in range(0, len(rows), store.BATCH_WRITE):
        store.flush(type(items[0]), rows[start : start + store.BATCH_WRITE])


def many_alerts() -> list[Alert]:
    """More open alerts past their deadline than a reading counts."""
    due = iso(utcnow() - timedelta(hours=2))
    return [
        Alert(
            transaction_id=new_id("alt"),
            version=1,
            family="velocity",
            rules={"velocity"},
            severity="high",
            status=NEW,
            customer_id="usr_a",
            headline="Ten movements in an hour",
            score=40,
            finding_count=1,
            amount=1,
            currency="USD",
            opened_at=due,
            opened_on=due[:10],
            last_at=due,
            due_at=due,
            worklist_group=WORKLIST,
            worklist_order=worklist_order(RANK["high"], due, number, f"a{number}"),
        )
        for number in range(CAP + 20)
    ]


def people(count: int) -> list[User]:
    """So many customers: of half of them a review is due, the others wait for their verification."""
    found = []
    for number in range(count):
        late = days_ago(10 + number % 20)
        person = User(
            user_id=new_id("usr"), version=1, name=f"Person {number}", role="customer", kyc_status=VERIFIED,
            kyc_review_on=late, first_account_on=late, registered_on=late,
        )  # fmt: skip
        if number % 2:
            person.kyc_status, person.kyc_review_on = PENDING, ""
        person.file_under_name()
        person.file_for_review()
        found.append(person)
    return found


def a_full_bank(customers: int) -> None:
    """Something for every control, more late alerts than are counted, so many customers whose papers are late."""
    officer = an_officer(email="officer@b.example")
    a_teller(email="tom@b.example")
    flush(many_alerts())
    flush(people(customers))
    for back in range(8, 0, -1):
        a_sealed_day(business_days_ago(back), deposits=10**9, book_principal=10**8, loan_npl=10**6, loan_par_30=10**6)
    for number in range(30):
        a_late_loan(35 + 3 * number)
        a_held_movement(number % 5)
        a_case(number + 10)
        a_standing_order(business_days_ago(4))
    for job in SCHEDULE:
        with jobs.run(job, key="k", now=utcnow()):
            pass
    for number in range(10):
        an_action(officer, title=f"Action {number}")
        written = utcnow() - timedelta(hours=2)
        store.save([outbox.message("alert.opened", f"k{number}", {}, now=written)])


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Read units of every request from now on as the engine bills them: "units", "requests", and by operation."""
    found: Counter[str] = Counter()
    call = BaseClient._make_api_call

    def metered(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        asked = arguments | {"ReturnConsumedCapacity": "TOTAL"} if operation in READS else arguments
        answer = call(client, operation, asked)
        said = answer.get("ConsumedCapacity") or []
        for one in said if isinstance(said, list) else [said]:
            found["units"] += one.get("CapacityUnits", 0)
        found.update({"requests": 1, operation: 1})
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", metered)
    return found


def test_no_control_scans_and_each_stays_under_its_units(spent: Counter[str]) -> None:
    a_full_bank(3 * CAP_OF_PEOPLE)
    parameters.snapshot(utcnow())
    costs = {}
    for control in CONTROLS:
        scope = scope_of(utcnow())
        spent.clear()
        control.read(scope)
        costs[control.code] = spent["units"]
        assert spent["requests"] == sum(spent[one] for one in READS), control.code
    assert {code: units for code, units in costs.items() if units > EACH} == {}
    assert sum(costs.values()) > len(costs), "the meter counts"


def test_all_readings_together_cost_at_most_a_hundred_units(spent: Counter[str]) -> None:
    """Of a process that has served the page before: what never changes, and the parameters, it knows."""
    a_full_bank(40)
    standing.take_readings(utcnow())
    spent.clear()
    taken = standing.take_readings(utcnow())
    assert len(taken.readings) >= 24
    assert 0 < spent["units"] <= TOGETHER
    assert spent["Scan"] == 0
