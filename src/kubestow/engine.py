"""The decision as one function: a snapshot in, a plan out; or a decision, by a policy and memory.

The functions are pure. Whoever shows or carries out a plan has it judged by kubestow.verify first.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kubestow.model.certificate import Certificate
from kubestow.model.decision import Decision
from kubestow.model.kinds import KindsCurve, KindsWish
from kubestow.model.memory import Memory
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.warm_start import WarmStart
from kubestow.policies.policy import Policy
from kubestow.provisioning.certify import certify
from kubestow.provisioning.chosen_plan import chosen_plan
from kubestow.provisioning.packing.fleet_search import WORK_LIMIT
from kubestow.provisioning.preparation import offerings
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.proof.warm_start import PreviousSolution, remember
from kubestow.provisioning.provision import GAP
from kubestow.provisioning.rehearsed.plan_choice import ORDERS, mend


def pools_of(snapshot: Snapshot) -> tuple[NodePool, ...]:
    """Return the pools a plan may launch from: the input's, or the built-in defaults."""
    return offerings.pools_of(snapshot.cluster)


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan; on demand, the certificate of its minimum and a start for the next solve.

    ``kinds`` are the costs by number of instance types, where they were asked for, and ``others``
    plans of few other types.
    """

    plan: Plan
    certificate: Callable[[], Certificate]
    warm_start: Callable[[], WarmStart]
    kinds: KindsCurve | None = None
    others: tuple[Plan, ...] = ()


def plan(
    snapshot: Snapshot,
    *,
    work_limit: int = WORK_LIMIT,
    seed: int = 0,
    reporter: Reporter | None = None,
    gap: float = GAP,
    cache: PlanningCache | None = None,
) -> Plan:
    """Plan the cheapest fleet found for the snapshot's pending pods.

    The search ends at ``gap`` above the proven minimum (0.01 is one percent), when ``work_limit``
    is done, or when the reporter asks for it; the same three and the seed give the same plan.
    Whoever plans again and again has a ``cache``.
    """
    solved = solve(
        snapshot, work_limit=work_limit, seed=seed, reporter=reporter, gap=gap, cache=cache
    )
    return solved.plan


def solve(
    snapshot: Snapshot,
    *,
    work_limit: int = WORK_LIMIT,
    seed: int = 0,
    reporter: Reporter | None = None,
    gap: float = GAP,
    start: WarmStart | None = None,
    cache: PlanningCache | None = None,
    kinds: KindsWish | None = None,
    holds_gap: bool = False,
) -> Solved:
    """Plan as ``plan`` does; ``start`` is what the solve of a similar snapshot left.

    With ``kinds`` the plan is of as few instance types as they say. If it ``holds_gap``, fewer
    kinds do not take it above the gap.
    """
    chosen = chosen_plan(
        snapshot,
        pools_of(snapshot),
        kinds,
        work_limit=work_limit,
        seed=seed,
        reporter=reporter,
        gap=gap,
        holds_gap=holds_gap,
        start=start,
        cache=cache,
    )
    planned, fleet = chosen.plan, chosen.fleet
    return Solved(
        planned,
        lambda: certify(fleet, planned),
        lambda: remember(
            fleet.prepared, fleet.nodes, PreviousSolution(fleet.prover.values, fleet.prover.loads)
        ),
        chosen.kinds,
        chosen.others,
    )


def rehearse(
    snapshot: Snapshot,
    plan: Plan,
    *,
    orders: int = ORDERS,
    seed: int = 0,
    reporter: Reporter | None = None,
    kinds: KindsCurve | None = None,
    wish: KindsWish | None = None,
    others: tuple[Plan, ...] = (),
) -> Plan:
    """Play a plan through kube-scheduler's own cycle in several orders of arrival; mend it.

    It keeps to few kinds of nodes as far as the plan was chosen by ``kinds`` and a ``wish``;
    ``others`` are plans for the same pods, from which a fleet may be made as well.
    """
    reporter = reporter or SilentReporter()
    return mend(
        snapshot,
        plan,
        orders=orders,
        seed=seed,
        reporter=reporter,
        kinds=kinds,
        wish=wish,
        others=others,
    )


def step(
    snapshot: Snapshot, memory: Memory, policy: Policy, reporter: Reporter | None = None
) -> tuple[Decision, Memory]:
    """Return what an autoscaler does now, and what it remembers; the loop's only decision."""
    return policy.decide(snapshot, memory, reporter or SilentReporter())
