"""Rule 28, third shape: three layers, each paying all of the next."""

from monitoring.edges import Edge
from monitoring.patternbook import Found, pattern
from monitoring.patterns.bipartite import FACTS, Layers


@pattern("stack", title="Money passed through three layers", part=3, **FACTS)
class Stack(Layers):
    """Several customers pay the same several others, and these pay the same several again, within two weeks: three
    layers. Customers who collect and pay by trade do not count.
    """

    def take(self, edge: Edge) -> list[Found]:
        """The lower two layers that this payment completes, when a third one stood above them before."""
        both = self.two_layers(edge)
        if both is None:
            return []
        above = self.upstream(both[0], both[2], edge.at - self._seconds)
        if above is None:
            return []
        top, middles, upper_path = above
        lower_path = [one for one in both[2] if one.payer in middles]
        lower = [who for who in both[1] if sum(one.payee == who for one in lower_path) >= self._width]
        lower_path = [one for one in lower_path if one.payee in lower]
        sentence = f"{len(top)} customers paid the same {len(middles)}, and these the same {len(lower)}"
        return [self.found("stack", [top, middles, lower], upper_path + lower_path, sentence)]
