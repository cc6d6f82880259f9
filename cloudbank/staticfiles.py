"""Static files: only those that pages use, with hashed names, served by whitenoise with a far expiry."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Of the npm packages' hundreds of files these are loaded; collectstatic hashes and compresses no others.
VENDOR = frozenset(
    {
        "vendor/bootstrap/css/bootstrap.min.css",
        "vendor/htmx/htmx.min.js",
        "vendor/chart/chart.umd.min.js",
    }
)
UNUSED_APPS = ("django_htmx/",)  # brings htmx once more, in several versions

Found = Iterator[tuple[str, Any]]


class VendorFinder(FileSystemFinder):
    """The files of STATICFILES_DIRS that a template names."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Found:
        """What collectstatic collects."""
        for path, storage in super().list(ignore_patterns):
            if f"{storage.prefix}/{path}" in VENDOR:
                yield path, storage


class HouseFinder(AppDirectoriesFinder):
    """The files of the apps, without their notes."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Found:
        """What collectstatic collects."""
        for path, storage in super().list(ignore_patterns):
            if not path.startswith(UNUSED_APPS) and not path.endswith(".md"):
                yield path, storage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed. Source maps are not followed: vendored bundles come without theirs."""

    patterns = tuple(
        (glob, tuple(rule for rule in rules if "sourceMappingURL" not in (rule if isinstance(rule, str) else rule[0])))
        for glob, rules in CompressedManifestStaticFilesStorage.patterns
    )
