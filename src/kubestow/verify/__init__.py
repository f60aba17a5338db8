"""The judge: is this plan legal on this snapshot?

The judge shares no code with what it judges, so that they share no misreading. Simple beats
clever here. An empty answer means that every rule below holds.
"""

from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.violation import Violation
from kubestow.verify.accounting import accounting
from kubestow.verify.anti_affinity import anti_affinity
from kubestow.verify.daemonsets import daemonsets
from kubestow.verify.final_state import build_world
from kubestow.verify.fleet import facts_of, fleet
from kubestow.verify.money import money
from kubestow.verify.nodepools import limits, min_values
from kubestow.verify.order import order
from kubestow.verify.placement import capacity, collisions, placement
from kubestow.verify.selection import selection_of
from kubestow.verify.spot_choice import spot_choice
from kubestow.verify.volumes import volumes

__all__ = ["Violation", "judge"]


def judge(snapshot: Snapshot, plan: Plan, pools: tuple[NodePool, ...]) -> tuple[Violation, ...]:
    """Return every violation of a rule, sorted; none means that the plan is legal."""
    final_state = build_world(snapshot, plan, pools)
    facts = facts_of(snapshot)
    selection = selection_of(final_state)
    violations = {
        *accounting(final_state),
        *money(final_state),
        *fleet(final_state, facts),
        *limits(final_state, facts),
        *min_values(final_state, facts),
        *spot_choice(final_state, facts),
        *daemonsets(final_state),
        *placement(final_state),
        *capacity(final_state),
        *collisions(final_state),
        *volumes(final_state),
        *anti_affinity(final_state, selection),
        *order(final_state, selection),
    }
    return tuple(sorted(violations))
