"""The columns of the loan book: what is lent and owed, what is asked for, what is claimed after a charge-off.

Of a running loan two sums are told apart, and each is the sum of columns beside it in the file:
due now = fees + interest + principal that fell due; owed = principal outstanding + unpaid interest + fees
= due now + principal not yet due. The principal outstanding is what the portfolio (GLP, PAR) counts.
"""

from collections.abc import Callable
from datetime import date

from django.urls import reverse

from accounts.forms.loans import WORDS, bucket_in_words
from accounts.loans.servicing import as_of
from accounts.loans.state import CHARGED_OFF, LIVE, LoanState, bucket
from accounts.models import User
from accounts.models.loans import Loan
from accounts.views.loans import percent, title_of
from cloudbank.lists import Column
from cloudbank.money import format_amount


class BookRow:
    """A loan as the book shows it: with every due date up to today demanded, as on its own page."""

    def __init__(self, loan: Loan, owner: User | None, today: date) -> None:
        self.loan, self.owner, self.today = loan, owner, today
        self.state: LoanState = as_of(loan.loan(), today)

    @property
    def name(self) -> str:
        """The borrower."""
        return self.owner.name if self.owner else "Unknown"

    @property
    def url(self) -> str:
        """The loan's page."""
        return reverse("loan", args=[self.loan.loan_id])

    @property
    def what(self) -> str:
        """ "Personal loan, 11.90 %"."""
        return f"{title_of(self.loan)}, {percent(self.state.terms.rate)}"

    @property
    def late(self) -> int:
        """Days past due."""
        return self.state.days_past_due(self.today)

    @property
    def late_note(self) -> str:
        """The bucket, of a loan that is late."""
        return bucket_in_words(bucket(self.late)) if self.late else ""

    @property
    def next(self) -> date | None:
        """The oldest unpaid due date, else the next one."""
        return self.state.needs_attention_on if self.state.is_live else None

    @property
    def fees_note(self) -> str:
        """That fees are among what is due."""
        return f"{format_amount(self.state.fees, self.loan.currency)} of it fees" if self.state.fees else ""


def _money(
    key: str, label: str, value: Callable[[LoanState], int], note: Callable[[BookRow], str] | None = None
) -> Column:
    return Column(
        key, label, "balance", value=lambda row: value(row.state), currency=lambda row: row.loan.currency, note=note
    )


_WHO = Column("name", "Borrower", main=True, link=lambda row: row.url, note=lambda row: row.what)
_NUMBER = Column("loan_id", "Loan", "account", value=lambda row: row.loan.loan_id)
_STATE = Column("state", "State", "badge", value=lambda row: WORDS[row.loan.stage])
_DUE = Column("due", "Due", "date", value=lambda row: row.next, note=lambda row: row.late_note)
_DUE_NOW = _money("due_now", "Due now", lambda state: state.due_now, lambda row: row.fees_note)
_PRINCIPAL = _money("principal", "Principal outstanding", lambda state: state.principal)
_OWED = _money("owed", "Owed in all", lambda state: state.owed)
_AMOUNT = _money("amount", "Amount", lambda state: state.terms.principal)
_MONTHLY = _money("monthly", "Each month", lambda state: state.terms.instalment)
_WRITTEN_OFF = _money("written_off", "Written off", lambda state: state.charged_off + state.fees_charged_off)
_RECOVERED = _money("recovered", "Recovered", lambda state: state.recovered)
_CLAIM = _money("claim", "Still owed", lambda state: state.claim)

ASKED = (_WHO, _NUMBER, _AMOUNT, _MONTHLY)
RUNNING = (_WHO, _NUMBER, _DUE, _DUE_NOW, _PRINCIPAL, _OWED)
GONE = (_WHO, _NUMBER, _WRITTEN_OFF, _RECOVERED, _CLAIM)
IN_FILE = (
    _WHO, _NUMBER, _STATE, _AMOUNT, _DUE,
    _money("fees_due", "Fees due", lambda state: state.fees),
    _money("interest_due", "Interest due", lambda state: state.due_interest),
    _money("principal_due", "Principal due", lambda state: state.principal_due),
    _DUE_NOW,
    _money("not_due", "Principal not yet due", lambda state: state.not_due),
    _PRINCIPAL, _OWED, _WRITTEN_OFF, _RECOVERED, _CLAIM,
    Column("owner_id", "Customer", value=lambda row: row.loan.owner_id),
    Column("late", "Days past due", "number"),
    Column("bucket", "Bucket", value=lambda row: bucket_in_words(bucket(row.late))),
    Column("disbursed_on", "Paid out on", value=lambda row: row.loan.disbursed_on),
    Column("rate", "Rate, basis points", "number", value=lambda row: row.state.terms.rate),
    Column("worst", "Worst days past due", "number", value=lambda row: row.state.worst),
    Column("restructured", "New terms", "number", value=lambda row: row.state.restructured),
)  # fmt: skip


def columns_of(stage: str) -> tuple[Column, ...]:
    """What the book of a state shows."""
    if stage in LIVE:
        return RUNNING
    return GONE if stage == CHARGED_OFF else ASKED
