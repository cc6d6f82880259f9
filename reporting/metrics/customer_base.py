"""Where customers come from and how much of the bank they use: by channel, branch and segment."""

from accounts.customer_sheet import DIMENSIONS, CustomerRow
from accounts.month_ends import by_part
from reporting.cuts import PEOPLE_CUTS
from reporting.figures import COUNT, EACH, PERCENT, percent, ratio, shown
from reporting.metrics import Measure, Measured, metric
from reporting.metrics.customers import END, GROSS
from reporting.metrics.depositors import part_name
from reporting.pack import Chart, Section, Series
from reporting.people import PEOPLE, SHEET
from reporting.periods import Period, foot
from reporting.sheet_rows import months_of, of_months, part_of, sheet_of_months
from reporting.specs import Term
from reporting.specs import ratio as ratio_of

PRODUCTS, SHARE = "Products a customer", "Share of customers"
FORMULAS = {
    END: "People activated and not left, at the end of the period, by the channel, branch and segment they belong to.",
    SHARE: "Customers of the part / customers.",
    GROSS: "People activated in the period, each once (who came, left and came back within it counts once).",
    PRODUCTS: "Kinds of deposit account, and loans as one kind, that customers hold, added up / customers.",
}


def _customer(row: CustomerRow, period: Period) -> int | None:
    return 1 if row.is_customer else None


def _new(row: CustomerRow, period: Period) -> int | None:
    return 1 if row.activated_on and row.activated_on[:7] in months_of(period) else None


def _products(row: CustomerRow, period: Period) -> int | None:
    return row.products if row.is_customer else None


_PART, _ALL = Term("Customers", COUNT, PEOPLE.spec(_customer, COUNT)), PEOPLE.spec(_customer, COUNT)
ROWS = {
    END: _PART.spec,
    SHARE: ratio_of(_PART, Term("All customers", COUNT, lambda period, _: _ALL(period, "")), 10_000),
    GROSS: PEOPLE.spec(_new, COUNT, months=True),
    PRODUCTS: ratio_of(Term("Products", COUNT, PEOPLE.spec(_products, COUNT)), _PART, 100),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """How many products a customer has."""
    held = section.figure(PRODUCTS)
    return [] if held.value is None else [f"A customer holds {shown(held.value, EACH)} products on average."]


@metric(
    "customer_base", title="Customers by channel, branch and segment", order=62, words=in_words, rows=ROWS,
    cuts=PEOPLE_CUTS, sheet=SHEET,
)  # fmt: skip
def customer_base(period: Period) -> Measured:
    """Customers and new customers by how and where they came; products a customer. People are counted, not accounts.

    Formula: customers = people activated and not left; share = customers of the part / all; products a customer =
    products held / customers.
    Unit: people; percent; products a person.
    Source: the customers sheet that was sealed with the last business day of the month.
    """
    found, fresh = period.sheet(SHEET), sheet_of_months(period, SHEET)
    if found is None:
        return Measured((Measure(PRODUCTS, None, EACH, FORMULAS[PRODUCTS]),))
    whole = found.numbers["customers"]
    measures = [Measure(PRODUCTS, ratio(found.numbers["products"], whole, scale=100), EACH, FORMULAS[PRODUCTS])]
    charts = []
    for dimension in DIMENSIONS:
        counts = by_part(found.numbers, "customers", dimension)
        foot(f"the customers sheet of {found.day} by {dimension}", whole, sum(counts.values()))
        for code, count in counts.items():
            part = f"{dimension}: {code}"
            products = ratio(found.numbers[f"products{part_of(part)}"], count, scale=100)
            measures.append(Measure(END, count, COUNT, FORMULAS[END], part))
            measures.append(Measure(SHARE, percent(count, whole), PERCENT, FORMULAS[SHARE], part))
            measures.append(
                Measure(GROSS, of_months(fresh, period, "new", part_of(part)), COUNT, FORMULAS[GROSS], part)
            )
            measures.append(Measure(PRODUCTS, products, EACH, FORMULAS[PRODUCTS], part))
        labels = tuple(part_name(dimension, code) for code in counts)
        bars = (Series("Customers", tuple(counts.values())),)
        code, name = f"customers_by_{dimension}", f"Customers by {dimension}"
        charts.append(Chart(code, name, "bar", dimension.capitalize(), labels, bars, COUNT))
    return Measured(tuple(measures), tuple(charts))
