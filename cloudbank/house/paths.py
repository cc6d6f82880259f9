"""Where things are, relative to the tree that holds this file."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"


def venv_tool(name: str) -> Path:
    """A program of the virtual environment."""
    return VENV / "bin" / name
