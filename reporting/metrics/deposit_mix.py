"""In which products customers keep their deposits."""

from accounts.ledger import DEPOSIT_PRODUCTS
from accounts.month_ends import by_part, of_part
from accounts.names import product_name
from reporting.cuts import PEOPLE_CUTS
from reporting.figures import PERCENT, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.metrics.deposits import END, SHEET
from reporting.metrics.deposits import FORMULAS as DEPOSIT_FORMULAS
from reporting.pack import Chart, Section, Series
from reporting.periods import Period, foot
from reporting.specs import MONEY, Term, either, level, named, tape
from reporting.specs import ratio as ratio_of

SHARE = "Share of deposits"
FORMULA = "Credit balances of the product / all credit balances, at the end of the last business day."

_OF_PRODUCT = either(
    named(lambda product: level(f"deposits_{product}", missing=0)),
    named(lambda product: tape(SHEET, of_part("deposits", "product", product))),
)
ROWS = {
    END: _OF_PRODUCT,
    SHARE: ratio_of(
        Term("Deposits of the product", MONEY, _OF_PRODUCT),
        Term("All deposits", MONEY, either(level("deposits", missing=0), tape(SHEET, "deposits"))),
        10_000,
    ),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """The largest product."""
    shares = [one for one in section.figures if one.metric == SHARE and one.value]
    if not shares:
        return []
    largest = max(shares, key=lambda one: one.value or 0)
    name = product_name(largest.dimension.partition(": ")[2]).lower()
    return [f"{shown(largest.value, PERCENT)} of the deposits are on {name} accounts."]


@metric("deposit_mix", title="Deposits by product", order=42, words=in_words, rows=ROWS, cuts=PEOPLE_CUTS, sheet=SHEET)
def deposit_mix(period: Period) -> Measured:
    """Deposits by product, and what share of all each is; the products sum to the deposits.

    Formula: D(T) of a product = sum of the credit balances of its accounts; share = D of the product / D.
    Unit: the report's currency; percent.
    Source: the balances by product that each closed business day sealed; of a part of the bank the deposits sheet.
    """
    levels, whole = _levels(period)
    foot(f"deposits by product at the end of {period.label}", whole, sum(levels.values()))
    measures = []
    for product, held in levels.items():
        dimension = f"product: {product}"
        measures.append(Measure(END, held, period.currency, DEPOSIT_FORMULAS[END], dimension))
        measures.append(Measure(SHARE, percent(held, whole), PERCENT, FORMULA, dimension))
    labels = tuple(product_name(product) for product in levels)
    bars = (Series("Deposits", tuple(levels.values())),)
    chart = Chart("deposits_by_product", "Deposits by product", "bar", "Product", labels, bars, period.currency)
    return Measured(tuple(measures), (chart,))


def _levels(period: Period) -> tuple[dict[str, int], int]:
    """Deposits by product, and of all; no products of a part of the bank without a sheet."""
    if not period.cut:
        end = period.closing
        return {one: end.get(f"deposits_{one}", 0) for one in DEPOSIT_PRODUCTS}, end.get("deposits", 0)
    found = period.sheet(SHEET)
    if found is None:
        return {}, 0
    there = by_part(found.numbers, "deposits", "product")
    return {one: there.get(one, 0) for one in DEPOSIT_PRODUCTS}, found.numbers["deposits"]
