"""Addresses of the bank: each app brings its own, without a prefix."""

from django.urls import include, path
from django.views.generic import RedirectView

handler500 = "cloudbank.errors.server_error"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="dashboard"), name="home"),
    path("", include("accounts.urls")),
    path("", include("monitoring.urls")),
    path("", include("compliance.urls")),
    path("", include("reporting.urls")),
]
