"""Rule 28, second shape: several customers who all pay the same several others (two layers), and what stood before."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import DAY_SECONDS
from monitoring.edges import Edge, EdgeWindow
from monitoring.layers import Capped, common_group, latest
from monitoring.patternbook import SENDER_EXEMPT, Found, account_names, money, pattern
from monitoring.rulebook import HIGH, Hit, Threshold, day_text

SOURCE = "AMLSim bipartite and stack; catalogue: 3 within 14 days"
WIDTH = Threshold("rule.layers.width", "Customers in each layer", "int", 3, SOURCE, 2, 10)
DAYS = Threshold("rule.layers.days", "From the first payment to the last", "days", 14, SOURCE, 1, 14)
SMALLEST = Threshold(
    "rule.layers.smallest", "Payments below it are left out", "money", 5_000, "bank policy: a floor under every ratio"
)
PARAMETERS = (WIDTH, DAYS, SMALLEST, SENDER_EXEMPT)
FACTS: dict[str, Any] = {
    "number": 28,
    "severity": HIGH,
    "family": "network",
    "source": SOURCE,
    "parameters": PARAMETERS,
}

TwoLayers = tuple[list[str], list[str], list[Edge]]


class Layers:
    """What both shapes share: the two layers that a payment completes."""

    def __init__(self, window: EdgeWindow, parameters: Mapping[str, Any]) -> None:
        self._window = window
        self._width, self._days = parameters[WIDTH.code], parameters[DAYS.code]
        self._seconds, self._smallest = self._days * DAY_SECONDS, parameters[SMALLEST.code]
        self.capped = 0

    def two_layers(self, edge: Edge) -> "TwoLayers | None":
        """Payers, payees and the newest payment between each two of them, with `edge` among these; or None. Both
        shapes have the same parameters, so it is looked for once.
        """
        return self._window.once("two layers", edge, self._two_layers)

    def _two_layers(self, edge: Edge) -> "TwoLayers | None":
        if edge.amount < self._smallest:
            return None
        since, others = edge.at - self._seconds, self._width - 1
        if not (
            self._window.are_recent(edge.payee, self._width, since, incoming=True)
            and self._window.are_recent(edge.payer, self._width, since, incoming=False)
        ):
            return None
        payers = self._neighbours(edge.payee, since, payers=True)
        payees = self._neighbours(edge.payer, since, payers=False)
        payers.pop(edge.payer, None)
        payees.pop(edge.payee, None)
        if len(payers) < others or len(payees) < others:
            return None
        paid = {one: self._neighbours(one, since, payers=False) for one in payers if one != edge.payee}
        sets = {one: frozenset(to.keys() & payees.keys()) - {one} for one, to in paid.items()}
        core = self._common(sets, others, others)
        if core is None:
            return None
        upper, lower = [edge.payer, *core[0]], [edge.payee, *sorted(core[1])]
        if set(upper) & set(lower):
            return None
        paid[edge.payer] = payees | {edge.payee: edge}
        path = [paid[who][to] for who in upper for to in lower if to in paid[who]]
        return upper, lower, path

    def upstream(
        self, upper: list[str], path: list[Edge], since: int
    ) -> tuple[list[str], list[str], list[Edge]] | None:
        """Who all paid the same several of `upper` before these paid on; or None."""
        paid_on = {who: max(one.number for one in path if one.payer == who) for who in upper}
        inside = {one.payee for one in path} | set(upper)
        came: dict[str, dict[str, Edge]] = {}
        for middle in upper:
            for payer, edge in self._neighbours(middle, since, payers=True).items():
                if payer not in inside and edge.number < paid_on[middle]:
                    came.setdefault(payer, {})[middle] = edge
        sets = {payer: frozenset(to) for payer, to in came.items()}
        core = self._common(sets, self._width, self._width)
        if core is None:
            return None
        top, middles = core[0], sorted(core[1])
        return top, middles, [came[payer][middle] for payer in top for middle in middles]

    def _neighbours(self, who: str, since: int, *, payers: bool) -> dict[str, Edge]:
        edges = self._window.sent_to(who, since) if payers else self._window.sent_by(who, since)
        return latest((edge for edge in edges if edge.amount >= self._smallest), payers=payers)

    def _common(self, sets: Mapping[str, frozenset[str]], owners: int, least: int) -> Any:
        try:
            return common_group(sets, owners, least)
        except Capped:
            self.capped += 1
            return None

    def found(self, rule: str, layers: list[list[str]], path: list[Edge], sentence: str) -> Found:
        """The answer; its head is who paid most."""
        ordered = tuple(sorted(path, key=lambda one: one.number))
        paid = {who: sum(one.amount for one in path if one.payer == who) for who in layers[0]}
        head = max(sorted(paid), key=lambda who: paid[who])
        rest = [who for layer in layers for who in layer if who != head]
        first, last, whole = ordered[0], ordered[-1], sum(one.amount for one in path)
        accounts = [one.payer_account for one in ordered] + [one.payee_account for one in ordered]
        return Found(
            rule=rule,
            customer_id=head,
            members=(head, *rest),
            path=ordered,
            needs=tuple((frozenset(layer), self._width) for layer in layers),
            key="|".join(sorted([head, *rest])),
            hit=Hit(
                value=min(len(layer) for layer in layers),
                threshold=self._width,
                unit="count",
                sentence=(
                    f"{sentence}: {len(path)} payments of {money(whole, last.currency)} between"
                    f" {day_text(first.day)} and {day_text(last.day)}; {self._width} in each layer"
                    f" within {self._days} days are unusual."
                    f" Accounts: {account_names(accounts)}."
                ),
                inputs={"layers": [len(layer) for layer in layers], "payments": len(path), "sum": whole},
                days=1 + last.day - first.day,
            ),
        )


@pattern("bipartite", title="The same several paid by the same several", part=2, **FACTS)
class Bipartite(Layers):
    """Several customers each pay the same several others within two weeks: two layers, everybody to everybody.
    Customers who collect and pay by trade do not count.
    """

    def take(self, edge: Edge) -> list[Found]:
        """The two layers that this payment completes."""
        both = self.two_layers(edge)
        if both is None:
            return []
        upper, lower, path = both
        sentence = f"{len(upper)} customers each paid the same {len(lower)} others"
        return [self.found("bipartite", [upper, lower], path, sentence)]
