"""What `make setup` installs: Python packages by hash, front-end packages and the engine from npm."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cloudbank.house.console import Problem, say
from cloudbank.house.paths import NODE_MODULES, ROOT, VAR, VENV, venv_tool
from cloudbank.house.stamps import Stamp, digest_of_contents

REQUIREMENTS = ROOT / "requirements.txt"
NODEJS = ROOT / "cloudbank" / "house" / "nodejs.txt"
PACKAGE_LOCK = ROOT / "package-lock.json"
LOG = VAR / "setup.log"
NO_NETWORK = re.compile(
    "name resolution|nodename nor servname|Name or service not known|dns error|ENOTFOUND|EAI_AGAIN|ECONNREFUSED"
    "|ETIMEDOUT|Network is unreachable|Connection refused|Could not connect|error sending request|NewConnectionError",
    re.IGNORECASE,
)
OLDEST_NPM = 7  # the first that reads this package-lock.json


def install() -> None:
    """Everything that the bank needs on this machine; nothing when it is already there."""
    install_python()
    install_node()


def install_python() -> None:
    """The virtual environment and the packages of requirements.txt, each checked by its hash."""
    stamp = Stamp(VENV / ".stamp", digest_of_contents([REQUIREMENTS]))
    if stamp.fresh and venv_tool("python").exists():
        return
    if not venv_tool("python").exists():
        say("Making the virtual environment ...")
        _venv()
    say("Installing Python packages ...")
    _install_uv()
    _uv(REQUIREMENTS)
    stamp.set()


def install_node() -> None:
    """The front-end packages and the embedded engine, exactly as package-lock.json says."""
    stamp = Stamp(NODE_MODULES / ".stamp", digest_of_contents([PACKAGE_LOCK]))
    if stamp.fresh:
        return
    npm = find_npm()
    say("Installing front-end packages and the embedded DynamoDB from npm ...")
    _attempt([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "the npm packages")
    stamp.set()


def find_npm() -> str:
    """The system's npm when it is young enough, otherwise one from PyPI in the virtual environment."""
    system = shutil.which("npm")
    if system and _npm_major(system) >= OLDEST_NPM:
        return system
    own = venv_tool("npm")
    if not own.exists():
        say("No npm here: installing one from PyPI into .venv ...")
        _uv(NODEJS)
    return str(own)


def _npm_major(npm: str) -> int:
    asked = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
    major = asked.stdout.partition(".")[0].strip()
    return int(major) if asked.returncode == 0 and major.isdigit() else 0


def _venv() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        raise Problem(f"{version} cannot make a virtual environment; on Debian: apt-get install {version}-venv")


def _install_uv() -> None:
    """The installer itself, by the hash it has in requirements.txt: no step of the chain goes unchecked."""
    locked = re.search(r"^uv==.*(?:\n +--hash=.*)+", REQUIREMENTS.read_text(), re.MULTILINE)
    if locked is None:
        raise Problem("requirements.txt does not lock uv; restore the file from git, or run: make lock")
    only_uv = VENV / "uv.txt"
    only_uv.write_text(locked.group(0) + "\n")
    pip = [str(venv_tool("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _attempt([*pip, "--require-hashes", "-r", str(only_uv)], "the Python packages")


def _uv(locked: Path) -> None:
    uv = [str(venv_tool("uv")), "pip", "install", "--quiet", "--python", str(venv_tool("python"))]
    _attempt([*uv, "--require-hashes", "-r", str(locked)], "the Python packages")


def _attempt(command: Sequence[str], what: str) -> None:
    VAR.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        done = subprocess.run(list(command), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise Problem(why_not(what, LOG.read_text(errors="replace")))


def why_not(what: str, said: str) -> str:
    """One line from the log of an installer that failed."""
    if NO_NETWORK.search(said):
        return f"no network: {what} could not be fetched. Connect (or set HTTPS_PROXY) and run make again; log: {LOG}"
    if "No space left" in said:
        return f"the disk is full: {what} need about 700 MB. Free some space and run make again"
    lines = [line.strip() for line in said.splitlines() if "rror" in line] or [
        line for line in said.splitlines() if line
    ]
    reason = lines[0][:200] if lines else "it said nothing"
    return f"{what} could not be installed ({reason}); the whole log is {LOG}"
