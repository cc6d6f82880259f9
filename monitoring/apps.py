from importlib import import_module

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"

    def ready(self) -> None:
        """Declare the rules' thresholds and the alerts' deadlines before anything asks for parameters."""
        import_module("monitoring.parameters")
