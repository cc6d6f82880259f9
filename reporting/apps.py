"""Django's registration of the app."""

import importlib

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"

    def ready(self) -> None:
        """What this app adds to others: the mailing of reports, a control, classes of retention, a record screen."""
        importlib.import_module("reporting.services.delivery")
        importlib.import_module("reporting.control")
        importlib.import_module("reporting.outliving")
        importlib.import_module("reporting.record")
