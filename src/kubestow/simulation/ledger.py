"""Ledger: what a run cost, and what happened to its pods.

EC2 bills Linux by the second, at least sixty seconds a node; money is integer nano-USD. Source:
EC2's page on on-demand pricing. A node whose price changes pays each price for its seconds
(simulation.market), and the last one for what the minimum adds. Surplus CPU credits are charged as
they are used; EC2 takes the mean of a day, or of the node's life, so a load that rises and falls
around the baseline costs less than it does here.
"""

from dataclasses import dataclass, field

from kubestow.model.simulated import Point

MINIMUM_SECONDS = 60
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Bill:
    """The price of a running node, and since when it has been paid."""

    since: int
    nano_usd_per_hour: int

    def nano_usd_seconds(self, at: int) -> int:
        """Return what is due until an instant, in nano-USD an hour times seconds."""
        return self.nano_usd_per_hour * (at - self.since)


@dataclass(slots=True)
class Ledger:
    """Open bills by node, what is paid so far, waits of pods, and counts."""

    open: dict[str, Bill] = field(default_factory=dict)
    surplus: dict[str, Bill] = field(default_factory=dict)  # CPU credits of burstable nodes
    least_until: dict[str, int] = field(default_factory=dict)  # the end of its first minute
    spent: int = 0  # nano-USD an hour times seconds
    nodes_launched: int = 0
    nodes_failed: int = 0
    waits: list[int] = field(default_factory=list)
    evictions: int = 0
    preemptions: int = 0
    landed: int = 0  # pods bound to held nodes
    interruptions: int = 0
    killed: int = 0  # pods that were still on a node that EC2 took back
    curve: list[Point] = field(default_factory=list)
    idle_cpu_seconds: int = 0
    cpu_seconds: int = 0

    def launch(self, node: str, nano_usd_per_hour: int, at: int) -> None:
        """Open the bill of a node."""
        assert node not in self.open, f"{node} is billed already"
        self.open[node] = Bill(at, nano_usd_per_hour)
        self.least_until[node] = at + MINIMUM_SECONDS
        self.nodes_launched += 1

    def reprice(self, node: str, nano_usd_per_hour: int, at: int) -> None:
        """Continue the bill of a node at another price."""
        self.spent += self.open[node].nano_usd_seconds(at)
        self.open[node] = Bill(at, nano_usd_per_hour)

    def charge(self, node: str, nano_usd_per_hour: int, at: int) -> None:
        """Charge a node so much for surplus CPU credits from now on."""
        before = self.surplus.pop(node, None)
        if before is not None:
            self.spent += before.nano_usd_seconds(at)
        if nano_usd_per_hour:
            self.surplus[node] = Bill(at, nano_usd_per_hour)

    def end(self, node: str, at: int) -> None:
        """Close the bill of a node."""
        self.charge(node, 0, at)
        bill = self.open.pop(node)
        self.spent += bill.nano_usd_seconds(max(at, self.least_until.pop(node)))

    def nano_usd(self, at: int) -> int:
        """Return what was spent until an instant, in nano-USD."""
        bills = (*self.open.values(), *self.surplus.values())
        running = sum(bill.nano_usd_seconds(max(at, bill.since)) for bill in bills)
        return (self.spent + running) // _HOUR

    def rate(self) -> int:
        """Return what the nodes cost now, in nano-USD an hour."""
        return sum(b.nano_usd_per_hour for b in (*self.open.values(), *self.surplus.values()))


def percentile(waits: list[int], share: float) -> int:
    """Return the wait that a share of pods did not exceed; 0 if there are no pods."""
    if not waits:
        return 0
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
