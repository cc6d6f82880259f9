"""Django's registration of the app."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
