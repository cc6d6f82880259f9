"""What a rule is, what it sees and what it may answer. Pure.

A rule is one file in `monitoring/rules/` with one function under `@rule(...)`. It sees one side of
a movement (the customer's side), the customer's activity with that side already in it, the
customer's profile and the parameters in force, and answers None, a Hit or NOT_EVALUABLE.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final, Protocol

from accounts.outcomes import ALERT, BLOCK, HOLD, POST
from cloudbank.money import format_amount
from cloudbank.registry import Registry
from monitoring.activity import Activity

LOW, MEDIUM, HIGH, CRITICAL = "low", "medium", "high", "critical"
SEVERITIES = (CRITICAL, HIGH, MEDIUM, LOW)
RANK: dict[str, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}
"""0 is the worst: the order of the worklist."""
POINTS = {CRITICAL: 100, HIGH: 50, MEDIUM: 25, LOW: 10}
"""What one finding adds to a score (at most 100 in all)."""


class NotEvaluable:
    """The one answer "this rule cannot judge this movement": too little history, or an input is missing."""

    def __repr__(self) -> str:
        return "NOT_EVALUABLE"


NOT_EVALUABLE: Final = NotEvaluable()


class Customer(Protocol):
    """What rules may know of a customer: accounts.participants.Profile is one."""

    @property
    def customer_id(self) -> str:
        """The customer's id."""

    @property
    def kyc_status(self) -> str:
        """pending, verified or rejected."""

    @property
    def activated_on(self) -> str:
        """ISO date on which identity was verified and an account open, or ""."""

    @property
    def segment(self) -> str:
        """retail, business, ..."""

    @property
    def accounts_opened_on(self) -> str:
        """ISO date of the first account, or ""."""

    @property
    def date_of_birth(self) -> str:
        """ISO date, or ""."""

    @property
    def risk_rating(self) -> str:
        """low, medium or high."""

    @property
    def kyc_review_on(self) -> str:
        """ISO date on which identity is to be reviewed, or ""."""

    @property
    def password_changed_at(self) -> str:
        """ISO instant of the last change of password; "" while it is that of the registration."""


@dataclass(slots=True)
class Side:
    """One customer's side of a movement, as rules see it. `amount` is positive, in minor units."""

    movement_id: str
    type: str
    incoming: bool
    amount: int
    currency: str
    cash: bool
    channel: str
    branch: str
    at: int
    """Seconds since 1970, UTC."""
    day: int
    """The business date as `date.toordinal()`."""
    counterparty: int
    """Hash of who is on the other side, also of a wire; 0 for the bank's own house accounts."""
    own: bool
    """Both sides belong to this customer."""
    conducted: bool = False
    """This customer only carried the cash; the account is another's."""
    initiated: bool = False
    """The customer moved the money, not somebody else towards them, nor the bank."""
    product: str = "checking"
    account: int = 0
    """Hash of the account, of loans only."""
    balance_before: int = 0
    payer: int = 0
    """Hash of who brought the cash, when that was not the account's owner."""
    details: str = ""
    """What the posting carries beside the money (accounts.ledger.details)."""
    listed: Sequence[Any] = ()
    """The movement's parties that stand on a list (monitoring.listing.Match, monitoring.sanctions.Hit)."""
    present: bool = False
    """The customer, or who carried the cash as `conducted`, was there themselves."""
    where: tuple[int, int] | None = None
    """Latitude and longitude in hundredths of a degree, where they were."""
    came_from: tuple[int, int, int] | None = None
    """Time and place of the last located movement before."""

    def money(self, minor: int) -> str:
        """An amount as people read it, with its currency."""
        return f"{format_amount(minor, self.currency)}\N{NO-BREAK SPACE}{self.currency}"


@dataclass(slots=True)
class Hit:
    """What a rule found: the value, the threshold it passed, and one plain sentence with the numbers."""

    value: float
    threshold: float
    unit: str
    """`money` (minor units), `count`, `percent`, `days`, `hours`, `speed` (km/h) or `sd` (standard deviations)."""
    sentence: str
    severity: str = ""
    """Where it differs from the rule's own."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    baseline: Mapping[str, Any] = field(default_factory=dict)
    days: int = 1
    """How many business days, this one the last, the rule looked at: where the rows behind it are."""
    outcome: str = ""
    """Where it is milder than the rule's own in force: a finding that is less sure."""


Answer = Hit | NotEvaluable | None
Check = Callable[[Side, Activity, Customer | None, Mapping[str, Any]], Answer]


@dataclass(frozen=True)
class Threshold:
    """A parameter that a rule declares; fields as in cloudbank.parameters.Parameter."""

    code: str
    label: str
    kind: str
    default: int | str
    source: str
    minimum: int = 0
    maximum: int = 10**15
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    published: tuple[tuple[str, int | str], ...] = ()
    """By ISO date, what others published: the default of each time."""


OUTCOME_WORDS = {
    POST: "Only count it, in the shadow",
    ALERT: "Post it and alert",
    HOLD: "Hold it for review",
    BLOCK: "Refuse it",
}


def outcome_code(rule: str) -> str:
    """The parameter that says what becomes of a movement on which this rule finds something."""
    return f"rule.{rule}.outcome"


@dataclass(frozen=True)
class Rule:
    """A rule of the catalogue."""

    code: str
    number: int
    title: str
    severity: str
    family: str
    source: str
    parameters: tuple[Threshold, ...]
    incoming: bool | None
    cash: bool | None
    own: bool
    conducted: bool
    check: Check
    types: frozenset[str] | None = None
    """Only movements of these types (None: of all)."""
    alone: bool = True
    """False: it opens no alert. It only adds, once, to one that another rule opens now, or opened not long ago."""
    outcome: str = ALERT
    """What becomes of a movement with a finding, while nobody set it otherwise."""
    any_currency: bool = False
    """It judges who, not how much: also movements in another currency than the bank's."""

    @property
    def definition(self) -> str:
        """What it looks for: the docstring of its function."""
        return " ".join((self.check.__doc__ or "").split())

    def sees(self, kind: str, incoming: bool, cash: bool, own: bool, conducted: bool) -> bool:
        """Whether such a side concerns the rule at all."""
        return (
            (self.types is None or kind in self.types)
            and self.incoming in (None, incoming)
            and self.cash in (None, cash)
            and (self.own or not own)
            and (self.conducted or not conducted)
        )


SUPPORT_DAYS = Threshold(
    "rule.support.days", "An alert opened so many days ago can still be supported", "days", 7, "bank policy", 1, 60
)
"""Of every rule that does not speak alone."""

RULES: Registry[Rule] = Registry("monitoring.rules")


def rule(
    code: str,
    *,
    number: int,
    title: str,
    severity: str,
    family: str,
    source: str,
    parameters: Iterable[Threshold] = (),
    incoming: bool | None = None,
    cash: bool | None = None,
    own: bool = False,
    conducted: bool = False,
    types: Iterable[str] | None = None,
    alone: bool = True,
    outcomes: tuple[str, ...] = (ALERT, HOLD, POST),
    any_currency: bool = False,
) -> Callable[[Check], Check]:
    """Register a rule. `types`, `incoming`, `cash`: only such sides (None: all); `own`, `conducted`: these too;
    `alone` False: it opens no alert, it only raises the score of another rule's. `outcomes`: what may become of a
    movement with a finding, the default first; with several of them four eyes choose among them, from a day on.
    `any_currency`: it judges who, not how much.
    """

    def register(check: Check) -> Check:
        all_of_them = (*parameters, *(_outcome(code, title, outcomes) if alone and len(outcomes) > 1 else ()))
        made = Rule(
            *(code, number, title, severity, family, source, all_of_them),
            *(incoming, cash, own, conducted, check),
            types=None if types is None else frozenset(types),
            alone=alone,
            outcome=outcomes[0],
            any_currency=any_currency,
        )
        RULES.add(code, made)
        return check

    return register


def _outcome(code: str, title: str, outcomes: tuple[str, ...]) -> tuple[Threshold]:
    choices = tuple((one, OUTCOME_WORDS[one]) for one in outcomes)
    label = f"What becomes of a movement: {title[:1].lower()}{title[1:]}"
    policy = "bank policy, within what the rule allows"
    return (Threshold(outcome_code(code), label, "choice", outcomes[0], policy, choices=choices),)


def defaults(rules: Iterable[Rule] = RULES) -> dict[str, int | str]:
    """The default of every parameter of these rules, for tests and the rule page."""
    return {threshold.code: threshold.default for one in rules for threshold in one.parameters}


@lru_cache(maxsize=256)
def listed(text: str) -> frozenset[str]:
    """The names in a parameter that is a list with commas."""
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def counted(number: int, what: str) -> str:
    """ "1 day", "3 days"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def day_text(ordinal: int) -> str:
    """ "12 Mar 2026" of a business day."""
    day = date.fromordinal(ordinal)
    return f"{day.day} {day:%b %Y}"
