"""Names of sheets: what Excel accepts, each once. Pure."""

LONGEST = 31
_FORBIDDEN = set("[]:*?/\\'")


class Names:
    """Gives each sheet a name of its own; Excel takes "Loans" and "loans" for the same."""

    def __init__(self) -> None:
        self._taken = {"history"}  # Excel keeps this one for itself

    def take(self, title: str) -> str:
        """The title without forbidden letters, cut, and numbered when another sheet has it already."""
        printable = "".join(letter for letter in title if letter.isprintable())
        plain = "".join("-" if letter in _FORBIDDEN else letter for letter in printable).strip() or "Sheet"
        name, number = plain[:LONGEST].strip(), 1
        while name.lower() in self._taken:
            number += 1
            tail = f" {number}"
            name = plain[: LONGEST - len(tail)].strip() + tail
        self._taken.add(name.lower())
        return name
