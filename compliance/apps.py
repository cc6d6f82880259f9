"""Django's registration of the app."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"
