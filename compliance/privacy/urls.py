"""Addresses of the privacy desk."""

from django.urls import path

from compliance.privacy.breach_views import BreachDeedView, BreachList, BreachView, NewBreachView
from compliance.privacy.desk_views import DeskView
from compliance.privacy.hold_views import HoldsView
from compliance.privacy.processing_views import ProcessingList
from compliance.privacy.views import AskView, PackageView, PrivacyRequestView, StepView

urlpatterns = [
    path("compliance/privacy", AskView.as_view(), name="ask_privacy"),
    path("compliance/privacy/desk", DeskView.as_view(), name="privacy_desk"),
    path("compliance/privacy/<slug:request_id>", PrivacyRequestView.as_view(), name="privacy_request"),
    path("compliance/privacy/<slug:request_id>/files/<slug:code>", PackageView.as_view(), name="privacy_file"),
    path("compliance/privacy/<slug:request_id>/<slug:code>", StepView.as_view(), name="privacy_step"),
    path("compliance/holds/<slug:customer_id>", HoldsView.as_view(), name="data_holds"),
    path("compliance/processing", ProcessingList.as_view(), name="processing"),
    path("compliance/breaches", BreachList.as_view(), name="breaches"),
    path("compliance/breaches/new", NewBreachView.as_view(), name="new_breach"),
    path("compliance/breaches/<slug:breach_id>", BreachView.as_view(), name="breach"),
    path("compliance/breaches/<slug:breach_id>/<slug:code>", BreachDeedView.as_view(), name="breach_deed"),
]
