from importlib import import_module

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"

    def ready(self) -> None:
        """Declare thresholds, deadlines, what needs a second person and who is told of alerts, before anything asks."""
        for module in ("parameters", "services.refuting", "services.held", "services.lists", "services.notices"):
            import_module(f"monitoring.{module}")
