from importlib import import_module

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"

    def ready(self) -> None:
        """Declare thresholds, deadlines, what needs a second person and who is told of alerts, before anything asks."""
        services = ("refuting", "case_closing", "held", "lists", "notices")
        for module in ("parameters", "month_end", *(f"services.{one}" for one in services)):
            import_module(f"monitoring.{module}")
