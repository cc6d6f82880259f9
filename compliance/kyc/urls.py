"""Addresses of KYC; compliance/urls.py includes them."""

from django.urls import path

from compliance.kyc.views import actions, papers
from compliance.kyc.views.desk import KycDesk
from compliance.kyc.views.page import KycPage

urlpatterns = [
    path("compliance/papers", papers.OwnPapers.as_view(), name="own_papers"),
    path("compliance/kyc", KycDesk.as_view(), name="kyc"),
    path("compliance/kyc/<str:user_id>", KycPage.as_view(), name="kyc_file"),
    path("compliance/kyc/<str:user_id>/decide", actions.Decide.as_view(), name="kyc_decide"),
    path("compliance/kyc/<str:user_id>/rate", actions.Rate.as_view(), name="kyc_rate"),
    path("compliance/kyc/<str:user_id>/lower", actions.Lower.as_view(), name="kyc_lower"),
    path("compliance/kyc/<str:user_id>/review", actions.Review.as_view(), name="kyc_review"),
    path("compliance/kyc/<str:user_id>/reveal", actions.Reveal.as_view(), name="kyc_reveal"),
    path("compliance/kyc/<str:user_id>/owners", actions.AddOwner.as_view(), name="kyc_owner"),
    path("compliance/kyc/<str:user_id>/owners/remove", actions.RemoveOwner.as_view(), name="kyc_remove_owner"),
    path("compliance/kyc/<str:user_id>/owners/nobody", actions.NoOwner.as_view(), name="kyc_no_owner"),
    path("compliance/kyc/<str:user_id>/papers", papers.StaffUpload.as_view(), name="kyc_paper"),
    path("compliance/kyc/<str:user_id>/papers/<slug:paper>", papers.PaperFile.as_view(), name="kyc_paper_file"),
    path("compliance/kyc/<str:user_id>/papers/<slug:paper>/check", actions.Check.as_view(), name="kyc_check"),
]
