"""The keyboard of the analysts' pages, in words; the pages declare the keys themselves (cloudbank/keys.js). Pure."""

from cloudbank.lists.keys import ALWAYS, ROWS, Keys

QUEUE: Keys = (
    *ROWS,
    (("a",), "Assign the ticked rows (or this one) to you"),
    (("e",), "Escalate the ticked rows (or this one) into one case"),
    (("d",), "Open the row and decide"),
    *ALWAYS,
)
ALERT: Keys = (
    (("a",), "Assign to you, or take over"),
    (("d",), "Decide"),
    (("e",), "Escalate into a case"),
    (("j",), "Next alert of the list you came from"),
    (("k",), "Back to that list"),
    *ALWAYS,
)
CASE: Keys = (
    (("a",), "Investigate it yourself"),
    (("d",), "Decide"),
    (("n",), "Write a note"),
    (("k",), "Back to the cases"),
    *ALWAYS,
)
