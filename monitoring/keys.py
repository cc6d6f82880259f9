"""The keyboard of the analysts' pages, in words; the pages declare the keys themselves (cloudbank/keys.js). Pure."""

Keys = tuple[tuple[tuple[str, ...], str], ...]
_ALWAYS: Keys = (
    (("Ctrl", "Enter"), "Send the form you are in"),
    (("Esc",), "Leave the field, close what is open"),
    (("?",), "This overview"),
)
_ROWS: Keys = (
    (("/",), "Go to the filters"),
    (("j", "k"), "Next row, previous row"),
    (("x",), "Tick the row"),
    (("Enter",), "Open the row"),
)
QUEUE: Keys = (
    *_ROWS,
    (("a",), "Assign the ticked rows (or this one) to you"),
    (("e",), "Escalate the ticked rows (or this one) into one case"),
    (("d",), "Open the row and decide"),
    *_ALWAYS,
)
LIST: Keys = (*_ROWS, *_ALWAYS)
ALERT: Keys = (
    (("a",), "Assign to you, or take over"),
    (("d",), "Decide"),
    (("e",), "Escalate into a case"),
    (("j",), "Next alert of the list you came from"),
    (("k",), "Back to that list"),
    *_ALWAYS,
)
CASE: Keys = (
    (("a",), "Investigate it yourself"),
    (("d",), "Decide"),
    (("n",), "Write a note"),
    (("k",), "Back to the cases"),
    *_ALWAYS,
)
