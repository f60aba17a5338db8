"""Fleets planned for the rehearsal."""

from kubestow import engine
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.rehearsed.variants import variants
from kubestow.testing import replicas, snapshot, spread
from kubestow.verify import judge

ZONE = "topology.kubernetes.io/zone"


def busy() -> Snapshot:
    """Return pods rich in cpu, pods rich in memory, and pods that must be spread over zones."""
    even = replicas(
        24, "even", "700m", "1Gi", labels={"app": "even"}, spread=(spread(ZONE, app="even"),)
    )
    return snapshot(
        (*replicas(80, "lean", "500m", "256Mi"), *replicas(60, "rich", "100m", "1800Mi"), *even)
    )


def test_every_variant_runs_the_same_pods_and_is_legal() -> None:
    state = busy()
    plan = engine.plan(state, work_limit=200)
    found = list(variants(state, plan, 0))
    assert found
    for other in found:
        assert {p for n in other.nodes for p in n.pods} == {p for n in plan.nodes for p in n.pods}
        assert judge(state, other, engine.pools_of(state)) == ()
        assert (other.lower_bound, other.unschedulable) == (plan.lower_bound, plan.unschedulable)
        assert other.nodes != plan.nodes


def test_domains_are_given_even_room() -> None:
    state = busy()
    other = next(variants(state, engine.plan(state, work_limit=200), 0))
    cores: dict[str, float] = {}
    for node in other.nodes:
        for pod in node.pods:
            name = pod.rsplit("/", 1)[-1]
            if name.startswith("lean"):
                cores[node.zone] = cores.get(node.zone, 0) + 0.5
    assert len(cores) > 1
    assert max(cores.values()) - min(cores.values()) <= 1.5
