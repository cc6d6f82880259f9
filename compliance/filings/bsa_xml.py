"""Filings as FinCEN BSA E-Filing XML 2.0: Form 112 (CTRX), one or a batch of them, and Form 111 (SARX). Pure.

Elements, their order, how often they may stand, and codes: EFL_CTRXBatchSchema and EFL_SARXBatchSchema, version 1.2 of
2021-12-17 (compared element by element on 2026-11-23), and FinCEN's XML user guides (CTR 1.8, SAR 1.6). Values have no
control characters and no space at their ends; amounts are whole dollars, rounded up. Unknown is said by the form's own
indicators.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from compliance.filings.bsa_builder import BASE, Builder, digits
from compliance.filings.narrative import KINDS, blocks, told

XSI = "http://www.w3.org/2001/XMLSchema-instance"
LOCATION = "www.fincen.gov/base https://www.fincen.gov/base/EFL_{form}BatchSchema.xsd"
PART = {"own": "50", "for_another": "17", "behalf": "23"}
DETAIL = {("deposit", True): "55", ("repayment", True): "46", ("withdrawal", False): "56"}
OTHER = {True: "997", False: "998"}
MOST_ACCOUNTS = 198
"""Of one person in a report (CTRX schema: Account, maxOccurs)."""

ElementTree.register_namespace("xsi", XSI)


def whole_dollars(minor: int) -> str:
    """Cents are rounded up to the dollar."""
    return str(-(-minor // 100))


def _date(iso_day: str) -> str:
    return iso_day.replace("-", "")


def _batch(form: str, counts: Mapping[str, str]) -> tuple[ElementTree.Element, Builder]:
    location = LOCATION.format(form="FinCENSARX" if form == "SARX" else form)
    root = ElementTree.Element(f"{{{BASE}}}EFilingBatchXML", {**counts, f"{{{XSI}}}schemaLocation": location})
    ElementTree.SubElement(root, f"{{{BASE}}}FormTypeCode").text = form
    return root, Builder()


def _bytes(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def cash_report_xml(report: Any, bank: Any, filing_date: str) -> bytes:
    """Form 112 of a `CashReport`; `filing_date` is an ISO date."""
    return cash_batch_xml([report], bank, filing_date)


def cash_batch_xml(reports: Sequence[Any], bank: Any, filing_date: str) -> bytes:
    """Forms 112 of several `CashReport` in one file, an Activity each, in this order: the acknowledgement keeps it.

    The attributes count the whole file: TotalAmount is the sum of all details, ActivityCount the reports, PartyCount
    all `Party` elements, the bank's own among them: FinCEN's sample of Form 112 counts its six so. (Form 111 counts its
    subjects only.)
    """
    total = sum(int(amount) for report in reports for _, amount in _sums(report))
    root, builder = _batch("CTRX", {"TotalAmount": str(total), "ActivityCount": str(len(reports))})
    for report in reports:
        _cash_report(builder, builder.node(root, "Activity"), report, bank, filing_date)
    root.set("PartyCount", str(len(root.findall(f"{{{BASE}}}Activity/{{{BASE}}}Party"))))
    return _bytes(root)


def _cash_report(builder: Builder, activity: ElementTree.Element, report: Any, bank: Any, filing_date: str) -> None:
    sums = _sums(report)
    builder.put(activity, "EFilingPriorDocumentNumber", report.prior_number)
    builder.put(activity, "FilingDateText", _date(filing_date))
    kind = builder.node(activity, "ActivityAssociation")
    builder.must(kind, "CorrectsAmendsPriorReportIndicator", "Y" if report.amends else "")
    builder.must(kind, "FinCENDirectBackFileIndicator")
    builder.must(kind, "InitialReportIndicator", "" if report.amends else "Y")
    builder.bank_parties(activity, bank)
    for person in report.persons:
        _involved(builder, activity, person, report)
    for branch in dict.fromkeys(line["branch"] for line in report.lines):
        _location(builder, activity, bank, report, branch)
    _transaction(builder, activity, report, str(sum(int(amount) for _, amount in sums)), sums)


def _sums(report: Any) -> list[tuple[str, str]]:
    """(code, whole dollars) of the cash by what it was, in the order of the codes."""
    found: dict[str, int] = {}
    for line in report.lines:
        code = DETAIL.get((line["type"], report.incoming), OTHER[report.incoming])
        found[code] = found.get(code, 0) + line["amount"]
    return [(code, whole_dollars(found[code])) for code in sorted(found)]


def _cash_name(incoming: bool) -> str:
    return f"IndividualEntityCash{'In' if incoming else 'Out'}AmountText"


def _involved(builder: Builder, activity: ElementTree.Element, person: Mapping[str, Any], report: Any) -> None:
    made = builder.node(activity, "Party")
    builder.put(made, "ActivityPartyTypeCode", PART[person["role"]])
    is_entity = person.get("segment") == "business" and person["role"] == "behalf"
    if not person["date_of_birth"] and not is_entity:
        builder.put(made, "BirthDateUnknownIndicator", "Y")
    builder.put(made, "IndividualBirthDateText", "" if is_entity else _date(person["date_of_birth"]))
    builder.put(made, _cash_name(report.incoming), whole_dollars(person["amount"]))
    if person["movements"] > 1:
        builder.put(made, "MultipleTransactionsPersonsIndividualsIndicator", "Y")
    if is_entity:
        builder.put(made, "PartyAsEntityOrganizationIndicator", "Y")
    builder.person_name(made, person)
    builder.person_address(made, person["address"])
    builder.phone(made, person["phone"])
    builder.identity(made)
    for number in person["accounts"][:MOST_ACCOUNTS]:
        account = builder.node(made, "Account")
        builder.put(account, "AccountNumberText", number, 40)
        link = builder.node(account, "PartyAccountAssociation")
        builder.put(link, "PartyAccountAssociationTypeCode", "8" if report.incoming else "9")


def _location(builder: Builder, activity: ElementTree.Element, bank: Any, report: Any, branch: str) -> None:
    amount = sum(line["amount"] for line in report.lines if line["branch"] == branch)
    before = [(_cash_name(report.incoming), whole_dollars(amount))]
    made = builder.party(activity, "34", bank.name, regulator=bank.regulator, before=before)
    builder.bank_address(made, bank)
    builder.identify(made, digits(bank.ein), "2")
    builder.institution(made)


def _transaction(
    builder: Builder, activity: ElementTree.Element, report: Any, total: str, sums: Iterable[tuple[str, str]]
) -> None:
    made = builder.node(activity, "CurrencyTransactionActivity")
    for name in ("AggregateTransaction", "ArmoredCarService", "ATM", "MailDepositShipment", "NightDeposit"):
        builder.must(made, f"{name}Indicator")
    builder.must(made, "SharedBranchingIndicator")
    builder.must(made, "TotalCashInReceiveAmountText", total if report.incoming else "")
    builder.must(made, "TotalCashOutAmountText", "" if report.incoming else total)
    builder.must(made, "TransactionDateText", _date(report.day))
    for code, amount in sums:
        detail = builder.node(made, "CurrencyTransactionActivityDetail")
        builder.must(detail, "CurrencyTransactionActivityDetailTypeCode", code)
        builder.must(detail, "DetailTransactionAmountText", amount)
        other = "Cash on another kind of account" if code in OTHER.values() else ""
        builder.must(detail, "OtherCurrencyTransactionActivityDetailText", other)
        builder.must(detail, "OtherForeignCurrencyCountryText")


def activity_report_xml(report: Any, bank: Any, filing_date: str) -> bytes:
    """Form 111 of an `ActivityReport`; `filing_date` is an ISO date. Raises narrative.TooLong."""
    texts, subjects = blocks(told(report.answers)), list(report.persons) if report.has_suspect else []
    counts = {"ActivityCount": "1", "TotalAmount": whole_dollars(report.total), "PartyCount": str(len(subjects) or 1)}
    root, builder = _batch("SARX", counts | {"ActivityAttachmentCount": "0", "AttachmentCount": "0"})
    activity = builder.node(root, "Activity")
    builder.put(activity, "EFilingPriorDocumentNumber", report.prior_number)
    builder.put(activity, "FilingDateText", _date(filing_date))
    kind = builder.node(activity, "ActivityAssociation")
    goes_on, corrects = bool(report.continues), bool(report.amends)
    builder.put(kind, "ContinuingActivityReportIndicator", "Y" if goes_on else "")
    builder.put(kind, "CorrectsAmendsPriorReportIndicator", "Y" if corrects else "")
    builder.put(kind, "InitialReportIndicator", "" if goes_on or corrects else "Y")
    builder.bank_parties(activity, bank)
    for person in subjects:
        _subject(builder, activity, person, bank)
    if not subjects:
        nobody = builder.node(activity, "Party")
        builder.put(nobody, "ActivityPartyTypeCode", "33")
        builder.put(nobody, "AllCriticalSubjectInformationUnavailableIndicator", "Y")
        builder.put(nobody, "NoKnownAccountInvolvedIndicator", "Y")
    before = [("NoBranchActivityInvolvedIndicator", "Y")]
    place = builder.party(activity, "34", bank.name, regulator=bank.regulator, before=before)
    builder.bank_address(place, bank)
    builder.identify(place, digits(bank.ein), "2")
    builder.institution(place)
    _suspicion(builder, activity, report)
    for number, text in enumerate(texts, 1):
        part = builder.node(activity, "ActivityNarrativeInformation")
        builder.put(part, "ActivityNarrativeSequenceNumber", str(number))
        builder.put(part, "ActivityNarrativeText", text)
    return _bytes(root)


def _subject(builder: Builder, activity: ElementTree.Element, person: Mapping[str, Any], bank: Any) -> None:
    made, is_entity = builder.node(activity, "Party"), person.get("segment") == "business"
    builder.put(made, "ActivityPartyTypeCode", "33")
    if not person["date_of_birth"] and not is_entity:
        builder.put(made, "BirthDateUnknownIndicator", "Y")
    builder.put(made, "IndividualBirthDateText", "" if is_entity else _date(person["date_of_birth"]))
    if not person["accounts"]:
        builder.put(made, "NoKnownAccountInvolvedIndicator", "Y")
    if is_entity:
        builder.put(made, "PartyAsEntityOrganizationIndicator", "Y")
    builder.person_name(made, person)
    builder.person_address(made, person["address"])
    builder.phone(made, person["phone"])
    builder.identity(made)
    if not person["accounts"]:
        return
    link = builder.node(made, "PartyAccountAssociation")
    builder.put(link, "PartyAccountAssociationTypeCode", "7")
    holder = builder.node(link, "Party")
    builder.put(holder, "ActivityPartyTypeCode", "41")
    builder.identify(holder, digits(bank.ein), "4")
    for number in person["accounts"][:99]:
        account = builder.node(holder, "Account")
        builder.put(account, "AccountNumberText", number, 40)
        builder.put(builder.node(account, "PartyAccountAssociation"), "PartyAccountAssociationTypeCode", "5")


def _suspicion(builder: Builder, activity: ElementTree.Element, report: Any) -> None:
    made = builder.node(activity, "SuspiciousActivity")
    if not report.total:
        builder.put(made, "AmountUnknownIndicator", "Y")
    builder.put(made, "SuspiciousActivityFromDateText", _date(report.first_on))
    builder.put(made, "SuspiciousActivityToDateText", _date(report.last_on))
    builder.put(made, "TotalSuspiciousAmountText", whole_dollars(report.total) if report.total else "")
    for code in report.kinds:
        _, kind, subkind = KINDS[code]
        one = builder.node(made, "SuspiciousActivityClassification")
        builder.put(one, "SuspiciousActivitySubtypeID", str(subkind))
        builder.put(one, "SuspiciousActivityTypeID", str(kind))
