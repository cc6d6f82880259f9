"""Where things are, relative to the tree that holds this file."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("BANK_VAR_DIR", ROOT / "var"))
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"


def venv_tool(name: str) -> Path:
    """A program of the virtual environment."""
    return VENV / "bin" / name
