"""The keyboard of lists, in words; cloudbank/keys.js hears it. Pure."""

Keys = tuple[tuple[tuple[str, ...], str], ...]
"""(keys, what they do)."""
ALWAYS: Keys = (
    (("Ctrl", "Enter"), "Send the form you are in"),
    (("Esc",), "Leave the field, close what is open"),
    (("?",), "This overview"),
)
FILTERS: Keys = ((("/",), "Go to the search or the filters"),)
MOVE: Keys = ((("j", "k"), "Next row, previous row"),)
TICK: Keys = ((("x",), "Tick the row"),)
OPEN: Keys = ((("Enter",), "Open the row"),)
ROWS: Keys = (*FILTERS, *MOVE, *TICK, *OPEN)


def keys_of(*, has_filters: bool, ticks: bool) -> Keys:
    """What a list hears, with or without filters and boxes to tick."""
    return (*(FILTERS if has_filters else ()), *MOVE, *(TICK if ticks else ()), *OPEN, *ALWAYS)
