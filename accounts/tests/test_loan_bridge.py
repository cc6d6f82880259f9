"""The principal of the loan book foots over months with every kind of movement, and tampering with it is named."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.closing import DayProof, NotProven
from accounts.ledger import CASH, Line
from accounts.ledger.splits import packed_split, split_numbers
from accounts.loans import servicing
from accounts.loans.bridge import Bridge, bridges, split_of
from accounts.loans.schedule import months_after
from accounts.models import ClosedDay, DayShard, Posting
from accounts.models.loans import Loan
from accounts.queries.ledger import history, movement_lines
from accounts.queries.loan_book import principal_bridge
from accounts.queries.loans import loans
from accounts.queries.totals import forget
from accounts.services.closing import close_through
from accounts.services.flows import shard_of
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.loans.recoveries import recover_loan
from accounts.services.loans.remedies import NEW_TERMS, WRITE_OFF, ask_charge_off, ask_restructure
from accounts.services.loans.servicing import caught_up, repay_loan
from accounts.services.reversals import reverse_movement
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, a_stranger, signed_in
from accounts.tests.lending import Borrower, an_account_at, approve, as_actor, paid_out, request_of
from accounts.tests.test_loan_servicing import FEB, a_loan, demanded
from accounts.totals import DayTotals, book_flows, principal_flow
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date

needs_bank = pytest.mark.usefixtures("bank", "quiet")


# Pure.
def test_a_posting_tells_what_it_did_to_the_parts_of_a_loan() -> None:
    before = servicing.charge_fee(demanded(a_loan()), 2_500)
    after, _ = servicing.repay(before, 10_000, FEB)
    assert split_of(before, after) == "repaid:2500 interest_paid:5000 fees_paid:2500"
    back, _ = servicing.take_back_fee(after, 2_500, FEB)
    assert split_of(after, back) == "repaid:2500 fees_paid:-2500"
    assert split_of(after, after) == ""


@pytest.mark.parametrize(
    "text", ["repaid", "repaid:x", "repaid:0", "stolen:5", "repaid:5 repaid:6", "fees_paid:1 repaid:1"]
)
def test_a_split_that_nobody_wrote_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        split_numbers(text)
    assert split_numbers(packed_split({"repaid": 5, "fees_paid": -1})) == {"repaid": 5, "fees_paid": -1}


def test_months_hang_together_and_the_open_one_has_no_seal() -> None:
    def day(text: str, end: dict[str, int] | None = None, **numbers: int) -> DayTotals:
        totals = DayTotals(text, end is not None, end=end or {})
        totals.numbers.update({f"loan_{name}": number for name, number in numbers.items()})
        return totals

    first, second = bridges("USD", 100, [
        day("2026-01-05", {}, disbursed=1_000), day("2026-01-30", {"book_principal": 1_080, "loan_glp": 1_080}, repaid=20),
        day("2026-02-02", capitalised=5, capitalised_unposted=2, charged_off=7, interest_paid=9, fees_paid=3),
    ])  # fmt: skip
    assert (first.opening, first.closing, first.sealed, first.loans, first.residual) == (100, 1_080, 1_080, 1_080, 0)
    assert (second.opening, second.capitalised, second.closing, second.sealed) == (1_080, 7, 1_080, None)
    assert (second.interest_paid, second.fees_paid) == (9, 3)
    assert replace(first, sealed=1_079).residual == 1


# A month with everything.
class Month:
    """Loans since six weeks ago: one repaid in part with a fee taken back, one charged off and recovered, two with new terms."""

    def __init__(self) -> None:
        now = utcnow()
        start = bank_calendar().on_or_before((now - timedelta(days=45)).date())
        while not bank_calendar().is_business_day(
            months_after(start, 1)
        ):  # new terms on the due date: no day's interest
            start = bank_calendar().on_or_before(start - timedelta(days=1))
        self.begun = datetime(start.year, start.month, start.day, 16, tzinfo=now.tzinfo)
        self.due = months_after(start, 1)
        self.payer, self.lost, self.late, self.exact = (self.borrower() for _ in range(4))
        self.pay_and_take_back()
        self.write_off_and_recover()
        self.new_terms(self.exact, self.on(self.due))
        self.new_terms(self.late, self.on(self.due + timedelta(days=6)))
        forget()

    def on(self, day: object) -> datetime:
        return datetime.fromisoformat(f"{bank_calendar().on_or_after(day)}T17:00:00+00:00")

    def borrower(self) -> Borrower:
        customer = a_customer()
        return paid_out(now=self.begun, customer=customer, account=an_account_at(customer, self.begun))

    def pay_and_take_back(self) -> None:
        one, now = self.payer, self.on(self.due)
        fee = charge_loan_fee(
            loan_id=one.loan_id, amount=2_500, reason="letter", key="f", actor=as_actor(one.manager), now=self.begun
        )
        for key, amount in (("due", 0), ("more", 100_000)):
            caught_up(loan_id=one.loan_id, day=business_date(now), now=now)
            repay_loan(
                loan_id=one.loan_id, amount=amount or one.loan.loan().due_now, source=one.account, key=key,
                actor=one.actor(), channel="online", now=now,
            )  # fmt: skip
        self.back = reverse_movement(
            movement_id=fee.movement_id, reason="error", actor=as_actor(one.manager), now=now
        ).movement_id

    def write_off_and_recover(self) -> None:
        one, now = self.lost, self.begun + timedelta(days=7)
        ask_charge_off(
            loan_id=one.loan_id,
            ground="bankruptcy",
            reason="court",
            key="k",
            actor=as_actor(one.analyst),
            name="A",
            now=now,
        )
        approve(one, request_of(one, WRITE_OFF, now), now)
        recover_loan(
            loan_id=one.loan_id,
            amount=30_000,
            source=CASH,
            key="r",
            actor=as_actor(one.manager),
            channel="branch",
            now=now,
        )

    def new_terms(self, one: Borrower, now: datetime) -> None:
        caught_up(loan_id=one.loan_id, day=business_date(now), now=now)
        ask_restructure(
            loan_id=one.loan_id, rate=500, instalments=24, capitalise=True, reason="ill", key="t",
            actor=as_actor(one.analyst), name="A", now=now,
        )  # fmt: skip
        approve(one, request_of(one, NEW_TERMS, now), now)

    @property
    def owed(self) -> int:
        ids = [one.loan_id for one in (self.payer, self.lost, self.late, self.exact)]
        return sum(item.loan().principal for item in loans(ids).values())

    def rows(self) -> list[Bridge]:
        forget()
        return principal_bridge(business_date(self.begun), business_date(utcnow()), "USD")

    def close(self) -> None:
        close_through(bank_calendar().on_or_before((utcnow() - timedelta(days=3)).date()), "USD", now=utcnow())
        forget()


@pytest.fixture
def month(bank: object, quiet: None) -> Month:
    return Month()


def problems() -> dict[str, str]:
    forget()
    return {code: one.first for code, one in verify("USD", full=True, now=utcnow()).problems.items()}


def test_the_bridge_foots_over_a_month_with_each_kind_of_movement(month: Month) -> None:
    def whole(name: str) -> int:
        return sum(getattr(row, name) for row in month.rows())

    payer, lost, late, exact = (one.loan.loan() for one in (month.payer, month.lost, month.late, month.exact))
    assert history(month.exact.loan_id).rows[0].type == "interest" and exact.capitalised == 9_917
    assert not any("capitalised" in (line.split or "") for line in history(month.exact.loan_id).rows), (
        "it posted nothing"
    )
    for closed in (False, True):
        rows = month.rows()
        assert (rows[0].opening, rows[-1].closing) == (0, month.owed)
        assert [row.opening for row in rows[1:]] == [row.closing for row in rows[:-1]]
        assert whole("disbursed") == 4_000_000
        assert whole("charged_off") == lost.charged_off == 1_000_000
        assert whole("capitalised") == late.capitalised + exact.capitalised > 0
        assert whole("repaid") == payer.repaid and whole("interest_paid") == payer.interest_paid > 0
        assert (whole("fees_paid"), payer.fees_paid) == (0, 0), "paid, and taken back"
        assert sum(row.residual for row in rows) == 0
        assert problems() == {}
        if not closed:
            month.close()
    assert "to the cent" in signed_in(Client(), a_manager()).get("/loan-book/bridge").content.decode()
    sealed = [row for row in month.rows() if row.sealed is not None]
    assert sealed and all(row.sealed == row.loans == row.closing for row in sealed[-1:])


def test_tampering_with_the_parts_is_named(month: Month) -> None:
    line = movement_lines(month.back)[0]
    assert line.split == "repaid:2500 fees_paid:-2500" and problems() == {}
    store.save([store.Update(Posting, line.transaction_id, [Posting.split.set("repaid:2400 fees_paid:-2400")])])
    found = problems()
    assert line.transaction_id in found["I7 hash"] and "loan_" in found["I15 totals"]
    store.save([store.Update(Posting, line.transaction_id, [Posting.split.set("stolen:1")])])
    assert "is no split" in problems()["I7 posting"]
    store.save([store.Update(Posting, line.transaction_id, [Posting.split.set(line.split)])])
    assert problems() == {}
    day = line.business_date
    shard = DayShard.key("USD", day, shard_of(line.movement_id))
    store.save([store.Add(DayShard, shard, {"loan_repaid": -100})])
    assert "loan_repaid" in problems()["I15 totals"]
    store.save([store.Add(DayShard, shard, {"loan_repaid": 100, "loan_capitalised_unposted": 100})])
    assert "I14 principal" in problems()
    store.save([store.Add(DayShard, shard, {"loan_capitalised_unposted": -100})])
    parts = month.late.loan.parts
    parts |= {"principal": parts["principal"] - 100, "fees": parts.get("fees", 0) + 100}
    store.save([store.Update(Loan, month.late.loan_id, [Loan.parts.set(parts)])])
    assert {"I14 principal", "I14 trail"} <= problems().keys()


def test_a_closed_day_with_another_principal_is_named(month: Month) -> None:
    month.close()
    day = bank_calendar().on_or_after(business_date(month.begun)).isoformat()
    sealed = store.get(ClosedDay, ClosedDay.key("USD", day))
    assert sealed is not None and sealed.end["book_principal"] == 4_000_000
    end = sealed.end | {"book_principal": 4_000_001}
    store.save([store.Update(ClosedDay, sealed.account_id, [ClosedDay.end.set(end)])])
    found = problems()
    assert "book_principal is 4000001" in found["I15 end"] and day in found["I7 seal"]


@needs_bank
def test_a_garbled_split_is_not_proven() -> None:
    one = paid_out()
    line: Line = history(one.loan_id).rows[0].line()
    assert (line.split, principal_flow(book_flows(line))) == ("disbursed:1000000", 1_000_000)
    with pytest.raises(NotProven, match="is no split"):
        DayProof().add(replace(line, split="disbursed:1" + " "), 9, None)


@needs_bank
def test_the_page_shows_the_bridge_to_who_may_see_the_book() -> None:
    one = paid_out()
    repay_loan(
        loan_id=one.loan_id,
        amount=100_000,
        source=one.account,
        key="p",
        actor=one.actor(),
        channel="online",
        now=utcnow(),
    )
    forget()
    boss = signed_in(Client(), a_manager())
    assert "/loan-book/bridge" in boss.get("/loan-book").content.decode()
    shown = boss.get("/loan-book/bridge").content.decode()
    for text in ("10,000.00", "1,000.00", "9,000.00", "Principal repaid", "so far"):
        assert text in shown, text
    assert "does not foot" not in shown
    assert boss.get("/loan-book/bridge?export=csv").status_code == 200
    assert boss.get("/loan-book/bridge?currency=XXX").status_code == 422
    for other in (one.customer, a_stranger()):
        assert signed_in(Client(), other).get("/loan-book/bridge").status_code == 403
