"""Django's registration of the app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Declare what needs a second person, and the parameters of these modules, before anything asks for them."""
        here = ("counter", "fees", "overdrafts", "payroll_release", "releasing", "reversing", "statement_approval")
        for module in (
            "askers",
            "staffing",
            "cash_closing",
            *here,
            "loans.applications",
            "loans.remedies",
            "loans.till",
        ):
            import_module(f"accounts.services.{module}")
