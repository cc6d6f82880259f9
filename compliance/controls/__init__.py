"""The controls: one file each, found by the registry.

To add one: a new file here with a subclass of `compliance.control.Control` under
`@control("its-code")`. The page, the score, the daily snapshot and the tests loop over them.
"""

from typing import TYPE_CHECKING

from cloudbank.registry import Registry

if TYPE_CHECKING:
    from compliance.control import Control

CONTROLS: "Registry[Control]" = Registry("compliance.controls")


def find_control(code: str) -> "Control | None":
    """The control with this code, or None."""
    if code not in CONTROLS:
        return None
    return CONTROLS[code]
