"""How much of the deposits is lent out."""

from django.conf import settings

from accounts.prudential import share
from cloudbank.roles import Role
from cloudbank.wording import day as day_in_words
from compliance.control import BASIS_POINTS, Control, Framework, Measure, Scope, control, percent
from compliance.prudential_control import NOTHING_SEALED, FigureLine, books_of, figure_columns, not_counted
from compliance.queries.selections import Listed

PARTS = {
    "book_principal": "Principal of all loans",
    "deposits_checking": "Deposits on checking accounts",
    "deposits_savings": "Deposits on savings accounts",
}


@control("loan-to-deposit")
class LoanToDeposit(Control):
    """Loans are carried by deposits."""

    title = "Loan-to-deposit ratio"
    framework = Framework.PRUDENTIAL
    obligation = (
        "The bank holds liquidity that fits its funding: loans beyond 90 % of deposits are watched, beyond 100 % "
        "they lean on other money."
    )
    source = "UBPR, Liquidity and Funding; Interagency Policy Statement on Funding and Liquidity, 75 FR 13656"
    counts = ("part of the ratio", "parts of the ratio")
    gauge_label = "Loans / deposits"
    unit = BASIS_POINTS
    formula = (
        "Principal of all loans / credit balances of all deposit accounts, as the last closed day ended; the rows are "
        "the amounts behind it, to the cent."
    )
    warn = 9_000
    breach = 10_000
    weight = 2
    owner = Role.MANAGER
    columns = figure_columns()
    empty_text = "No business day is sealed yet."

    def offenders(self, scope: Scope) -> Listed:
        """The amounts of the last closed day."""
        books = books_of(scope)
        if books is None:
            return Listed()
        rows = [FigureLine(name, books.end[key], day=books.day) for key, name in PARTS.items() if books.end.get(key)]
        return Listed(rows)

    def measure(self, scope: Scope) -> Measure:
        """The ratio."""
        books = books_of(scope)
        if books is None:
            return not_counted(NOTHING_SEALED)
        rows = self.offenders(scope)
        ratio = share(books.end.get("book_principal", 0), books.end.get("deposits"))
        if ratio is None:
            return Measure(rows.count(), None, "The bank holds no deposits.")
        says = f"{percent(ratio)} in {settings.BANK_CURRENCY} at the end of {day_in_words(books.day)}"
        return Measure(rows.count(), ratio, says)
