"""Django's registration of the app."""

from django.apps import AppConfig

from compliance.controls import CONTROLS


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        """Find the controls at start: their thresholds are parameters, and parameters are read all at once."""
        CONTROLS.codes()
