from importlib import import_module

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"

    def ready(self) -> None:
        """Declare the rules' thresholds, the alerts' deadlines and what needs a second person, before anything asks."""
        for module in ("parameters", "services.refuting", "services.held"):
            import_module(f"monitoring.{module}")
