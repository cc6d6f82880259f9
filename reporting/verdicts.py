"""Whether a file is one of the archive's: found by its own SHA-256, or by the one in its metadata."""

from dataclasses import dataclass

from cloudbank import documents, store
from reporting.claims import claimed
from reporting.models import Report, ReportFile
from reporting.queries import report

GENUINE, ALTERED, UNKNOWN = "genuine", "altered", "unknown"


@dataclass(frozen=True)
class Verdict:
    """What a file is. `report` is the one it is, or says it is; `sha256` is the file's own."""

    word: str
    sentence: str
    sha256: str
    report: Report | None = None
    format: str = ""


def verdict_on(content: bytes) -> Verdict:
    """Look the file up: by its bytes, else by what it says of itself."""
    sha256 = documents.sha256_of(content)
    if found := _by_bytes(sha256):
        built, code = found
        sentence = (
            f"Genuine: the {code.upper()} file of {_named(built)}, built {built.built:%Y-%m-%d %H:%M} UTC, "
            "byte for byte."
        )
        if built.deleted:
            sentence += f" The archive deleted its own copy under retention on {built.deleted:%Y-%m-%d}."
        return Verdict(GENUINE, sentence, sha256, built, code)
    said = claimed(content)
    if said and (built_ := _by_content(said)):
        sentence = f"Altered: it says it is {_named(built_)}, but it is none of the files that were built of it."
        return Verdict(ALTERED, sentence, sha256, built_)
    if said:
        return Verdict(UNKNOWN, f"Unknown: it says it has content {said[:16]}…, and no such report is here.", sha256)
    return Verdict(UNKNOWN, "Unknown: no report of the archive has this file, and it names none.", sha256)


def _named(found: Report) -> str:
    status = "provisional" if found.provisional else "final"
    return f"{found.title} {found.period} in {found.currency} ({status}, as of {found.as_of})"


def _by_bytes(sha256: str) -> tuple[Report, str] | None:
    """The report and format, if the archive itself still says that this is the file's hash."""
    there = store.get(ReportFile, ReportFile.key(sha256))
    built = report(there.report_id) if there else None
    known = built.files.get(there.format) if built and there else None
    if built is None or there is None or known is None or known[2] != sha256:
        return None
    return built, there.format


def _by_content(sha256: str) -> Report | None:
    found = Report.by_subject.query(Report.content_subject(sha256), limit=1)
    return next((one for one in found if isinstance(one, Report) and one.sha256 == sha256), None)
