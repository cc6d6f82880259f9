"""The model against formulas and plain sense: nothing is lost, who meets nobody is never refused, limits hold."""

import math
import random
from collections.abc import Iterator

import pytest

from accounts.services.posting import ATTEMPTS
from benchmarks import simulate
from benchmarks.simulate_demand import BUSIEST, DAY_SECONDS, Bank, Demand, Item, Keys, busyness
from benchmarks.simulate_model import Model, Outcome, Service
from benchmarks.simulate_scene import Scene, simulated, with_shards
from benchmarks.simulate_table import KINDS, TOLD, row
from cloudbank.costs import ITEM_UNITS, PEAK
from cloudbank.tests.cloudformation import ROOT

INSTANT = ((0.0, 0.0), (1.0, 0.0))


def always(seconds: float) -> tuple[tuple[float, float], ...]:
    """A request that takes just so long."""
    return ((0.0, seconds), (1.0, seconds))


def poisson(rate: float, number: int, dice: random.Random, items: int = 1, **more: float) -> Iterator[Demand]:
    """So many movements a second, each at one of some items that no version guards."""
    at = 0.0
    for _ in range(number):
        at += dice.expovariate(rate)
        item = Item("day shard", f"item {dice.randrange(items)}", False, **more)
        yield Demand(at, (item,), (), ())


def ran(service: Service, demands: Iterator[Demand], *, attempts: int = ATTEMPTS) -> Outcome:
    """One run on four processes."""
    return Model(service, 4, random.Random(1), attempts=attempts).run(demands)


@pytest.mark.parametrize("rate, items", [(50, 1), (200, 1), (200, 4)])
@pytest.mark.parametrize("times", [always(0.01), ((0.0, 0.0), (1.0, 0.02))])
def test_refusals_are_those_of_erlangs_loss_formula(
    rate: float, items: int, times: tuple[tuple[float, float], ...]
) -> None:
    """One server without a queue refuses a/(1+a) of all, a = rate x mean time, whatever the distribution is."""
    service, number = Service(INSTANT, times, INSTANT, held=(0.0, 1.0)), 4_000
    seen = ran(service, poisson(rate, number, random.Random(rate + items), items), attempts=1)
    load = rate / items * 0.01
    expected = load / (1 + load)
    assert seen.refused_share == pytest.approx(expected, abs=5 * math.sqrt(expected * (1 - expected) / number))
    assert seen.busy == seen.refused["day shard conflict"]


@pytest.mark.parametrize("rate, partitions", [(30, 0), (300, 0), (300, 1)])
def test_every_movement_ends_and_every_try_is_accounted_for(rate: float, partitions: int) -> None:
    service = Service(always(0.004), always(0.02), INSTANT, partitions=partitions)
    seen = ran(service, poisson(rate, 2_000, random.Random(3)))
    assert seen.arrived == 2_000 == seen.posted + seen.busy == len(seen.added)
    assert seen.tries == seen.posted + sum(seen.refused.values())
    assert seen.again <= sum(seen.refused.values()) <= ATTEMPTS * seen.arrived
    assert (seen.busy > 0) is (rate == 300)
    assert min(seen.added) == 0.0 and sum(one > 0 for one in seen.added) == seen.again


def test_who_meets_nobody_is_never_refused() -> None:
    service = Service(always(0.01), always(0.03), INSTANT)
    alone = (
        Demand(n / 100, (Item("account", f"a{n}", True), Item("day shard", f"s{n}", False)), (f"a{n}",), ())
        for n in range(500)
    )
    seen = ran(service, alone)
    assert (seen.posted, seen.tries, seen.again, seen.busy) == (500, 500, 0, 0)
    assert set(seen.added) == {0.0}


def test_one_account_carries_no_more_than_one_movement_after_the_other() -> None:
    """Read 10 ms, save 30 ms of which the item is prepared from 12 to 27 ms: it is free for the next after 15 ms."""
    service = Service(always(0.01), always(0.03), INSTANT, reads=1)
    item = Item("account", "one", True)
    seen = ran(service, (Demand(n / 1_000, (item,), ("one",), ()) for n in range(1_000)))
    assert seen.refused["account version"] > 0
    assert 0 < seen.posted <= seen.seconds / 0.015
    assert seen.posted + seen.busy == 1_000


def test_turns_in_one_process_spare_refusals_that_several_processes_have() -> None:
    service = Service(always(0.01), always(0.03), INSTANT, reads=1)
    demands = [Demand(n / 10, (Item("account", "one", True),), ("one",), ()) for n in range(200) for _ in range(2)]
    alone = Model(service, 1, random.Random(1)).run(demands)
    several = Model(service, 8, random.Random(1)).run(demands)
    assert alone.refused_share == 0.0
    assert several.refused_share > 0.2


def test_an_item_takes_no_more_units_than_its_partition_has() -> None:
    service = Service(INSTANT, always(0.000_01), INSTANT, partitions=1)
    seen = ran(service, poisson(1_000, 5_000, random.Random(4), units=4.0), attempts=1)
    seconds = seen.seconds
    assert seen.refused["throttled"] > 2_000
    assert seen.posted * 4.0 <= ITEM_UNITS * (seconds + 1)
    assert seen.posted * 4.0 >= ITEM_UNITS * seconds * 0.9


def test_the_day_has_its_average_and_its_busiest_second() -> None:
    values = [busyness(second) for second in range(0, DAY_SECONDS, 60)]
    assert sum(values) / len(values) == pytest.approx(1.0, abs=0.001)
    assert max(values) == pytest.approx(PEAK) == busyness(BUSIEST)


def test_a_stretch_holds_about_so_many_arrivals_in_order() -> None:
    bank = Bank(10_000_000, 20_000_000)
    first, last = bank.stretch(5_000)
    times = list(bank.arrivals(first, last, random.Random(5)))
    assert len(times) == pytest.approx(5_000, rel=0.15)
    assert times == sorted(times) and first < times[0] and times[-1] < last
    assert Bank(500, 1_000).stretch(5_000) == (0.0, DAY_SECONDS)


def test_counters_stand_where_the_bank_puts_them() -> None:
    with with_shards(8):
        eight = Keys(8)
    assert [item.key for item in eight.shards] == [f"day#USD#2026-11-30#{n}" for n in range(8)]
    assert len({part[0].key for part in eight.cells}) == 1
    with with_shards(128):
        many = Keys(128)
        assert len({part[0].key for part in many.cells}) == 16
        assert len(set(many.groups)) == 64
        assert len({part[0].key for part in Keys(128, spread=False).cells}) == 1


def test_more_shards_never_mean_more_refusals() -> None:
    shares = [simulated(Scene.of(3_000_000, shards), most=1_500).refused_share for shards in (8, 32, 128)]
    assert shares[0] > 2 * shares[1] > 4 * shares[2]


def test_the_same_seed_is_the_same_day() -> None:
    scene = Scene.of(1_000_000)
    one, again, other = (simulated(scene, most=800, seed=seed) for seed in (1, 1, 2))
    assert (one.tries, one.refused, one.added) == (again.tries, again.refused, again.added)
    assert one.added != other.added


def test_the_document_has_what_the_model_says() -> None:
    """A small bank is simulated anew; of the others, what needs no run."""
    lines = (ROOT / "docs" / "capacity.md").read_text(encoding="utf-8").splitlines()
    cells = {
        line.split("|")[1].strip(): [one.strip() for one in line.split("|")[2:-1]] for line in lines if "|" in line
    }
    assert cells["movements a day"] == [f"{size:,}" for size in simulate.SIZES]
    small = row(simulate.SIZES[0])
    assert [cells[name][0] for name, _ in TOLD] == [said(small) for _, said in TOLD]
    for place, size in enumerate(simulate.SIZES):
        scene = Scene.of(size)
        assert cells["movements in the busiest second"][place] == f"{scene.peak:,.1f}"
        assert cells["shards; web processes"][place] == f"{scene.shards}; {scene.processes}"
    assert set(KINDS) == {"day shard", "cube cell", "by_day", "account"}


@pytest.mark.parametrize("wrong", [["--sizes", "0"], ["--sizes", "many"], ["--movements", "5"], ["--nonsense"]])
def test_nonsense_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        simulate.main(wrong)
    assert "error" in capsys.readouterr().err
