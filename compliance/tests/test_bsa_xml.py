"""Filings as files: E-Filing XML in the order of FinCEN's schemas, and readable paper."""

import io
from datetime import date
from xml.etree.ElementTree import Element

import pypdf
import pytest
from defusedxml import ElementTree
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_stranger, an_admin, an_auditor, an_officer, signed_in
from cloudbank import parameters
from cloudbank.clock import utcnow
from compliance.filings.amending import amend_cash_report
from compliance.filings.files import filing_xml
from compliance.filings.models import ActivityReport, CashReport
from compliance.filings.terms import Refused
from compliance.filings.testing import NUMBER, agreed, cash, fresh, reviewed, the_way_to_filed
from compliance.testing import actor, an_account_of, today
from compliance.tests.test_filings import a_report, noon, sealed_and_drafted
from compliance.tests.test_suspicion import a_draft, written

pytestmark = pytest.mark.usefixtures("bank")
NAMESPACE = {"f": "www.fincen.gov/base"}
BANK = {
    "ein": "12-3456789", "street": "1 Bank Plaza", "city": "Springfield", "state": "VT", "zip": "05156-0001",
    "phone": "+1 (802) 555-0100",
}  # fmt: skip
PARTY_ORDER = (
    "ActivityPartyTypeCode", "AllCriticalSubjectInformationUnavailableIndicator", "BirthDateUnknownIndicator",
    "IndividualBirthDateText", "IndividualEntityCashInAmountText", "IndividualEntityCashOutAmountText",
    "MultipleTransactionsPersonsIndividualsIndicator", "NoBranchActivityInvolvedIndicator",
    "NoKnownAccountInvolvedIndicator", "PartyAsEntityOrganizationIndicator", "PrimaryRegulatorTypeCode", "PartyName",
    "Address", "PhoneNumber", "PartyIdentification", "OrganizationClassificationTypeSubtype", "Account",
    "PartyAccountAssociation",
)  # fmt: skip
"""The order of both schemas (they agree where both have an element)."""
ADDRESS_ORDER = (
    "CityUnknownIndicator", "CountryCodeUnknownIndicator", "RawCityText", "RawCountryCodeText", "RawStateCodeText",
    "RawStreetAddress1Text", "RawZIPCode", "StateCodeUnknownIndicator", "StreetAddressUnknownIndicator",
    "ZIPCodeUnknownIndicator",
)  # fmt: skip
CTR_ORDER = ("FilingDateText", "ActivityAssociation", "Party", "CurrencyTransactionActivity")
SAR_ORDER = ("FilingDateText", "ActivityAssociation", "Party", "SuspiciousActivity", "ActivityNarrativeInformation")


def bank_is_known() -> None:
    """What the forms ask of the bank."""
    for name, value in BANK.items():
        parameters.set_value(
            code=f"filing.bank_{name}", value=value, effective_from=date(2020, 1, 1), actor=actor(an_officer()),
            now=utcnow(), reason="Set-up",
        )  # fmt: skip
    parameters.forget()


def approved(item: CashReport | ActivityReport) -> CashReport | ActivityReport:
    """Reviewed and approved."""
    agreed(reviewed(item, an_officer()), an_officer())
    return fresh(item)  # type: ignore[return-value]


def activity_of(item: CashReport | ActivityReport) -> Element:
    """The one activity of the file, its general rules checked."""
    root = ElementTree.fromstring(filing_xml(item, utcnow()))
    numbers = [one.attrib["SeqNum"] for one in root.iter() if "SeqNum" in one.attrib]
    assert len(numbers) == len(set(numbers))
    for one in root.iter():
        text = one.text or ""
        assert one.tag.startswith("{www.fincen.gov/base}")
        if not len(one):
            assert text == text.strip()
            assert text.isprintable()
    activity = root.find("f:Activity", NAMESPACE)
    assert activity is not None
    for party in activity.iter("{www.fincen.gov/base}Party"):
        in_order(party, PARTY_ORDER)
    for address in activity.iter("{www.fincen.gov/base}Address"):
        in_order(address, ADDRESS_ORDER)
    return activity


def names(element: Element) -> list[str]:
    """The children's names, repeats once."""
    return list(dict.fromkeys(one.tag.partition("}")[2] for one in element))


def in_order(element: Element, order: tuple[str, ...]) -> None:
    """The children stand as the schema has them."""
    found = [order.index(one) for one in names(element)]
    assert found == sorted(found), names(element)


def value(element: Element, path: str) -> str:
    """The text of an element that must be there."""
    found = element.find("/".join(f"f:{one}" for one in path.split("/")), NAMESPACE)
    assert found is not None, path
    return found.text or ""


def parties(activity: Element, code: str) -> list[Element]:
    """The parties of a kind."""
    return [one for one in activity.findall("f:Party", NAMESPACE) if value(one, "ActivityPartyTypeCode") == code]


def test_form_112_says_who_brought_what_for_whom() -> None:
    bank_is_known()
    owner = a_customer(name="Ann Mary Owner", date_of_birth="1980-02-03", address="1 High St, Oldtown, VT 05001")
    bringer = a_stranger(name="Mononym")
    account = an_account_of(owner, now=noon(1))
    cash(account, 600_050, noon(1), branch="main", conductor_id=bringer.user_id)
    cash(account, 600_000, noon(1), branch="north")
    activity = activity_of(approved(sealed_and_drafted()[0]))
    assert names(activity) == list(CTR_ORDER)
    assert [value(one, "ActivityPartyTypeCode") for one in activity.findall("f:Party", NAMESPACE)] == [
        "35", "37", "30", "8", "50", "17", "34", "34",
    ]  # fmt: skip
    (own,), (other,) = parties(activity, "50"), parties(activity, "17")
    assert value(own, "PartyName/RawEntityIndividualLastName") == "Owner"
    assert value(own, "PartyName/RawIndividualFirstName") == "Ann"
    assert value(own, "PartyName/RawIndividualMiddleName") == "Mary"
    assert (value(own, "IndividualBirthDateText"), value(own, "Address/RawZIPCode")) == ("19800203", "05001")
    assert value(own, "IndividualEntityCashInAmountText") == "12001"
    assert value(own, "Account/AccountNumberText") == account
    assert value(own, "Account/PartyAccountAssociation/PartyAccountAssociationTypeCode") == "8"
    assert value(other, "PartyName/FirstNameUnknownIndicator") == "Y"
    assert value(other, "BirthDateUnknownIndicator") == "Y"
    assert value(other, "IndividualEntityCashInAmountText") == "6001"
    cashed = activity.find("f:CurrencyTransactionActivity", NAMESPACE)
    assert cashed is not None
    assert (value(cashed, "TotalCashInReceiveAmountText"), value(cashed, "TotalCashOutAmountText")) == ("12001", "")
    assert value(cashed, "TransactionDateText") == noon(1).date().isoformat().replace("-", "")
    assert value(cashed, "CurrencyTransactionActivityDetail/CurrencyTransactionActivityDetailTypeCode") == "55"
    assert value(parties(activity, "35")[0], "Address/RawZIPCode") == "051560001"


def test_an_amendment_names_the_report_it_corrects() -> None:
    bank_is_known()
    officer = an_officer()
    filed = the_way_to_filed(a_report(), officer, an_officer())
    new = amend_cash_report(
        filing_id=filed.filing_id, why="Wrong.", version=filed.version, actor=actor(officer), now=utcnow()
    )
    activity = activity_of(approved(new))
    assert value(activity, "EFilingPriorDocumentNumber") == NUMBER
    assert value(activity, "ActivityAssociation/CorrectsAmendsPriorReportIndicator") == "Y"
    assert value(activity, "ActivityAssociation/InitialReportIndicator") == ""


def test_form_111_carries_the_narrative_in_blocks() -> None:
    bank_is_known()
    officer = an_officer()
    answers = {code: f"{code} \x0b " + "word\n" * 600 for code in ("who", "what", "when", "where", "why", "how")}
    item = written(a_draft(officer), officer, answers=answers, kinds=["structuring", "together"])
    activity = activity_of(approved(item))
    assert names(activity) == list(SAR_ORDER)
    parts = activity.findall("f:ActivityNarrativeInformation", NAMESPACE)
    assert [value(one, "ActivityNarrativeSequenceNumber") for one in parts] == ["1", "2", "3", "4", "5"]
    assert all(len(value(one, "ActivityNarrativeText")) <= 4000 for one in parts)
    kinds = activity.findall("f:SuspiciousActivity/f:SuspiciousActivityClassification", NAMESPACE)
    assert [value(one, "SuspiciousActivitySubtypeID") for one in kinds] == ["114", "911"]
    (subject,) = parties(activity, "33")
    assert value(subject, "PartyAccountAssociation/Party/ActivityPartyTypeCode") == "41"
    assert value(activity, "SuspiciousActivity/TotalSuspiciousAmountText") == "12000"


def test_a_report_without_a_suspect_says_so() -> None:
    bank_is_known()
    officer = an_officer()
    activity = activity_of(approved(written(a_draft(officer, has_suspect=False), officer)))
    (nobody,) = parties(activity, "33")
    assert value(nobody, "AllCriticalSubjectInformationUnavailableIndicator") == "Y"
    assert "Carla" not in "".join(one.text or "" for one in nobody.iter())


def test_no_file_leaves_before_the_approval_or_without_the_banks_own_facts() -> None:
    item = a_report()
    with pytest.raises(Refused, match="Only an approved report"):
        filing_xml(item, utcnow())
    with pytest.raises(Refused, match="Employer identification number"):
        filing_xml(approved(item), utcnow())


def test_the_page_gives_both_files_and_says_why_there_is_none() -> None:
    client, item = signed_in(Client(), an_officer()), approved(a_report())
    url = f"/compliance/filings/{item.filing_id}"
    answer = client.get(f"{url}.xml", follow=True)
    assert "Set first, under Thresholds" in answer.content.decode()
    bank_is_known()
    answer = client.get(f"{url}.xml")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/xml", "nosniff")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(client.get(f"{url}.pdf").content)).pages)
    assert "Carla Customer" in text
    assert "12,000.00" in text
    assert client.get(f"{url}.exe").status_code == 404


def test_who_took_a_secret_report_is_kept_where_only_those_look_who_may_know() -> None:
    officer = an_officer()
    item = approved(written(a_draft(officer), officer))
    assert signed_in(Client(), officer).get(f"/compliance/filings/{item.filing_id}.pdf").status_code == 200
    path = f"/compliance/audit?day={today().isoformat()}&export=csv"

    def told(person: User) -> str:
        return b"".join(signed_in(Client(), person).get(path)).decode()

    assert item.filing_id in told(an_auditor())
    assert item.filing_id not in told(an_admin())


def test_copies_of_secret_reports_are_counted_like_every_export() -> None:
    officer = an_officer()
    item, client = approved(written(a_draft(officer), officer)), signed_in(Client(), officer)
    answers = [client.get(f"/compliance/filings/{item.filing_id}.pdf").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("ein", ("12-3456789", "123456789"), ("12-345678", "12-34567890", "١٢٣٤٥٦٧٨٩", "12 3456789 x")),
        ("state", ("VT",), ("Vermont", "vt", "V")),
        ("zip", ("05156", "05156-0001", "051560001"), ("5156", "05156-", "0515600011")),
        ("phone", ("+1 (802) 555-0100",), ("555-0100", "call us", "1" * 17)),
        ("street", ("1 Bank Plaza",), ("x" * 101, "two\nlines")),
    ],
)
def test_what_the_bank_says_of_itself_has_the_shape_that_the_form_takes(
    name: str, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    def refused(value: str) -> bool:
        try:
            parameters.check(f"filing.bank_{name}", value)
        except parameters.ParameterError:
            return True
        return False

    assert [one for one in (*good, "") if refused(one)] == []
    assert [one for one in bad if not refused(one)] == []
