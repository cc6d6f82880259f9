"""Whom the demo's customers wire money to and from: invented names and banks; their codes are only well-formed."""

from accounts.demo.cast import Customer
from accounts.wires import Wire

PARTNERS = (
    # name, account, bank, country, address
    ("Lakeside Wholesale Inc.", "4410098127", "021234567", "US", "12 Dock Street, Buffalo, NY"),
    ("Prairie Foods LLC", "77120045", "071234562", "US", "880 Market Road, Peoria, IL"),
    ("Nordlicht Handels GmbH", "DE89370400440532013000", "HANKDEFFXXX", "DE", "Hafenstrasse 4, Hamburg"),
    ("Atelier Fontaine SARL", "FR1420041010050500013M02606", "LYONFRPPXXX", "FR", "3 rue du Port, Lyon"),
    ("Maple Leaf Supplies Ltd.", "00012-004-1234567", "MAPLCATTTOR", "CA", "55 King Street, Toronto"),
)
ABROAD = {
    "HT": ("Comptoir Caraibe SA", "0045128", "CARIHTPP", "HT", "Rue Pavee 8, Port-au-Prince"),
}


OWN = "own"
"""As a `country`: to the customer's own account at another bank."""


def wire_of(who: Customer, memo: str, *, incoming: bool, country: str = "") -> Wire:
    """The fields of a wire between a customer and the partner they always have for this purpose."""
    if country == OWN:
        home = who.details.get("address", "")
        return Wire(who.name, who.checking, home, who.name, f"77{who.checking[:8]}", PARTNERS[0][2], "US")
    partner = ABROAD.get(country) or PARTNERS[(int(who.checking[-6:-2]) + len(memo)) % len(PARTNERS)]
    name, account, bank, land, address = partner
    home = who.details.get("address", "")
    if incoming:
        return Wire(name, account, address, who.name, who.checking, bank, land)
    return Wire(who.name, who.checking, home, name, account, bank, land)
