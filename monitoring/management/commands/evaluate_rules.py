"""`manage.py evaluate_rules`: precision, recall and speed of the rules on labelled histories. Needs no database."""

import logging
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank.parameters import declared
from cloudbank.progress import Bar
from monitoring.evaluation import cash
from monitoring.evaluation.measures import Figures, measured
from monitoring.evaluation.outside import FILES, amlsim
from monitoring.evaluation.report import Cash, Evaluation, page
from monitoring.evaluation.tazama import tazama
from monitoring.evaluation.town import CUSTOMERS, FEWEST, History, made_up
from monitoring.evaluation.trial import run_trial
from monitoring.evaluation.watching import Configuration
from monitoring.rulebook import RULES

HELD_OUT = "5-9"
TIMED, TIMED_RULES = 8_000, (1, 10)


class Command(BaseCommand):
    help = (
        "Run labelled histories through the rules in memory and report precision, recall by typology, the order of the "
        "customer score, time to detect and speed. Seeds 0-4 are for tuning; report on 5-9."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which histories, and where the page goes."""
        parser.add_argument("--seeds", default=HELD_OUT, metavar="FROM-TO", help="made-up towns (default: 5-9)")
        parser.add_argument("--customers", type=int, default=CUSTOMERS, metavar="N", help="of each town")
        parser.add_argument("--amlsim", type=Path, metavar="FOLDER", help="a folder with the AMLSim sample, too")
        parser.add_argument("--output", type=Path, metavar="FILE", help="write the page here (default: print it)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, measure, write."""
        seeds, folder = _seeds(options["seeds"]), options["amlsim"]
        if options["customers"] < FEWEST:
            raise CommandError(f"a town needs {FEWEST} customers or more, so that schemes find their members")
        if folder and not all((folder / name).is_file() for name in FILES):
            raise CommandError(f"{folder} does not hold {' and '.join(FILES)}")
        logging.getLogger("monitoring.screen").setLevel(logging.CRITICAL)  # a failing rule is a finding, and shows
        parameters = {one.code: one.default for one in declared()}
        ours, theirs, suite = Figures("ours"), Figures("theirs"), Cash()
        for seed in seeds:
            history = made_up(seed, options["customers"])
            for whole, figures in zip((ours, theirs), self._both(history, parameters, suite), strict=True):
                whole.add(figures)
        outside = self._both(amlsim(folder), parameters, Cash()) if folder else None
        command = f"manage.py evaluate_rules --seeds {options['seeds']} --customers {options['customers']}"
        known = Evaluation(
            seeds=options["seeds"],
            customers=options["customers"],
            ours=ours,
            theirs=theirs,
            cash=suite,
            outside=outside,
            speeds=self._speeds(seeds[0], options["customers"], parameters),
            command=command + (" --amlsim FOLDER" if folder else ""),
        )
        self._write(page(known), options["output"])

    def _both(self, history: History, parameters: dict[str, Any], suite: Cash) -> tuple[Figures, Figures]:
        both = [Configuration("ours", list(RULES), parameters), tazama(parameters)]
        self._run(history, both)
        wanted, found = cash.reportable(history), cash.found(history, both[0].noted)
        suite.wanted += len(wanted)
        suite.found += len(wanted & found)
        suite.false += len(found - wanted)
        ours, theirs = (measured(one.name, history, one.noted) for one in both)
        return ours, theirs

    def _speeds(self, seed: int, customers: int, parameters: dict[str, Any]) -> list[tuple[int, float]]:
        """The same movements with 1, 10 and all rules, side by side."""
        history = made_up(seed, customers)
        history.movements = history.movements[:TIMED]
        rules = sorted(RULES, key=lambda one: one.number)
        sizes = [*TIMED_RULES, len(rules)]
        timed = [Configuration(str(size), rules[:size], parameters, patterns=False) for size in sizes]
        self._run(history, timed)
        return [(size, 1e6 * one.seconds / len(history.movements)) for size, one in zip(sizes, timed, strict=True)]

    def _run(self, history: History, configurations: list[Configuration]) -> None:
        with Bar(history.name, len(history.movements)) as bar:
            advance: Callable[[int], None] = bar.advance
            run_trial(history, configurations, advance)

    def _write(self, text: str, output: Path | None) -> None:
        if output is None:
            self.stdout.write(text)
            return
        output.write_text(text, encoding="utf-8")
        self.stdout.write(f"Written to {output}.")
        print(text.split("## Recall")[0].split("## Targets")[1], file=sys.stderr)


def _seeds(text: str) -> list[int]:
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit() or int(last or first) < int(first):
        raise CommandError("--seeds takes a number or a range such as 5-9")
    return list(range(int(first), int(last or first) + 1))
