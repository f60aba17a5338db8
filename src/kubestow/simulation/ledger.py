"""Ledger: what a run cost and how long its pods waited.

Nodes are billed per second with a minimum of sixty seconds, as EC2 bills Linux (EC2's page on
on-demand pricing), in integer nano-USD. When a node's price changes (simulation.market), each price
is billed for its seconds; the rest of the minimum is billed at the last price.
"""

from dataclasses import dataclass, field

from kubestow.model.simulated import Point

MINIMUM_SECONDS = 60
_HOUR = 3600


@dataclass(slots=True)
class Ledger:
    """Open and closed bills, waits by pod, and counts."""

    open: dict[str, tuple[int, int]] = field(default_factory=dict)  # since when, nano-USD per hour
    least_until: dict[str, int] = field(default_factory=dict)  # the end of its first minute
    spent: int = 0  # nano-USD x seconds / 3600, kept as nano-USD-seconds
    nodes_launched: int = 0
    nodes_failed: int = 0
    waits: list[int] = field(default_factory=list)
    evictions: int = 0
    preemptions: int = 0
    interruptions: int = 0
    killed: int = 0  # pods that were still on a reclaimed node
    curve: list[Point] = field(default_factory=list)
    idle_cpu_seconds: int = 0
    cpu_seconds: int = 0

    def launch(self, node: str, nano_usd_per_hour: int, at: int) -> None:
        """Start a node's bill."""
        assert node not in self.open, f"{node} is billed already"
        self.open[node] = (at, nano_usd_per_hour)
        self.least_until[node] = at + MINIMUM_SECONDS
        self.nodes_launched += 1

    def reprice(self, node: str, nano_usd_per_hour: int, at: int) -> None:
        """Continue a node's bill at another price."""
        since, price = self.open[node]
        self.spent += price * (at - since)
        self.open[node] = (at, nano_usd_per_hour)

    def end(self, node: str, at: int) -> None:
        """Close a node's bill."""
        since, price = self.open.pop(node)
        self.spent += price * (max(at, self.least_until.pop(node)) - since)

    def nano_usd(self, at: int) -> int:
        """Return the total cost until an instant, in nano-USD."""
        running = sum(price * max(at - since, 0) for since, price in self.open.values())
        return (self.spent + running) // _HOUR

    def rate(self) -> int:
        """Return the current cost of all nodes, in nano-USD per hour."""
        return sum(price for _, price in self.open.values())


def percentile(waits: list[int], share: float) -> int:
    """Return the wait that this share of pods did not exceed; 0 without pods."""
    if not waits:
        return 0
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
