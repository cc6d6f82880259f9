"""The loans on offer: what for, how much, how long. Rates and amounts are parameters; defaults stand here. Pure."""

from dataclasses import dataclass

from accounts.ledger import Refused
from accounts.loans.schedule import check_amortises
from cloudbank.money import format_amount


@dataclass(frozen=True, slots=True)
class LoanProduct:
    """Amounts in minor units of the bank's currency, instalments in months, the rate in basis points a year."""

    code: str
    label: str
    icon: str
    text: str
    minimum: int
    maximum: int
    shortest: int
    longest: int
    rate: int

    @property
    def rate_parameter(self) -> str:
        """The code of the parameter that holds today's rate."""
        return f"loan.{self.code}.rate"

    @property
    def amount_parameters(self) -> tuple[str, str]:
        """The codes of the parameters that hold the smallest and the largest amount."""
        return f"loan.{self.code}.minimum", f"loan.{self.code}.maximum"

    def check(self, amount: int, rate: int, instalments: int, currency: str, bounds: tuple[int, int]) -> None:
        """Refuse what this product does not offer; each refusal names the field. `bounds` of the amount, as it is in
        minor units of the currency."""
        if not bounds[0] <= amount <= bounds[1]:
            low, high = (format_amount(one, currency) for one in bounds)
            raise Refused("amount", f"A {self.label.lower()} is between {low} and {high} {currency}.", "amount")
        if not self.shortest <= instalments <= self.longest:
            raise Refused(
                "instalments",
                f"A {self.label.lower()} runs from {self.shortest} to {self.longest} months.",
                "instalments",
            )
        check_amortises(amount, rate, instalments)


PRODUCTS = {
    product.code: product
    for product in (
        LoanProduct(
            "personal", "Personal loan", "person", "For anything. Decided within a day.",
            100_000, 5_000_000, 6, 60, 1_190,
        ),
        LoanProduct(
            "auto", "Auto loan", "speedometer2", "For a car, new or used.",
            300_000, 10_000_000, 12, 84, 725,
        ),
        LoanProduct(
            "home", "Home improvement loan", "house-door", "For what makes your home better.",
            500_000, 25_000_000, 12, 240, 650,
        ),
    )
}  # fmt: skip
