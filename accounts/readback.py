"""What a person reads back before money moves: the amount in words, the recipient's name masked. Pure."""

from cloudbank.money import exponent

_SMALL_WORDS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen
"""
_TENS_WORDS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL, _TENS = _SMALL_WORDS.split(), _TENS_WORDS.split()
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))

# Whole unit (one, many) and minor unit (one, many) as people say them.
_SAID = {
    "USD": ("dollar", "dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "JPY": ("yen", "yen", "", ""),
}
_HIDDEN = "***"
_IDENTITIES = {"verified": "", "rejected": "Identity rejected"}


def number_in_words(number: int) -> str:
    """A whole number from zero to below a quadrillion: 1234 -> "one thousand two hundred thirty-four"."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_SMALL[ones]}" if ones else "")
    if number < 1000:
        return _joined(number, 100, "hundred")
    scale, name = next((scale, name) for scale, name in _SCALES if number >= scale)
    return _joined(number, scale, name)


def _joined(number: int, scale: int, name: str) -> str:
    count, rest = divmod(number, scale)
    return f"{number_in_words(count)} {name}" + (f" {number_in_words(rest)}" if rest else "")


def amount_in_words(minor: int, currency: str) -> str:
    """A positive amount of minor units: 1250 USD -> "twelve dollars and fifty cents"."""
    whole, fraction = divmod(minor, 10 ** exponent(currency))
    one, many, minor_one, minor_many = _SAID.get(currency, (currency, currency, "", ""))
    words = f"{number_in_words(whole)} {one if whole == 1 else many}"
    if not fraction:
        return words
    if not minor_many:
        return f"{words} and {fraction}/{10 ** exponent(currency)}"
    return f"{words} and {number_in_words(fraction)} {minor_one if fraction == 1 else minor_many}"


def masked_name(name: str) -> str:
    """Enough of a name to notice a wrong recipient, too little to learn one: "Maria Kowalska" -> "Ma*** K***"."""
    first, *others = name.split() or [""]
    shown = first[:2] if len(first) > 3 else first[:1]
    return " ".join([shown + _HIDDEN, *(word[0] + _HIDDEN for word in others[-1:])])


def identity_problem(kyc_status: str) -> str:
    """What the counter must know of a customer's identity check; "" when it is verified."""
    return _IDENTITIES.get(kyc_status, "Identity not verified")
