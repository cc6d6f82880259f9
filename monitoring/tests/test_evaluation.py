"""The evaluation measures what it says: labels, the bank in memory, the figures, the page, the command."""

import gzip
import io
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.ledger import TRANSFER
from cloudbank.parameters import declared
from monitoring.evaluation import cash
from monitoring.evaluation.habits import strangers_deal
from monitoring.evaluation.measures import Counted, Figures, measured, scores_of
from monitoring.evaluation.outside import amlsim
from monitoring.evaluation.paid import DAY, Paid
from monitoring.evaluation.people import Person
from monitoring.evaluation.report import Cash, Evaluation, page
from monitoring.evaluation.schemes import LEVELS, NAMED, TYPOLOGIES, Scheme
from monitoring.evaluation.tazama import CODES, THRESHOLDS, tazama
from monitoring.evaluation.town import FEWEST, SCHEMES_FROM, History, made_up
from monitoring.evaluation.trial import Done, run_trial
from monitoring.evaluation.watching import Configuration, Noted
from monitoring.rulebook import RULES

SMALL = FEWEST


def parameters() -> dict[str, Any]:
    return {one.code: one.default for one in declared()}


@pytest.fixture(scope="module")
def history() -> History:
    """A small town, in which everything happens once."""
    return made_up(0, SMALL)


@pytest.fixture(scope="module")
def done(history: History) -> Done:
    return run_trial(history, [Configuration("ours", list(RULES), parameters()), tazama(parameters())], _nothing)


# --- the made-up town ------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_history_and_another_seed_another(history: History) -> None:
    def told(one: History) -> list[tuple[Any, ...]]:
        return [(m.at, m.type, m.source, m.target, m.amount, m.scheme) for m in one.movements]

    assert told(made_up(0, SMALL)) == told(history) != told(made_up(1, SMALL))


def test_every_typology_is_planted_at_every_level_by_people_of_its_own(history: History) -> None:
    planted = Counter((one.typology, one.level) for one in history.schemes)
    assert planted == {(typology, level): 1 for typology in TYPOLOGIES for level in LEVELS}
    assert max(Counter(who for one in history.schemes for who in one.members).values()) == 1
    assert set(NAMED) <= set(TYPOLOGIES)


def test_schemes_begin_after_the_rules_have_learnt_and_end_in_time(history: History) -> None:
    labelled = Counter(one.scheme for one in history.movements if one.scheme >= 0)
    for scheme in history.schemes:
        assert labelled[scheme.number] == len(scheme.movements) > 0, scheme.typology
        assert scheme.movements[0].at >= SCHEMES_FROM * DAY
        assert scheme.main <= scheme.members <= {one.ref for one in history.people}
    times = [one.at for one in history.movements]
    assert times == sorted(times)


def test_the_sleepers_of_the_dormant_schemes_sleep(history: History) -> None:
    for scheme in history.schemes:
        if scheme.typology == "dormant reactivation":
            (who,) = (one for one in history.people if one.ref in scheme.main)
            own = [m.at for m in history.movements if m.source == who.account and m.at < scheme.movements[0].at]
            assert own and scheme.movements[0].at - max(own) >= 180 * DAY


def test_strangers_deal_with_each_other_who_have_nothing_to_hide(history: History) -> None:
    dealt = list(strangers_deal(Random(1), history.people, 0, 999))
    assert all(one.scheme < 0 and one.source != one.target for one in dealt)
    sales = [one for one in dealt if one.amount >= 80_000]
    private = [one for one in history.people if one.role in ("worker", "retired")]
    assert 0.8 < len(sales) / (len(private) * 1_000 / 1_400) < 1.2, "about one in four years a person"
    weddings = Counter(one.target for one in dealt if one.amount <= 30_000)
    assert weddings and min(weddings.values()) >= 5


# --- through the rules -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_ledger_takes_the_history(done: Done) -> None:
    assert done.refused <= len(done.history.movements) // 1_000


def test_who_must_be_reported_is_found_and_nobody_else(done: Done) -> None:
    wanted = cash.reportable(done.history)
    assert len(wanted) >= 5 and cash.found(done.history, done.configurations[0].noted) == wanted


def test_patterns_over_several_customers_are_found_night_by_night(done: Done) -> None:
    ours = measured("ours", done.history, done.configurations[0].noted)
    for typology in ("cycle", "scatter-gather", "bipartite", "stack"):
        assert ours.recall_of(typology).share > 0.6, typology
    assert {"cycle", "scatter_gather", "bipartite", "stack"} <= set(ours.rules)
    theirs = {one.rule for one in done.configurations[1].noted}
    assert theirs <= set(CODES), "and only by our own configuration"


def test_tazama_differs_by_numbers_that_are_ours_to_set() -> None:
    known = parameters()
    assert set(THRESHOLDS) <= set(known)
    assert all(one.alone for one in tazama(known).rules)


def test_the_same_movements_give_the_same_findings(history: History) -> None:
    short = History("short", history.people, history.movements[:6_000])
    once, twice = (run_trial(short, [Configuration("x", list(RULES), parameters())], _nothing) for _ in range(2))
    assert once.configurations[0].noted == twice.configurations[0].noted != []


def _nothing(count: int) -> None:
    """No progress wanted."""


# --- the figures -------------------------------------------------------------------------------------------


def small() -> tuple[History, list[Noted]]:
    """Four people, a scheme of two movements by ana and ben, and three findings."""
    people = [Person(f"usr_eval{n:06d}", "worker", "retail", 0, "main", 0) for n in range(4)]
    ana, ben, cyd, dan = (one.ref for one in people)
    moved = [
        Paid(n * DAY, TRANSFER, people[n % 4].account, people[(n + 1) % 4].account, 100, "online") for n in range(8)
    ]
    moved[2].scheme = moved[5].scheme = 0
    scheme = Scheme(0, "cycle", 1, {ana}, {ana, ben}, [moved[2], moved[5]])

    def noted(who: str, rule: str, line: int, **more: Any) -> Noted:
        return Noted(who, rule, more.pop("family", rule), "high", more.pop("alone", True), 1, 1, "count", line, **more)

    return History("small", people, moved, [scheme]), [
        noted(ana, "cycle", 5, lines=(2, 5), members=(ana, ben)),
        noted(cyd, "fan_in", 3),
        noted(dan, "benford", 4, alone=False),
    ]


def test_precision_recall_and_time_to_detect_by_hand() -> None:
    history, noted = small()
    figures = measured("x", history, noted)
    assert figures.alerts == Counted(1, 2) and figures.rules == {"cycle": Counted(1, 1), "fan_in": Counted(0, 1)}
    assert figures.flagged == Counted(2, 3) and figures.member_recall == 1 and round(figures.f1, 3) == 0.8
    assert figures.recall == {("cycle", 1): Counted(1, 1)} and figures.steps == {"cycle": [2]}
    # The order: ana and cyd tie by weight and stand by name, ben is only named, dan's only supports and weighs least.
    assert figures.average_precision == [pytest.approx((1 / 1 + 2 / 3) / 2)]
    assert figures.curves[0][0] == (0.5, 1.0) and figures.precision_at(0.5) == 1.0


def test_whom_a_finding_only_names_around_a_hub_weighs_nothing() -> None:
    history, noted = small()
    ana, ben = noted[0].members
    assert set(scores_of(history, noted[:1])) == {ana, ben} and scores_of(history, noted[:1])[ben] > 0
    noted[0].scores = False
    assert scores_of(history, noted[:1]) == {ana: 0, ben: 0}


def test_a_finding_beside_the_scheme_does_not_find_it() -> None:
    history, noted = small()
    noted[0].line, noted[0].lines = 6, ()
    assert measured("x", history, noted).recall == {("cycle", 1): Counted(0, 1)}
    noted[0].line, noted[0].customer, noted[0].members = 5, noted[1].customer, ()
    assert measured("x", history, noted).recall == {("cycle", 1): Counted(0, 1)}, "it names nobody of the main ones"


def test_what_is_found_while_the_rules_learn_does_not_count() -> None:
    history, noted = small()
    history.counts_from = 4 * DAY
    assert measured("x", history, noted).alerts == Counted(1, 1)


def test_the_page_says_what_is_reached_and_what_is_not(done: Done) -> None:
    ours, theirs = (measured(one.name, done.history, one.noted) for one in done.configurations)
    known = Evaluation("0", SMALL, ours, theirs, Cash(3, 2, 0), (ours, theirs), [(1, 10.0)], "manage.py evaluate_rules")
    text = page(known)
    assert "2 of 3 days, 0 false | **not reached**" in text
    for words in ("| **cycle** |", "27 Money went round in a circle", "AMLSim", "100,000", "precision at 100"):
        assert words in text, words


def test_figures_of_several_histories_are_pooled() -> None:
    history, noted = small()
    whole = Figures("x")
    for _ in range(2):
        whole.add(measured("x", history, noted))
    assert whole.alerts == Counted(2, 4) and whole.recall_of("cycle") == Counted(2, 2) and whole.accounts == 8


# --- the command and outside data ---------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"seeds": "9-5"}, {"seeds": "x"}, {"customers": 10}, {"amlsim": Path("/nowhere")}])
def test_the_command_refuses_what_it_cannot_run(options: dict[str, Any]) -> None:
    with pytest.raises(CommandError):
        call_command("evaluate_rules", stdout=io.StringIO(), **options)


def test_the_amlsim_files_become_a_labelled_history(tmp_path: Path) -> None:
    written(tmp_path / "nodes.csv.gz", "nodeid,isFraud,init_balance,fraudStep\n1,true,10.005,3\n2,false,20,-1\n")
    lines = "sourceNodeId,targetNodeId,value,time\n1,2,5.10,2\n2,1,7,1\n2,2,7,1\n"
    written(tmp_path / "transactions.csv.gz", lines)
    history = amlsim(tmp_path)
    assert [(one.amount, one.at // DAY) for one in history.movements] == [(700, 1), (510, 2)]
    assert history.labelled == {"usr_eval000001"} == history.suspects


def written(path: Path, text: str) -> None:
    with gzip.open(path, "wt") as file:
        file.write(text)
