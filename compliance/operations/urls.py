"""Addresses of operations."""

from django.urls import path

from compliance.operations.views import OperationsView, RunbookView

urlpatterns = [
    path("operations", OperationsView.as_view(), name="operations"),
    path("operations/runbooks/<slug:name>", RunbookView.as_view(), name="runbook"),
]
