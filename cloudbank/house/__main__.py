"""`python -m cloudbank.house setup|run|stop|manage`: what the Makefile calls."""

import argparse
import sys

from cloudbank.house import bank
from cloudbank.house.console import Problem, guarded
from cloudbank.house.install import install


def port_number(text: str) -> int:
    """A TCP port as people type it."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Problem(f"PORT={text} is no port; write a number from 1024 to 65535: make run PORT=8000")
    return int(text)


def main(arguments: list[str]) -> int:
    """Run one of the sub-commands; the exit code."""
    parser = argparse.ArgumentParser(prog="cloudbank.house", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="install what is missing")
    commands.add_parser("run", help="start the bank").add_argument("--port", default="8000")
    commands.add_parser("stop", help="end what run started")
    commands.add_parser("manage", help="manage.py against the running bank").add_argument(
        "rest", nargs=argparse.REMAINDER
    )
    asked = parser.parse_args(arguments)
    if asked.command == "manage":
        codes: list[int] = []
        return guarded(lambda: codes.append(bank.manage(asked.rest))) or codes[0]
    work = {"setup": install, "run": lambda: bank.run(port_number(asked.port)), "stop": bank.stop}
    return guarded(work[asked.command])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
