"""Fleets with more nodes of their own, until kube-scheduler strands nothing."""

from collections import Counter
from dataclasses import replace

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.kinds import KindsWish
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.rehearsed.fleet_nodes import Nodes, cost_of
from kubestow.provisioning.rehearsed.growth import grown, grown_on
from kubestow.provisioning.rehearsed.mended_fleet import MendedFleet
from kubestow.provisioning.rehearsed.mending import Mender, passing
from kubestow.testing import catalog, instance_type, nodepool, replicas, snapshot, spread
from kubestow.verify import judge

TYPE = instance_type("m5.2xlarge", 8, 32)
SOLD = catalog((TYPE, 0.4), zones=("a", "b"))
PODS = (
    *replicas(24, "lean", "900m", "512Mi", labels={"app": "lean"},
              spread=(spread(names.ZONE, app="lean"),)),
    *replicas(8, "rich", "400m", "9Gi"),
    *replicas(3, "huge", "3", "12Gi"),
)  # fmt: skip


def state() -> Snapshot:
    return snapshot(PODS, catalog_of=SOLD, nodepools=(nodepool("pool"),))


def mender(given: Snapshot) -> Mender:
    plan = engine.plan(given, work_limit=100)
    found = Mender(given, plan, orders=3, seed=0, reporter=SilentReporter())
    found.stranded = len(found.trial(plan.nodes)[-1].pending)
    assert found.stranded, "kube-scheduler cannot fill the plan alone"
    return found


def zones(nodes: Nodes) -> Counter[str]:
    return Counter(node.zone for node in nodes)


def test_a_grown_fleet_passes_the_known_orders_with_nodes_of_the_plans_own() -> None:
    given = state()
    tried = mender(given)
    fleets = grown([tried])
    assert fleets
    for fleet in fleets:
        assert fleet.is_grown
        assert not any(run.pending for run in fleet.runs)
        assert len(fleet.runs) == len(tried.orders.known)
        assert {n.instance_type for n in fleet.nodes} == {"m5.2xlarge"}
        assert len({n.name for n in fleet.nodes}) == len(fleet.nodes)
        assert cost_of(fleet.nodes) > tried.plan.cost_nano_usd_per_hour
        plan = tried.rehearsed(fleet.nodes, fleet.runs)
        assert judge(given, plan, engine.pools_of(given)) == ()


def test_it_is_even_over_zones_and_no_node_more_than_it_needs() -> None:
    tried = mender(state())
    best = min(grown([tried]), key=lambda fleet: fleet.rank)
    counts = zones(best.nodes).values()
    assert max(counts) - min(counts) <= 1
    assert len(best.nodes) > len(tried.plan.nodes)
    assert tried.failed(tried.trial(best.nodes[:-1])[-1]), "the last node was needed"


def test_a_fleet_that_an_order_refutes_grows_on() -> None:
    tried = mender(state())
    small = MendedFleet(tried, tried.plan.nodes, tried.trial(tried.plan.nodes), is_grown=True)
    more = grown_on(small)
    assert more.is_grown
    assert not more.runs[-1].pending
    assert more.nodes[: len(small.nodes)] == small.nodes


def test_a_fleet_that_is_not_grown_is_mended() -> None:
    tried = mender(state())
    given = MendedFleet(tried, tried.plan.nodes, tried.trial(tried.plan.nodes))
    assert not grown_on(given).is_grown


def test_without_new_nodes_there_is_nothing_to_grow() -> None:
    tried = mender(state())
    assert grown([tried.like(replace(tried.plan, nodes=()))]) == []


def test_limits_of_nodepools_are_kept() -> None:
    """Nodes are not added as copies where a NodePool has limits: the mender heeds those."""
    given = state()
    plan = engine.plan(given, work_limit=100)
    limits = (("nodes", len(plan.nodes)),)
    limited = snapshot(PODS, catalog_of=SOLD, nodepools=(nodepool("pool", limits=limits),))
    short = engine.plan(limited, work_limit=100)
    found = engine.rehearse(limited, short)
    assert len(found.nodes) <= len(plan.nodes)
    assert judge(limited, found, engine.pools_of(limited)) == ()


def test_plans_of_other_kinds_are_grown_as_well() -> None:
    rich = instance_type("r5.2xlarge", 8, 64)
    sold = catalog((TYPE, 0.4), (rich, 0.5), zones=("a", "b"))
    given = snapshot(PODS, catalog_of=sold, nodepools=(nodepool("pool"),))
    wish = KindsWish()
    solved = engine.solve(given, kinds=wish)
    found = engine.rehearse(given, solved.plan, kinds=solved.kinds, wish=wish, others=solved.others)
    assert found.rehearsed is not None
    assert found.rehearsed.pending == 0
    assert judge(given, found, engine.pools_of(given)) == ()
    for most in (1, 2):
        wish = KindsWish(most=most)
        solved = engine.solve(given, kinds=wish)
        found = engine.rehearse(
            given, solved.plan, kinds=solved.kinds, wish=wish, others=solved.others
        )
        assert len({n.instance_type for n in found.nodes}) <= most


def test_what_a_fleet_strands_ends_an_order_and_no_fleet_is_taken_for_another() -> None:
    ended, whole = mender(state()), mender(state())
    assert not ended.rehearsal.may_evict
    more = grown([ended])
    whole.rehearsal.may_evict = True  # then every order is played in full
    again = grown([whole])
    assert [(f.nodes, f.runs) for f in more] == [(f.nodes, f.runs) for f in again]
    assert ended.orders.known == whole.orders.known
    short = ended.plan.nodes[:-1]
    assert passing(ended, short) is None
    assert len(ended.trial(short)[-1].pending) > 1, "in full it strands more than the first"
