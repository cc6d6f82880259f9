"""Django's registration of the app."""

import importlib

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"

    def ready(self) -> None:
        """The receiver that mails reports is known to every process that delivers messages; so is the control."""
        importlib.import_module("reporting.services.delivery")
        importlib.import_module("reporting.control")
        importlib.import_module("reporting.outliving")
