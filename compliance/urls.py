"""Addresses of compliance."""

from django.urls import include, path

from compliance.filings.urls import urlpatterns as filing_urls
from compliance.operations.urls import urlpatterns as operation_urls
from compliance.privacy.urls import urlpatterns as privacy_urls
from compliance.prudential.views import EnterView, PanelView
from compliance.records.views import KindView, RecordsIndex, RecordView
from compliance.requests314.urls import urlpatterns as request_314a_urls
from compliance.views.accounts import AccountList
from compliance.views.action import ActionView, EvidenceFileView, EvidenceView, StepView
from compliance.views.actions import ActionList, EditActionView, OpenActionView
from compliance.views.audit import AuditList, ChainsView
from compliance.views.controls import ControlView
from compliance.views.jobs import JobRuns
from compliance.views.standing import NewsView, StandingView
from compliance.views.thresholds import ThresholdList, ThresholdPage
from compliance.views.waivers import WaiverView

urlpatterns = [
    path("", include("compliance.kyc.urls")),
    path("compliance", StandingView.as_view(), name="compliance"),
    path("compliance/news", NewsView.as_view(), name="compliance_news"),
    path("compliance/controls/<slug:code>", ControlView.as_view(), name="control"),
    path("compliance/controls/<slug:code>/waiver", WaiverView.as_view(), name="waiver"),
    path("compliance/actions", ActionList.as_view(), name="actions"),
    path("compliance/actions/new", OpenActionView.as_view(), name="open_action"),
    path("compliance/actions/<slug:action_id>", ActionView.as_view(), name="action"),
    path("compliance/actions/<slug:action_id>/edit", EditActionView.as_view(), name="edit_action"),
    path("compliance/actions/<slug:action_id>/step", StepView.as_view(), name="step_action"),
    path("evidence/<slug:action_id>", EvidenceView.as_view(), name="add_evidence"),
    path("evidence/<slug:action_id>/<slug:paper>", EvidenceFileView.as_view(), name="evidence"),
    path("compliance/audit", AuditList.as_view(), name="audit"),
    path("compliance/audit/chains", ChainsView.as_view(), name="audit_chains"),
    *filing_urls,
    *request_314a_urls,
    path("compliance/prudential", PanelView.as_view(), name="prudential"),
    path("compliance/prudential/figures", EnterView.as_view(), name="enter_figures"),
    path("compliance/thresholds", ThresholdList.as_view(), name="thresholds"),
    path("compliance/thresholds/<str:code>", ThresholdPage.as_view(), name="threshold"),
    *privacy_urls,
    *operation_urls,
    path("compliance/records", RecordsIndex.as_view(), name="records"),
    path("compliance/records/accounts", AccountList.as_view(), name="all_accounts"),
    path("compliance/records/jobs", JobRuns.as_view(), name="job_runs"),
    path("compliance/records/<slug:kind>", KindView.as_view(), name="records_of"),
    path("compliance/records/<slug:kind>/<str:key>", RecordView.as_view(), name="record"),
    path("compliance/records/<slug:kind>/<str:key>/<slug:tab>", RecordView.as_view(), name="record_tab"),
]
