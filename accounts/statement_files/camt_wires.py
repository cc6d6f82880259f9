"""What a camt.053 entry says of the parties of a wire. Pure."""

from accounts.statement_files.safe_xml import Node, at, children, text_at
from accounts.wires import (
    ACCOUNT_LENGTH,
    ADDRESS_LENGTH,
    NAME_LENGTH,
    Wire,
    bic_country,
    country_problem,
    institution_problem,
)

_SIDE = {1: "Dbtr", -1: "Cdtr"}
_NAME = ("RltdPties/{}/Nm", "RltdPties/{}/Pty/Nm")
_NUMBER = ("RltdPties/{}Acct/Id/IBAN", "RltdPties/{}Acct/Id/Othr/Id")
_POSTAL = ("RltdPties/{}/PstlAdr", "RltdPties/{}/Pty/PstlAdr")
_STREET = ("StrtNm", "BldgNb", "PstCd", "TwnNm", "CtrySubDvsn", "Ctry")
_AGENT = (
    "RltdAgts/{}Agt/FinInstnId/BICFI",
    "RltdAgts/{}Agt/FinInstnId/BIC",
    "RltdAgts/{}Agt/FinInstnId/ClrSysMmbId/MmbId",
)


def wire_in(part: Node | None, side: int) -> Wire:
    """Who sends, who receives, the bank of the other side (`side`: 1 when it is the debtor)."""

    def found(places: tuple[str, ...], of: int) -> str:
        return text_at(part, *(place.format(_SIDE[of]) for place in places))

    agent = "".join(found(_AGENT, side).split()).upper()
    agent = "" if institution_problem(agent) else agent
    postal = next((node for place in _POSTAL if (node := at(part, place.format(_SIDE[side]))) is not None), None)
    country = text_at(postal, "Ctry") or bic_country(agent)
    return Wire(
        originator_name=found(_NAME, 1)[:NAME_LENGTH],
        originator_account=found(_NUMBER, 1)[:ACCOUNT_LENGTH],
        originator_address=_address(part)[:ADDRESS_LENGTH],
        beneficiary_name=found(_NAME, -1)[:NAME_LENGTH],
        beneficiary_account=found(_NUMBER, -1)[:ACCOUNT_LENGTH],
        institution=agent,
        country="" if country_problem(country) else country,
    )


def _address(part: Node | None) -> str:
    """The debtor's, structured or in lines."""
    postal = next((node for place in _POSTAL if (node := at(part, place.format("Dbtr"))) is not None), None)
    lines = [" ".join((line.text or "").split()) for line in children(postal, "AdrLine")]
    return ", ".join(text for text in (lines or [text_at(postal, name) for name in _STREET]) if text)
