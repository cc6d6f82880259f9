"""`/reports/verify`: is this file the one that the bank built? It is looked at and not kept."""

from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from cloudbank.forms import UNPROCESSABLE
from reporting.verdicts import verdict_on
from reporting.views.reports import VIEW


class VerifyForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label="File",
        help_text="CSV, Excel or PDF. It is compared with the archive and not kept.",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,.xlsx,.pdf"}),
    )


class VerifyReport(PermissionRequiredMixin, View):
    """Choose a file, read the verdict."""

    permission_required = VIEW
    raise_exception = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return render(request, "reporting/verify.html", {"form": VerifyForm(auto_id="verify_%s")})

    def post(self, request: HttpRequest) -> HttpResponse:
        """The verdict under the form."""
        form = VerifyForm(request.POST, request.FILES, auto_id="verify_%s")
        if not form.is_valid():
            return render(request, "reporting/verify.html", {"form": form}, status=UNPROCESSABLE)
        file = form.cleaned_data["file"]
        known = {"form": form, "verdict": verdict_on(file.read()), "name": file.name}
        return render(request, "reporting/verify.html", known)
