"""Django's registration of the app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"
