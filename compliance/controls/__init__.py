"""The controls: one file each, found by the registry.

To add one: a new file here with a subclass of `compliance.control.Control` under
`@control("its-code")`. The page, the score, the daily snapshot and the tests loop over them.
"""

from typing import TYPE_CHECKING

from cloudbank.registry import Registry

if TYPE_CHECKING:
    from compliance.control import Control

CONTROLS: "Registry[Control]" = Registry("compliance.controls")


def needed_for(code: str) -> str:
    """The permission without which nobody may learn how this control stands; "" for none, and for an unknown code."""
    found = find_control(code)
    return found.permission if found else ""


def secrets() -> list[str]:
    """The permissions that some control asks for."""
    return sorted({control.permission for control in CONTROLS if control.permission})


def find_control(code: str) -> "Control | None":
    """The control with this code, or None."""
    if code not in CONTROLS:
        return None
    return CONTROLS[code]
