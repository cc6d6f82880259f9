"""Django's registration of the project's own app."""

from importlib import import_module

from django.apps import AppConfig


class CloudbankConfig(AppConfig):
    name = "cloudbank"

    def ready(self) -> None:
        """Make known the kind of item that only two commands use: who verifies an audit trail must know all kinds."""
        import_module("cloudbank.backup.record")
