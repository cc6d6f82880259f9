"""A report of a branch, segment or product: the sheets' rows inside the cut, and all parts together are the bank."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from accounts.totals import DayTotals
from cloudbank.stretches import Days, Stretch
from reporting.assemble import Request, assemble
from reporting.behind import value_of
from reporting.cuts import Cut, CutError, CutSheets, check_codes, cut_of
from reporting.drill import NoSuchFigure, behind, drilled
from reporting.metrics import METRICS, WHOLE_ONLY, Metric, in_order
from reporting.metrics import customers as people
from reporting.metrics import deposits as held
from reporting.metrics import loan_losses as losses
from reporting.metrics import loan_portfolio as lent
from reporting.metrics import portfolio_quality as quality
from reporting.periods import period_of
from reporting.tests import loan_days, sheet_days
from reporting.tests.days import CALENDAR, Q3, customers, movement, open_day, request, sealed

BY_SHEET = [one for one in in_order() if one.sheet]
ADDED = {
    "loan_portfolio": (lent.END, lent.LOANS),
    "portfolio_quality": (quality.LATE, quality.RESTRUCTURED),
    "loan_losses": (losses.LOST,),
    "loan_origination": ("Loans disbursed", "Amount disbursed"),
    "loan_collections": ("Instalments that fell due", "Of these unpaid", "Of these paid"),
    "vintages": ("Disbursed", "Loans disbursed"),
    "deposits": (held.END, held.OVERDRAWN, held.ACCOUNTS),
    "depositors": ("Dormant deposits", "Dormant accounts"),
    "customers": (people.GROSS, people.EXITED, people.NET, people.END, people.ACTIVE),
    "onboarding": ("Identity waits for a decision", "New customers funded within 30 days"),
}
"""Figures that are sums of rows: over all values of a dimension they are the whole bank's. (Shares, medians, people
who are in two parts, and provisions, which are rounded, are none.)"""
CASES = [(METRICS[code], dimension) for code in ADDED for dimension in METRICS[code].cuts]


def savers() -> list[DayTotals]:
    """The deposits and people of sheet_days, and what the closed day says of them, counted by hand."""
    before, day = open_day(date(2026, 6, 30)), open_day(sheet_days.END)
    customers(before, activated=3)
    movement(day, 40_000)
    customers(day, activated=2, exited=1)
    days = sealed([before, day])
    days[-1].end = {**days[-1].end, "accounts": 3, "active_90": 4}
    days[-1].sheets = sheet_days.sheets()
    return days


def days_of(metric: Metric) -> list[DayTotals]:
    """A small bank that the metric has something to say of."""
    return loan_days.loan_days() if metric.sheet == "loans" else savers()


def values(metric: Metric, cut: Cut = (), stretch: Stretch = Q3) -> dict[tuple[str, str], int | None]:
    """The figures of a part, by name."""
    period = period_of(stretch, "USD", days_of(metric), CALENDAR, cut)
    return {(one.metric, one.dimension): one.value for one in metric.of(period).measures}


def codes_of(metric: Metric, dimension: str) -> list[str]:
    """Every value that a row of the metric's sheet has."""
    return sorted({getattr(row, dimension) for row in days_of(metric)[-1].sheets[metric.sheet].tape()})


@pytest.mark.parametrize(("metric", "dimension"), CASES, ids=lambda one: getattr(one, "code", one))
def test_all_parts_together_are_the_whole_bank(metric: Metric, dimension: str) -> None:
    whole, together = values(metric), Counter[str]()
    for code in codes_of(metric, dimension):
        part = values(metric, ((dimension, code),))
        together.update({name: part[name, ""] or 0 for name in ADDED[metric.code]})
    assert together == Counter({name: whole[name, ""] or 0 for name in ADDED[metric.code]})


def test_the_sums_are_of_several_parts_and_not_of_zeros() -> None:
    """The loop above would hold of a bank of one branch where nothing happens."""
    assert codes_of(METRICS["loan_portfolio"], "branch") == ["harbor", "main"]
    assert codes_of(METRICS["deposits"], "product") == ["checking", "savings"]
    found = [values(METRICS[code])[name, ""] for code, names in ADDED.items() for name in names]
    assert sum(bool(one) for one in found) > 20 and None not in found


def test_figures_of_a_branch_and_a_segment_by_hand() -> None:
    harbor = cut_of({"branch": "harbor"})
    assert values(METRICS["loan_portfolio"], harbor)[lent.END, ""] == 550_000
    assert values(METRICS["loan_origination"], harbor)["Amount disbursed", ""] == 600_000
    deposits = values(METRICS["deposits"], cut_of({"branch": "main", "segment": "retail"}))
    assert (deposits[held.END, ""], deposits[held.ACCOUNTS, ""], deposits[held.A_ACCOUNT, ""]) == (25_000, 2, 12_500)
    assert values(METRICS["deposits"], cut_of({"branch": "main", "segment": "business"}))[held.END, ""] == 0
    assert values(METRICS["deposits"], cut_of({"product": "savings"}))[held.END, ""] == 5_000
    by_product = values(METRICS["deposit_mix"], cut_of({"branch": "main"}))
    assert (by_product[held.END, "product: checking"], by_product[held.END, "product: savings"]) == (20_000, 5_000)
    came = values(METRICS["customers"], cut_of({"branch": "harbor"}))
    assert (came[people.GROSS, ""], came[people.END, ""], came[people.ACTIVE, ""]) == (0, 1, 1)


def test_growth_of_a_part_is_against_its_own_start() -> None:
    auto = values(METRICS["loan_portfolio"], cut_of({"product": "auto"}))
    assert (auto[lent.END, ""], auto[lent.GROWTH, ""]) == (400_000, None), "there was none before: n/a, not 0"
    personal = values(METRICS["loan_portfolio"], cut_of({"product": "personal"}))
    assert personal[lent.GROWTH, ""] == -238, "20,500.00 / 21,000.00 - 1"


@pytest.mark.parametrize("metric", BY_SHEET, ids=lambda metric: metric.code)
@pytest.mark.parametrize("cut", [{"branch": "harbor"}, {"segment": "retail"}, {"branch": "main", "segment": "retail"}])
def test_every_figure_of_a_part_is_its_rows(metric: Metric, cut: dict[str, str]) -> None:
    for with_sheets in (True, False):
        days = [day if with_sheets else replace(day, sheets={}) for day in days_of(metric)]
        period = period_of(Q3, "USD", days, CALENDAR, cut_of(cut))
        measures = metric.of(period).measures
        assert with_sheets or {one.value for one in measures} <= {None}, "without a sheet n/a, never 0"
        for one in measures:
            assert value_of(behind(metric, one, period)) == one.value, (one.metric, one.dimension)


@pytest.mark.parametrize("metric", [one for one in BY_SHEET if one.whole_only], ids=lambda metric: metric.code)
def test_what_only_the_whole_bank_knows_is_na_under_a_cut_and_says_so(metric: Metric) -> None:
    period = period_of(Q3, "USD", days_of(metric), CALENDAR, cut_of({"branch": "main"}))
    found = {one.metric: one for one in metric.of(period).measures if one.metric in metric.whole_only}
    assert set(found) == set(metric.whole_only)
    assert all(one.value is None and one.formula.endswith(WHOLE_ONLY) for one in found.values())
    whole = {one.metric: one for one in metric.of(period.uncut()).measures}
    assert any(whole[name].value is not None for name in metric.whole_only)


def test_a_product_is_known_to_the_metrics_of_its_kind_only() -> None:
    auto, checking = cut_of({"product": "auto"}), cut_of({"product": "checking"})
    assert METRICS["loan_portfolio"].can_be_cut(auto) and not METRICS["loan_portfolio"].can_be_cut(checking)
    assert METRICS["deposits"].can_be_cut(checking) and not METRICS["deposits"].can_be_cut(auto)
    for code in ("transactions", "customers", "deposit_bridge", "alerts"):
        assert not METRICS[code].can_be_cut(auto), code


def of_loans(stretch: Stretch = Q3, cut: Cut = (), days: list[DayTotals] | None = None) -> Request:
    """A request for the figures of loans."""
    return replace(request(metrics=("loan_portfolio", "loan_bridge")), stretch=stretch, cut=cut)


def test_the_report_says_what_is_of_the_whole_bank_only() -> None:
    pack = assemble(of_loans(cut=cut_of({"branch": "harbor"})), loan_days.loan_days(), CALENDAR)
    assert [section.code for section in pack.sections] == ["loan_portfolio"]
    notes = "\n".join(pack.notes)
    assert "Known only for the whole bank and therefore left out: Loan bridge." in notes
    assert "Known only for the whole bank and therefore n/a: Loan portfolio: Gross loans, daily average." in notes
    assert "nothing of these periods" not in notes, "there is a loan, though no movement of the branch"


@pytest.mark.parametrize(
    ("product", "codes"),
    [("auto", {one.code for one in BY_SHEET if one.sheet == "loans"}), ("savings", {"deposits", "depositors"})],
)
def test_a_report_of_a_product_holds_what_knows_products_and_names_the_rest(product: str, codes: set[str]) -> None:
    days = loan_days.loan_days() if product == "auto" else savers()
    pack = assemble(replace(request(), cut=cut_of({"product": product})), days, CALENDAR)
    assert {section.code for section in pack.sections} == codes
    (left_out,) = [note for note in pack.notes if "therefore left out" in note]
    assert "Known only for the whole bank, or of other products, and therefore left out: " in left_out
    assert "Transactions" in left_out and "Customer acquisition" in left_out
    assert not any("nothing of these periods" in note for note in pack.notes)
    assert any(figure.value for figure in pack.figures())


def test_a_period_within_a_month_has_no_parts_and_says_so() -> None:
    stretch = Days(date(2026, 7, 1), date(2026, 8, 20), CALENDAR)
    pack = assemble(of_loans(stretch, cut_of({"branch": "main"})), loan_days.loan_days(), CALENDAR)
    assert {figure.value for figure in pack.figures()} == {None}
    assert any(
        "of a part of the bank are known at month ends: 2026-07-01..2026-08-20 has none" in one for one in pack.notes
    )


def test_who_moved_to_another_branch_does_not_stop_the_report_of_the_old_one() -> None:
    """Roll rates of a branch are of the loans that are there at the end; the sheet of the start may know others."""
    days = loan_days.loan_days()
    rows = [row._replace(branch="harbor") if row.id == "A" else row for row in loan_days.rows_at_end()]
    days[-1].sheets = {"loans": loan_days.a_sheet(loan_days.END, rows)}
    period = period_of(Q3, "USD", days, CALENDAR, cut_of({"branch": "main"}))
    table = METRICS["roll_rates"].of(period).tables[0]
    assert table.total[-1] == 1_100_000, "21,000.00 of the start without the 10,000.00 of A"


def test_a_metric_of_the_whole_bank_is_not_shown_as_if_it_were_cut() -> None:
    period = period_of(Q3, "USD", loan_days.loan_days(), CALENDAR, cut_of({"branch": "main"}))
    with pytest.raises(NoSuchFigure, match="only for the whole bank"):
        drilled(period, "loan_bridge", "disbursed")


def test_a_sheet_is_cut_once_however_many_metrics_ask() -> None:
    read = Counter[str]()
    whole = loan_days.loan_days()[-1].sheets["loans"]

    def counted() -> object:
        read["tape"] += 1
        return whole.tape()

    sheets = CutSheets({"loans": replace(whole, tape=counted)}, cut_of({"branch": "main"}))
    assert sheets["loans"].numbers["glp"] + 550_000 == whole.numbers["glp"]
    assert sheets["loans"].policy == whole.policy and sheets["loans"].rows == 6
    assert read["tape"] == 1


def test_a_code_that_nothing_has_is_refused_by_name() -> None:
    with pytest.raises(CutError, match="There is no branch 'mian'; choose from harbor, main."):
        check_codes(cut_of({"branch": "mian"}), {"branch": ["harbor", "main"]})
    check_codes(cut_of({"branch": "mian"}), {"branch": []})
