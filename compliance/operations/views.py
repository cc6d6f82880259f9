"""/operations: whether the bank runs, and the runbook of each thing that may go wrong."""

from pathlib import Path
from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from cloudbank.clock import utcnow
from compliance.operations.health import look
from compliance.operations.runbooks import FOLDER, parts

VIEW = "compliance.view_operations"
REFRESH_MS = 15_000


class OperationsView(PermissionRequiredMixin, View):
    """The page; to a poll the part of it that changes."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Look anew."""
        fragment = request.headers.get("HX-Request") == "true" and bool(request.headers.get("X-Poll"))
        template = "compliance/operations/_board.html" if fragment else "compliance/operations/board.html"
        return render(request, template, self.context(request))

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """What this person may see of it."""
        health = look(utcnow())
        queue = [one for needed, one in health.queues if not needed or request.user.has_perm(needed)]
        return {
            "tab": "operations",
            "health": health,
            "queue": queue,
            "troubles": health.troubles(queue),
            "refresh_ms": REFRESH_MS,
            "refresh_seconds": REFRESH_MS // 1000,
        }


class RunbookView(PermissionRequiredMixin, View):
    """A page of docs/runbooks, as this release has it."""

    permission_required = VIEW

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """The page; 404 for a name that has none."""
        file: Path = FOLDER / f"{name}.md"
        if not file.is_file():
            raise Http404("no such runbook")
        title, body = parts(file.read_text())
        known = {"tab": "operations", "title": title, "body": body, "name": name}
        return render(request, "compliance/operations/runbook.html", known)
