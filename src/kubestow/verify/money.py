"""Money: the plan's cost is the sum of its new nodes' prices, and its bound is not above it."""

from collections.abc import Iterator

from kubestow.model.violation import Violation
from kubestow.verify.final_state import FinalState


def money(final_state: FinalState) -> Iterator[Violation]:
    """Find a cost that does not add up, and an impossible bound."""
    plan = final_state.plan
    new = [node.price.nano_usd_per_hour for node in plan.nodes if not node.existing]
    cost, bound = plan.cost_nano_usd_per_hour, plan.lower_bound.nano_usd_per_hour
    if cost != sum(new):
        yield Violation("Money", "plan", f"the cost is {cost}, the new nodes add up to {sum(new)}")
    if bound > sum(new):
        yield Violation("Money", "plan", f"the bound {bound} is above the cost {sum(new)}")
    if bound < 0:
        yield Violation("Money", "plan", f"the bound {bound} is negative")
