"""`python -m benchmarks simulate [--sizes N ...] [--around N] [--check]`: where the design gets in its own way.

A model of postings on DynamoDB at a thousand to a hundred million movements a day, run on published limits and on times
that others measured (docs/capacity.md). With --check the same model is fed with what the embedded engine takes, and
compared with real processes that post to it.
"""

from argparse import ArgumentParser
from collections.abc import Sequence

from benchmarks.simulate_check import checked
from benchmarks.simulate_scene import MOST, SEED
from benchmarks.simulate_table import row, sensitivity, table

SIZES = tuple(10**power for power in range(3, 9))


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = ArgumentParser("benchmarks simulate", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="movements a day")
    parser.add_argument("--shards", type=int, default=0, help="instead of those that app.yaml has for the size")
    parser.add_argument("--seed", type=int, default=SEED, help="another day of the same kind")
    parser.add_argument("--movements", type=int, default=MOST, help="simulated in one run, about")
    parser.add_argument("--around", type=int, default=0, help="a size to vary: times of the service, one hot account")
    parser.add_argument("--check", action="store_true", help="compare the model with processes on the embedded engine")
    chosen = parser.parse_args(arguments)
    if min(chosen.sizes) < 1 or chosen.movements < 100 or chosen.shards < 0:
        parser.error("a size is at least one movement a day, a run at least a hundred movements, shards at least one")
    if chosen.check:
        print("\n".join(checked()))
    elif chosen.around:
        print("\n".join(sensitivity(chosen.around, most=chosen.movements, seed=chosen.seed)))
    else:
        sizes = chosen.sizes
        rows = [row(one, shards=chosen.shards, most=chosen.movements, seed=chosen.seed) for one in sizes]
        print("\n".join(table(rows)))
    return 0
