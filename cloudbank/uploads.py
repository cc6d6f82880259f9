"""Files that people send: none larger than the bank takes, whatever the page. Streamed to disk by Django."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MOST_BYTES = 12 * 1024 * 1024


class BoundedUploadHandler(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS: refuses a body that says it is too large before a byte of it is kept."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Django reads no more than the length that is said here."""
        if content_length > MOST_BYTES:
            raise RequestDataTooBig(f"more than {MOST_BYTES} bytes were sent")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """On to the handlers that keep it."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Theirs to answer."""
