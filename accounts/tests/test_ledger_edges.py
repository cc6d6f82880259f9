"""The pure ledger at its edges: every field of a plan, every refusal in its words, the last cent of every limit.

Written against the mutants of accounts.ledger, limits, interest and merkle that the other tests let live.
"""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from accounts import interest, ledger, limits, merkle
from accounts.ledger import GENESIS, AccountState, Actor, Instruction, Line, Refused, finish, first_difference, plan
from accounts.limits import Limits
from accounts.tests.conftest import instruct
from cloudbank.ids import derived_id
from cloudbank.money import MAX_MINOR

NOW = datetime(2026, 3, 2, 15, 30, 1, 250, tzinfo=UTC)
DAY = date(2026, 3, 2)
OWNER = Actor("owner-A", "customer", "10.0.0.1")
BLOCKED = {
    "frozen": "This account is frozen; no money moves on it until the bank releases it.",
    "dormant": "This account is dormant; the bank must wake it before money leaves it.",
    "debit_blocked": "This account is blocked for debits; no money may leave it.",
    "credit_blocked": "This account is blocked for credits; no money may come in.",
    "closed": "This account is closed; no money moves on it.",
}

SEGMENTS = {"owner-A": "business"}
"""Of B's owner nobody knows it."""


def a_state(account_id: str = "A", **values: object) -> AccountState:
    """An active account with 100.00 and four postings."""
    known = {"product": "checking", "currency": "USD", "status": "active", "balance": 10_000, "overdraft_limit": 0}
    known |= {"sequence": 4, "head": f"head-{account_id}", "last_posted_at": "", "last_business_date": ""}
    return AccountState(account_id=account_id, **({"owner_id": f"owner-{account_id}"} | known | values))


def planned(instruction: Instruction, *states: AccountState, day: date = DAY) -> ledger.Plan:
    """The plan over these accounts, sealed."""
    known = {state.account_id: state for state in states or (a_state("A"), a_state("B"))}
    return finish(plan(instruction, known, NOW, day), "OK", SEGMENTS)


def refused(instruction: Instruction, *states: AccountState) -> tuple[str, str, str]:
    """Code, field and words of the refusal."""
    with pytest.raises(Refused) as caught:
        planned(instruction, *states)
    assert str(caught.value) == caught.value.message
    return caught.value.code, caught.value.field, caught.value.message


# --- every field ----------------------------------------------------------------------------------


def test_a_transfer_gives_two_whole_lines() -> None:
    more = {"memo": "rent", "link": "hld_1", "conductor_id": "usr_c", "observed": True, "channel": "online"}
    more["details"] = '{"at":"40.71,-74.01"}'
    asked = instruct("transfer", 2_500, "A", "B", key="k1", branch="north", actor=OWNER, **more)
    made = planned(asked, a_state("A"), a_state("B", balance=7, sequence=9, product="savings")).movement
    movement_id = derived_id("mov", "owner-A", "k1")
    common = {
        "movement_id": movement_id,
        "type": "transfer",
        "currency": "USD",
        "channel": "online",
        "branch": "north",
        "memo": "rent",
        "link": "hld_1",
        "posted_at": "2026-03-02T15:30:01.000250Z",
        "business_date": "2026-03-02",
        "actor_id": "owner-A",
        "actor_role": "customer",
        "source": "10.0.0.1",
        "conductor_id": "usr_c",
        "observed": True,
        "details": '{"at":"40.71,-74.01"}',
        "badge": "OK",
    }
    sides = [
        {"account_id": "A", "owner_id": "owner-A", "product": "checking", "amount": -2_500, "balance_after": 7_500}
        | {"segment": "business", "sequence": 5, "counter": "B", "counter_owner": "owner-B", "previous_hash": "head-A"},
        {"account_id": "B", "owner_id": "owner-B", "product": "savings", "amount": 2_500, "balance_after": 2_507}
        | {"segment": "", "sequence": 10, "counter": "A", "counter_owner": "owner-A", "previous_hash": "head-B"},
    ]
    for line, side, values in zip(made.lines, ("debit", "credit"), sides, strict=True):
        expected = Line(posting_id=derived_id("pst", movement_id, side), **common, **values)
        assert replace(line, hash="") == expected
        assert line.hash == ledger.line_hash(line)
    told = {field.name: getattr(made, field.name) for field in fields(made) if field.name != "lines"}
    assert told == {
        "movement_id": movement_id,
        "type": "transfer",
        "amount": 2_500,
        "currency": "USD",
        "debit": "A",
        "credit": "B",
        "channel": "online",
        "branch": "north",
        "memo": "rent",
        "link": "hld_1",
        "posted_at": NOW,
        "business_date": DAY,
        "actor": OWNER,
        "conductor_id": "usr_c",
        "observed": True,
        "details": '{"at":"40.71,-74.01"}',
    }
    assert not made.cash


@pytest.mark.parametrize(
    ("debit", "credit", "type_"), [("house:cash", "A", "deposit"), ("A", "house:cash", "withdrawal")]
)
def test_the_only_line_of_a_movement_with_the_house_is_its_debit(debit: str, credit: str, type_: str) -> None:
    made = planned(instruct(type_, 5, debit, credit, key="k")).movement
    assert [line.posting_id for line in made.lines] == [derived_id("pst", made.movement_id, "debit")]
    assert made.lines[0].counter_owner == "" and made.lines[0].counter == "house:cash"
    assert made.cash


@pytest.mark.parametrize("trace", ["", "req_k5yq3zrwh2t6n"])
@pytest.mark.parametrize("details", ["", "{}"])
@pytest.mark.parametrize("split", ["", "repaid:5"])
def test_the_hash_of_a_line_is_of_its_fields_in_order(split: str, details: str, trace: str) -> None:
    made = planned(instruct("deposit", 5, "house:cash", "A", key="k")).movement.lines[0]
    line = replace(made, memo="Å", split=split, details=details, trace=trace, hash="")
    rare = ["split", "details", "trace"]
    while rare and not getattr(line, rare[-1]):
        rare.pop()
    left_out = {"hash", "split", "details", "trace"} - set(rare)
    content = ",".join(
        {True: "true", False: "false"}[value]
        if isinstance(value, bool)
        else str(value)
        if isinstance(value, int)
        else f'"{value}"'
        for value in (getattr(line, field.name) for field in fields(line) if field.name not in left_out)
    )
    assert ledger.line_hash(line) == sha256(f"[{content}]".encode()).hexdigest()


def test_the_accounts_after_a_movement_carry_all_that_follows_from_it() -> None:
    before = a_state("A", sent_today=70, last_business_date="2026-03-02", last_own_on="2026-02-27", held=9)
    sender, receiver = planned(
        instruct("transfer", 30, "A", "B"), before, a_state("B", last_own_on="2026-01-05")
    ).states
    assert (sender.balance, sender.sequence, sender.held) == (9_970, 5, 9)
    assert (sender.sent_today, sender.last_own_on) == (100, "2026-03-02")
    assert (receiver.sent_today, receiver.last_own_on) == (0, "2026-01-05")
    for state in (sender, receiver):
        assert (state.last_posted_at, state.last_business_date) == ("2026-03-02T15:30:01.000250Z", "2026-03-02")


def test_who_moves_money_to_their_own_savings_uses_both_accounts() -> None:
    mine, savings = a_state("A", owner_id="usr_a"), a_state("B", owner_id="usr_a", last_own_on="2026-01-05")
    sender, receiver = planned(instruct("transfer", 30, "A", "B"), mine, savings).states
    assert (sender.last_own_on, receiver.last_own_on, receiver.sent_today) == ("2026-03-02", "2026-03-02", 0)
    standing = replace(instruct("transfer", 30, "A", "B"), channel="system")
    assert planned(standing, mine, savings).states[1].last_own_on == "2026-01-05", "a standing order is no sign of life"


def test_what_was_sent_on_another_day_does_not_count_today() -> None:
    before = a_state("A", sent_today=70, last_business_date="2026-02-27")
    assert planned(instruct("withdrawal", 30, "A", "house:cash"), before).states[0].sent_today == 30
    assert planned(instruct("deposit", 30, "house:cash", "A"), before).states[0].sent_today == 0
    assert before.sent_on("2026-02-27") == 70 and before.sent_on("2026-03-02") == 0


@pytest.mark.parametrize(
    ("type_", "channel", "sent"), [("fee", "system", 70), ("transfer", "system", 100), ("reversal", "branch", 70)]
)
def test_what_the_bank_sets_off_wakes_no_account_and_a_standing_order_counts_as_sent(
    type_: str, channel: str, sent: int
) -> None:
    before = a_state("A", sent_today=70, last_business_date="2026-03-02", last_own_on="2026-02-27")
    state = planned(instruct(type_, 30, "A", "B", channel=channel), before, a_state("B")).states[0]
    assert (state.sent_today, state.last_own_on) == (sent, "2026-02-27")


def test_savings_carry_their_days_and_interest_settles_them() -> None:
    days = (("2026-01", 500), ("2026-02", 100))
    saver = a_state("A", product="savings", balance=10, last_business_date="2026-02-27", month_days=days)
    after = planned(instruct("deposit", 5, "house:cash", "A"), saver).states[0].month_days
    assert after == (("2026-01", 500), ("2026-02", 120), ("2026-03", 10))
    paid = planned(instruct("interest", 5, "house:interest_expense", "A", channel="system", link="2026-02"), saver)
    assert paid.states[0].month_days == (("2026-03", 10),)
    current = replace(saver, product="checking")
    assert planned(instruct("deposit", 5, "house:cash", "A"), current).states[0].month_days == days


def test_a_loan_carries_no_days() -> None:
    loan = a_state("A", product="loan", balance=-500, last_business_date="2026-02-27", month_days=(("2026-02", 1),))
    paid = planned(instruct("interest", 5, "A", "house:interest_income", channel="system", link="2026-02"), loan)
    assert paid.states[0].month_days == (("2026-02", 1),)


# --- every refusal --------------------------------------------------------------------------------

AMOUNT = ("amount", "amount", "The amount must be greater than zero and within the bank's limit.")
HOUSE = ("house", "", "A movement needs a customer's account on at least one side.")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (instruct("gift", 5, "A", "B"), ("type", "", "'gift' is no type of movement.")),
        (instruct("transfer", 5, "A", "B", channel="x"), ("channel", "channel", "'x' is no channel of this bank.")),
        (instruct("transfer", 0, "A", "B"), AMOUNT),
        (instruct("transfer", -1, "A", "B"), AMOUNT),
        (instruct("transfer", MAX_MINOR + 1, "A", "B"), AMOUNT),
        (instruct("transfer", 1.0, "A", "B"), AMOUNT),
        (instruct("transfer", float("nan"), "A", "B"), AMOUNT),
        (instruct("transfer", float("inf"), "A", "B"), AMOUNT),
        (instruct("transfer", "5", "A", "B"), AMOUNT),
        (
            instruct("transfer", 5, "A", "A"),
            ("same_account", "credit", "Choose two different accounts: money cannot move to where it is."),
        ),
        (instruct("transfer", 5, "house:cash", "house:clearing"), HOUSE),
        (
            instruct("transfer", 5, "A", "house:fee_income"),
            ("house", "", "A transfer does not touch the bank's income and expense."),
        ),
        (
            instruct("deposit", 5, "house:loan_recovery", "A"),
            ("house", "", "A deposit does not touch the bank's income and expense."),
        ),
        (instruct("transfer", 5, "A", "C"), ("unknown_account", "credit", "There is no account with this number.")),
        (instruct("transfer", 5, "C", "A"), ("unknown_account", "debit", "There is no account with this number.")),
        (
            replace(instruct("transfer", 5, "A", "B"), key=""),
            ("key", "", "The request carries no key; open the form again."),
        ),
        (
            instruct("transfer", 5, "A", "B", currency="EUR"),
            ("currency", "debit", "This account is held in USD; a movement never mixes currencies."),
        ),
        (
            instruct("transfer", 10_001, "A", "B"),
            ("insufficient_funds", "amount", "The account has 100.00 USD available."),
        ),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(asked: Instruction, answer: tuple[str, str, str]) -> None:
    assert refused(asked) == answer


@pytest.mark.parametrize("type_", ["fee", "interest", "charge_off", "recovery", "reversal"])
def test_only_these_touch_the_banks_income_and_expense(type_: str) -> None:
    assert planned(instruct(type_, 5, "A", "house:fee_income")).movement.amount == 5


@pytest.mark.parametrize("status", sorted(BLOCKED))
def test_what_a_state_forbids_is_refused_in_its_words(status: str) -> None:
    gives = status == "credit_blocked"
    takes = status in ("dormant", "debit_blocked")
    one = a_state("A", status=status)
    for side, fine in (("debit", gives), ("credit", takes)):
        debit, credit = ("A", "B") if side == "debit" else ("B", "A")
        if fine:
            assert planned(instruct("transfer", 5, debit, credit), one, a_state("B")).movement.amount == 5
        else:
            assert refused(instruct("transfer", 5, debit, credit), one, a_state("B")) == (status, side, BLOCKED[status])


def test_an_overdrawn_account_has_nothing_available_in_its_own_currency() -> None:
    yen = a_state("A", balance=-50, currency="JPY")
    words = ("insufficient_funds", "amount", "The account has 0 JPY available.")
    assert refused(instruct("withdrawal", 1, "A", "house:cash", currency="JPY"), yen) == words
    held = a_state("A", held=9_000, overdraft_limit=25)
    assert held.available == 1_025
    assert planned(instruct("withdrawal", 1_025, "A", "house:cash"), held).states[0].balance == 8_975
    assert refused(instruct("withdrawal", 1_026, "A", "house:cash"), held)[2] == "The account has 10.25 USD available."


def test_the_largest_amount_and_the_largest_balance() -> None:
    most = MAX_MINOR * 10
    assert planned(instruct("deposit", MAX_MINOR, "house:cash", "A")).states[0].balance == 10_000 + MAX_MINOR
    full = a_state("A", balance=most - 5)
    assert planned(instruct("deposit", 5, "house:cash", "A"), full).states[0].balance == most
    answer = ("balance_limit", "amount", "The balance would exceed what one account may hold.")
    assert refused(instruct("deposit", 6, "house:cash", "A"), full) == answer


@pytest.mark.parametrize("type_", ["disbursement", "interest", "fee", "repayment", "charge_off"])
def test_a_loan_owes_without_having_funds_but_only_by_what_belongs_to_it(type_: str) -> None:
    loan = a_state("A", product="loan", balance=-500)
    assert planned(instruct(type_, 900, "A", "B"), loan, a_state("B")).states[0].balance == -1_400
    answer = ("loan", "debit", "Money moves on a loan only from the loan's own page.")
    assert refused(instruct("transfer", 1, "A", "B"), loan, a_state("B")) == answer


# --- keys -----------------------------------------------------------------------------------------

CONTENT = [
    "type",
    "debit",
    "credit",
    "amount",
    "currency",
    "channel",
    "memo",
    "branch",
    "conductor_id",
    "observed",
    "link",
    "details",
]


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", CONTENT)
def test_the_first_field_that_differs_is_named_from_either_line(name: str, side: int) -> None:
    asked = instruct("transfer", 5, "A", "B", key="k")
    line = planned(asked).movement.lines[side]
    assert list(asked.content()) == CONTENT
    assert first_difference(asked, {"x": line}) == ""
    value = not asked.observed if name == "observed" else 6 if name == "amount" else "other"
    other = replace(asked, **{name: value})
    assert first_difference(other, {"x": line}) == name
    later = CONTENT[CONTENT.index(name) :]
    changed = {one: (not asked.observed if one == "observed" else 6 if one == "amount" else "other") for one in later}
    assert first_difference(replace(asked, **changed), {"x": line}) == name


def test_a_key_is_one_persons() -> None:
    asked = instruct("deposit", 5, "house:cash", "A", key="k")
    assert asked.movement_id == derived_id("mov", asked.actor.user_id, "k")
    assert replace(asked, actor=OWNER).movement_id != asked.movement_id


# --- limits ---------------------------------------------------------------------------------------

WITHIN = Limits(movement=500, day=800, verified=True)


def over_limit(amount: int, *, limit: Limits = WITHIN, sent: int = 0, **more: object) -> tuple[str, str, str] | None:
    """What the limits say to an owner who sends so much; None for nothing."""
    asked = instruct(str(more.pop("type_", "transfer")), amount, "A", "B", **({"actor": OWNER} | more))
    before = a_state("A", sent_today=sent, last_business_date="2026-03-02")
    decided = plan(asked, {"A": before, "B": a_state("B")}, NOW, DAY)
    try:
        limits.keep_within(decided, {"owner-A": limit, "owner-B": Limits(1, 1, True)})
    except Refused as refusal:
        return refusal.code, refusal.field, refusal.message
    return None


def refused_by_limits(decided: ledger.Plan, known: dict[str, Limits]) -> str:
    """The code of the refusal of a plan by these limits, "" for none."""
    try:
        limits.keep_within(decided, known)
    except Refused as refusal:
        return refusal.code
    return ""


def test_an_owner_may_send_up_to_the_limits_and_not_a_cent_more() -> None:
    assert over_limit(500) is None and over_limit(500, sent=300) is None
    branch, rises = "A branch can send more.", "The limit rises once your identity is verified."
    movement = f"You can send at most 5.00 USD a movement by yourself. {branch}"
    assert over_limit(501) == ("limit_movement", "amount", movement)
    day = f"You can send at most 8.00 USD a business day by yourself. {branch}"
    assert over_limit(500, sent=301) == ("limit_day", "amount", day)
    new = over_limit(501, limit=replace(WITHIN, verified=False))
    assert new == ("limit_movement", "amount", f"You can send at most 5.00 USD a movement by yourself. {rises}")


@pytest.mark.parametrize(
    "more",
    [
        {"observed": True},
        {"type_": "reversal"},
        {"type_": "fee", "channel": "system"},
        {"actor": Actor("t", "teller", "x")},
    ],
)
def test_limits_bind_what_owners_set_off_and_nothing_else(more: dict[str, object]) -> None:
    assert over_limit(5_000, **more) is None


def test_who_is_sent_money_has_no_limit_on_it() -> None:
    asked = instruct("transfer", 5_000, "A", "B", actor=Actor("owner-B", "customer", "x"))
    decided = plan(asked, {"A": a_state("A"), "B": a_state("B")}, NOW, DAY)
    assert refused_by_limits(decided, {"owner-B": WITHIN}) == "", "and no limits are known of the sender"
    assert refused_by_limits(decided, {"owner-A": WITHIN, "owner-B": WITHIN}) == ""
    own = plan(replace(asked, actor=OWNER), {"A": a_state("A"), "B": a_state("B")}, NOW, DAY)
    assert refused_by_limits(own, {"owner-A": WITHIN}) == "limit_movement", "the same from its owner is over the limit"


# --- interest and proofs --------------------------------------------------------------------------


def test_each_month_is_rounded_by_itself_up_to_the_one_asked_for() -> None:
    half = interest.DAYS_A_YEAR * interest.BASIS_POINTS // 2  # at one basis point: half a cent
    known = (("2026-01", 3 * half), ("2026-02", half), ("2026-03", 10 * half))
    assert interest.due(known, "2026-02", 1) == 2 + 0
    assert interest.due(known, "2026-03", 1) == 2 + 0 + 5
    assert interest.due(known, "2025-12", 1) == 0


@pytest.mark.parametrize(("halves", "cents"), [(1, 0), (3, 2), (5, 2), (7, 4), (9, 4)])
def test_half_a_cent_goes_to_the_even_one(halves: int, cents: int) -> None:
    half = interest.DAYS_A_YEAR * interest.BASIS_POINTS // 2
    assert interest.interest_for(halves * half, 1) == cents
    assert interest.interest_for(halves * half + 1, 1) == halves // 2 + 1
    assert interest.interest_for(halves * half - 1, 1) == halves // 2


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 1, 31), date(2028, 2, 29), date(2026, 12, 31)])
def test_the_first_of_the_next_month(day: date) -> None:
    first = interest.first_of_next(day)
    assert first.day == 1 and first > day and (first - day).days <= 31


def node(left: str, right: str) -> str:
    """RFC 6962, 2.1."""
    return sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def leaf(content: str) -> str:
    """RFC 6962, 2.1."""
    return sha256(b"\x00" + content.encode()).hexdigest()


def test_roots_are_those_of_rfc_6962() -> None:
    one, two, three = (leaf(name) for name in "abc")
    assert merkle.root([]) == sha256(b"").hexdigest()
    assert merkle.root("a") == one
    assert merkle.root("ba") == node(one, two)
    assert merkle.root("cab") == node(node(one, two), three)
    assert merkle.path("abc", "b") == [("left", one), ("right", three)]
    assert merkle.path("abc", "c") == [("left", node(one, two))]
    with pytest.raises(ValueError, match="not in list"):
        merkle.path("abc", "d")


def test_a_refusal_and_a_fresh_account_know_their_defaults() -> None:
    assert Refused("x", "y").field == ""
    assert a_state("A", head=GENESIS).month_days == ()


# --- found by the second round of mutants ---------------------------------------------------------


def test_a_limit_is_told_in_the_accounts_currency() -> None:
    asked = instruct("transfer", 6, "A", "B", actor=OWNER, currency="JPY")
    states = {name: a_state(name, currency="JPY") for name in "AB"}
    with pytest.raises(Refused, match="at most 5 JPY a movement"):
        limits.keep_within(plan(asked, states, NOW, DAY), {"owner-A": WITHIN})


def test_an_owner_of_whom_no_limits_are_known_is_not_limited() -> None:
    asked = instruct("transfer", 5_000, "A", "B", actor=OWNER)
    decided = plan(asked, {"A": a_state("A"), "B": a_state("B")}, NOW, DAY)
    assert refused_by_limits(decided, {}) == "" and refused_by_limits(decided, {"owner-A": WITHIN}) == "limit_movement"


def test_a_cent_that_comes_in_is_not_counted_as_sent() -> None:
    asked = instruct("transfer", 1, "A", "B", actor=Actor("owner-B", "customer", "x"))
    receiver = a_state("B", sent_today=900, last_business_date="2026-03-02")
    decided = plan(asked, {"A": a_state("A"), "B": receiver}, NOW, DAY)
    assert refused_by_limits(decided, {"owner-B": WITHIN}) == "", "900 of 800 are sent already, and none was added"
    assert decided.states[1].sent_on("2026-03-02") == 900


def test_only_interest_settles_the_months_of_savings() -> None:
    saver = a_state("A", product="savings", last_business_date="2026-03-02", month_days=(("2026-02", 7),))
    made = planned(instruct("capture", 5, "A", "house:clearing", link="hld_1"), saver)
    assert made.states[0].month_days == (("2026-02", 7),)


def test_the_smallest_amount_knows_its_sides() -> None:
    asked = instruct("transfer", 1, "A", "B", key="k")
    assert first_difference(asked, {"x": planned(asked).movement.lines[1]}) == ""


def test_a_plan_has_no_badge_before_it_is_finished() -> None:
    asked = instruct("transfer", 1, "A", "B", key="k")
    decided = plan(asked, {"A": a_state("A"), "B": a_state("B")}, NOW, DAY)
    assert {(line.badge, line.hash) for line in decided.movement.lines} == {("", "")}


def test_days_without_money_leave_no_trace() -> None:
    assert interest.brought_forward((), 0, "2026-01-01", date(2026, 3, 1)) == ()
