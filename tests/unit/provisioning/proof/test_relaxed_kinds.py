"""Sets of instance types by what the relaxation pays for their nodes."""

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.provisioning.demand import Demand
from kubestow.provisioning.packing.problem import Item
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.provisioning.proof.prover import Prover
from kubestow.provisioning.proof.relaxed_kinds import RelaxedKinds
from kubestow.testing import catalog, instance_type, nodepool, replicas, snapshot

LEAN, RICH = instance_type("c5.large", 2, 4), instance_type("r5.large", 2, 16)
EVEN = instance_type("m5.large", 2, 8)
SOLD = catalog((LEAN, 0.085), (RICH, 0.126), (EVEN, 0.100))
PODS = (*replicas(200, "lean", "400m", "512Mi"), *replicas(200, "rich", "100m", "3Gi"))


def kinds(*pods: Pod, node_worth: int = 0) -> RelaxedKinds:
    state = snapshot(pods, catalog_of=SOLD, nodepools=(nodepool(),))
    prepared = prepare(state, engine.pools_of(state))
    demand = Demand(prepared).pods
    items = [Item(((index, 1),), count) for index, count in enumerate(demand)]
    return RelaxedKinds(Prover(prepared, items, [frozenset({0})]), node_worth)


def test_the_set_whose_nodes_cost_least_comes_first() -> None:
    found = kinds(*PODS)
    pairs = found.best(2)
    assert len(pairs) == 3
    assert min(pairs, key=found.rank) == pairs[0]
    assert found.rank(pairs[0]) < found.rank(frozenset({"c5.large"}))


def test_more_types_never_cost_more() -> None:
    found = kinds(*PODS)
    costs = [found.rank(found.best(number)[0]) for number in (1, 2, 3, 5)]
    assert costs == sorted(costs, reverse=True)


def test_pods_that_a_set_cannot_run_weigh_more_than_their_nodes() -> None:
    chosen = ((names.INSTANCE_TYPE, "c5.large"),)
    found = kinds(*PODS, *replicas(10, "chosen", "400m", "512Mi", node_selector=chosen))
    assert found.rank(frozenset({"r5.large"})) > found.rank(frozenset({"c5.large", "r5.large"}))


def test_nodes_weigh_what_they_are_said_to() -> None:
    types = frozenset({"m5.large"})
    assert kinds(*PODS, node_worth=10**9).rank(types) > kinds(*PODS).rank(types) + 10**9
