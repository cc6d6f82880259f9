"""Answers that are files."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from cloudbank.exports import safe_filename
from reporting.writers import Writer


def attachment(content: bytes, stem: str, writer: Writer) -> HttpResponse:
    """The file as a download; its name is from a fixed alphabet (RFC 6266), nothing of it comes from the person."""
    answer = HttpResponse(content, content_type=writer.content_type)
    answer["Content-Disposition"] = content_disposition_header(True, safe_filename(stem, writer.code)) or "attachment"
    answer["Content-Length"] = str(len(content))
    return answer
