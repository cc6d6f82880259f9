"""Addresses of requests under 314(a)."""

from django.urls import path

from compliance.requests314.views import NewRequest, RequestList, RequestPage

urlpatterns = [
    path("compliance/314a", RequestList.as_view(), name="requests_314a"),
    path("compliance/314a/new", NewRequest.as_view(), name="new_request_314a"),
    path("compliance/314a/<slug:request_id>", RequestPage.as_view(), name="request_314a"),
]
