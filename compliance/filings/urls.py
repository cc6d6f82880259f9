"""Addresses of filings."""

from django.urls import path

from compliance.filings.batch_views import BatchFile, BatchList, BatchPage
from compliance.filings.exemption_views import ExemptionList, ExemptionPage, NewExemption
from compliance.filings.files import FilingFile
from compliance.filings.joint_views import JointHoldersView
from compliance.filings.ofac_views import BlockedPaper, BlockedProperty, EditOfac
from compliance.filings.suspicion_views import EditReport, StartReport
from compliance.filings.views import DraftNow, FilingPage, Register

urlpatterns = [
    path("compliance/filings", Register.as_view(), name="filings"),
    path("compliance/filings/draft", DraftNow.as_view(), name="draft_filings"),
    path("compliance/filings/blocked", BlockedProperty.as_view(), name="blocked_property"),
    path("compliance/filings/blocked/<int:year>.pdf", BlockedPaper.as_view(), name="blocked_paper"),
    path("compliance/filings/batches", BatchList.as_view(), name="filing_batches"),
    path("compliance/filings/batches/<slug:batch_id>", BatchPage.as_view(), name="filing_batch"),
    path("compliance/filings/batches/<slug:batch_id>.xml", BatchFile.as_view(), name="filing_batch_file"),
    path("compliance/filings/<slug:filing_id>", FilingPage.as_view(), name="filing"),
    path("compliance/filings/<slug:filing_id>.<slug:extension>", FilingFile.as_view(), name="filing_file"),
    path("compliance/filings/<slug:filing_id>/edit", EditReport.as_view(), name="edit_report"),
    path("compliance/filings/<slug:filing_id>/ofac", EditOfac.as_view(), name="edit_ofac"),
    path("compliance/filings/of-case/<slug:case_id>", StartReport.as_view(), name="start_report"),
    path("compliance/exemptions", ExemptionList.as_view(), name="exemptions"),
    path("compliance/exemptions/new", NewExemption.as_view(), name="new_exemption"),
    path("compliance/exemptions/<slug:customer_id>", ExemptionPage.as_view(), name="exemption"),
    path("compliance/joint-holders", JointHoldersView.as_view(), name="joint_holders"),
]
