"""Statement files as banks write them: camt.053 in several versions and dialects, OFX 1 and 2."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from cloudbank.money import to_decimal

IBAN = "DE89370400440532013000"


@dataclass
class Row:
    """One entry to be written. `amount`: signed minor units. `parts`: signed minor units of a batch's details."""

    amount: int
    day: str = "2026-11-16"
    ref: str = ""
    text: str = "Invoice 4711"
    who: str = "ACME GmbH"
    account: str = "NL91ABNA0417164300"
    status: str = "BOOK"
    code: tuple[str, str, str] = ("PMNT", "RCDT", "ESCT")
    reversal: bool = False
    parts: list[int] = field(default_factory=list)
    parts_say_amount: bool = True
    value: str = ""
    bank: str = ""
    """BIC of the other side's bank, and the lines of a debtor's address."""
    address: tuple[str, ...] = ()


@dataclass
class Camt:
    """A dialect of camt.053."""

    version: str = "02"
    currency: str = "EUR"
    prefix: str = ""
    opening_code: str = "OPBD"
    iban: str = IBAN
    other: str = ""

    @property
    def late(self) -> bool:
        """From version 8 on a status is structured and a party stands one level deeper."""
        return int(self.version) >= 8

    def money(self, minor: int) -> str:
        return str(to_decimal(abs(minor), self.currency))

    def statement(self, rows: list[Row], opening: int = 10_000, closing: int | None = None, name: str = "S-1") -> str:
        booked = sum(row.amount for row in rows if row.status == "BOOK")
        closing = opening + booked if closing is None else closing
        days = sorted(row.day for row in rows) or ["2026-11-16"]
        identification = f"<IBAN>{self.iban}</IBAN>" if not self.other else f"<Othr><Id>{self.other}</Id></Othr>"
        bic = "BICFI" if self.late else "BIC"
        return (
            f"<Stmt><Id>{name}</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-11-17T02:00:00+01:00</CreDtTm>"
            f"<Acct><Id>{identification}</Id><Ccy>{self.currency}</Ccy>"
            f"<Svcr><FinInstnId><{bic}>COBADEFFXXX</{bic}></FinInstnId></Svcr></Acct>"
            f"{self.balance(self.opening_code, opening, days[0])}{self.balance('CLBD', closing, days[-1])}"
            f"{self.balance('CLAV', closing + 5, days[-1])}" + "".join(self.entry(row) for row in rows) + "</Stmt>"
        )

    def balance(self, code: str, minor: int, day: str) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{self.currency}'>{self.money(minor)}</Amt>"
            f"<CdtDbtInd>{self.direction(minor)}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        )

    @staticmethod
    def direction(minor: int) -> str:
        return "DBIT" if minor < 0 else "CRDT"

    def entry(self, row: Row) -> str:
        status = f"<Sts><Cd>{row.status}</Cd></Sts>" if self.late else f"<Sts>{row.status}</Sts>"
        reference = f"<AcctSvcrRef>{row.ref}</AcctSvcrRef>" if row.ref else ""
        details = self.details(row, row.amount) if not row.parts else ""
        for part in row.parts:
            details += self.details(row, part, say=row.parts_say_amount)
        return (
            f"<Ntry><NtryRef>1</NtryRef><Amt Ccy='{self.currency}'>{self.money(row.amount)}</Amt>"
            f"<CdtDbtInd>{self.direction(row.amount)}</CdtDbtInd>"
            + ("<RvslInd>true</RvslInd>" if row.reversal else "")
            + f"{status}<BookgDt><Dt>{row.day}</Dt></BookgDt><ValDt><Dt>{row.value or row.day}</Dt></ValDt>{reference}"
            f"<BkTxCd><Domn><Cd>{row.code[0]}</Cd><Fmly><Cd>{row.code[1]}</Cd><SubFmlyCd>{row.code[2]}</SubFmlyCd>"
            f"</Fmly></Domn></BkTxCd><NtryDtls>{details}</NtryDtls></Ntry>"
        )

    def details(self, row: Row, minor: int, say: bool = True) -> str:
        amount = f"<Amt Ccy='{self.currency}'>{self.money(minor)}</Amt>"
        said = ""
        if say:
            said = f"{amount}<CdtDbtInd>{self.direction(minor)}</CdtDbtInd>" if self.late else ""
            said = said or f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
        who = f"<Nm>{escape(row.who)}</Nm>"
        lines = "".join(f"<AdrLine>{line}</AdrLine>" for line in row.address)
        who += f"<PstlAdr><Ctry>NL</Ctry>{lines}</PstlAdr>" if lines else ""
        party = f"<Pty>{who}</Pty>" if self.late else who
        side = "Dbtr" if (minor > 0) != row.reversal else "Cdtr"
        bic = "BICFI" if self.late else "BIC"
        agent = f"<FinInstnId><{bic}>{row.bank}</{bic}></FinInstnId>"
        return (
            f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>{said}<RltdPties><{side}>{party}</{side}>"
            f"<{side}Acct><Id><IBAN>{row.account}</IBAN></Id></{side}Acct></RltdPties>"
            + (f"<RltdAgts><{side}Agt>{agent}</{side}Agt></RltdAgts>" if row.bank else "")
            + f"<RmtInf><Ustrd>{escape(row.text)}</Ustrd></RmtInf></TxDtls>"
        )

    def document(self, *statements: str) -> bytes:
        urn = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{self.version}"
        body = f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-17T02:00:00</CreDtTm></GrpHdr>{''.join(statements)}"
        if not self.prefix:
            return f"<?xml version='1.0' encoding='UTF-8'?><Document xmlns='{urn}'><BkToCstmrStmt>{body}</BkToCstmrStmt></Document>".encode()
        body = body.replace("</", "\x00").replace("<", f"<{self.prefix}:").replace("\x00", f"</{self.prefix}:")
        tag = f"{self.prefix}:Document"
        inner = f"<{self.prefix}:BkToCstmrStmt>{body}</{self.prefix}:BkToCstmrStmt>"
        return f"<?xml version='1.0'?><{tag} xmlns:{self.prefix}='{urn}'>{inner}</{tag}>".encode()


def camt(rows: list[Row], opening: int = 10_000, closing: int | None = None, **dialect: str) -> bytes:
    """A document with one statement."""
    maker = Camt(**dialect)
    return maker.document(maker.statement(rows, opening, closing))


OFX1_HEADER = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n"
    "COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)
OFX2_HEADER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
)


@dataclass
class Ofx:
    """A dialect of OFX. `close`: values have end tags (always in version 2)."""

    version: int = 1
    close: bool = False
    currency: str = "USD"
    card: bool = False
    account: str = "000123456"
    comma: bool = False
    one_line: bool = False

    def value(self, tag: str, text: str) -> str:
        closed = f"</{tag}>" if self.close or self.version == 2 else ""
        return f"<{tag}>{escape(text)}{closed}" + ("" if self.one_line else "\r\n")

    def money(self, minor: int) -> str:
        text = str(to_decimal(minor, self.currency))
        return text.replace(".", ",") if self.comma else text

    def transaction(self, row: Row) -> str:
        v = self.value
        fitid = v("FITID", row.ref) if row.ref else ""
        return (
            f"<STMTTRN>{v('TRNTYPE', 'CREDIT' if row.amount > 0 else 'DEBIT')}"
            f"{v('DTPOSTED', row.day.replace('-', '') + '120000[-5:EST]')}{v('TRNAMT', self.money(row.amount))}{fitid}"
            f"{v('NAME', row.who)}{v('MEMO', row.text)}</STMTTRN>\r\n"
        )

    def statement(self, rows: list[Row], closing: int = 0) -> str:
        v = self.value
        holder = v("ACCTID", self.account)
        if self.card:
            outer, body, source = "CCSTMTTRNRS", "CCSTMTRS", f"<CCACCTFROM>{holder}</CCACCTFROM>"
        else:
            bank = v("BANKID", "021000021") + holder + v("ACCTTYPE", "CHECKING")
            outer, body, source = "STMTTRNRS", "STMTRS", f"<BANKACCTFROM>{bank}</BANKACCTFROM>"
        return (
            f"<{outer}>{v('TRNUID', '1')}<STATUS>{v('CODE', '0')}{v('SEVERITY', 'INFO')}</STATUS><{body}>"
            f"{v('CURDEF', self.currency)}{source}<BANKTRANLIST>{v('DTSTART', '20261101')}{v('DTEND', '20261130')}"
            + "".join(self.transaction(row) for row in rows)
            + f"</BANKTRANLIST><LEDGERBAL>{v('BALAMT', self.money(closing))}{v('DTASOF', '20261130')}</LEDGERBAL>"
            f"</{body}></{outer}>"
        )

    def document(self, *statements: str) -> bytes:
        messages = "CREDITCARDMSGSRSV1" if self.card else "BANKMSGSRSV1"
        v = self.value
        sign_on = (
            f"<SIGNONMSGSRSV1><SONRS><STATUS>{v('CODE', '0')}{v('SEVERITY', 'INFO')}</STATUS>"
            f"{v('DTSERVER', '20261130')}{v('LANGUAGE', 'ENG')}<FI>{v('ORG', 'B1')}{v('FID', '10898')}</FI></SONRS></SIGNONMSGSRSV1>"
        )
        body = f"<OFX>{sign_on}<{messages}>{''.join(statements)}</{messages}></OFX>"
        return ((OFX1_HEADER if self.version == 1 else OFX2_HEADER) + body).encode(
            "cp1252" if self.version == 1 else "utf-8"
        )


def ofx(rows: list[Row], closing: int = 0, **dialect: object) -> bytes:
    """A document with one statement."""
    maker = Ofx(**dialect)
    return maker.document(maker.statement(rows, closing))
