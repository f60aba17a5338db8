"""Self-managed nodes cost what managed node groups do."""

from kubestow.compute import managed_node_group, self_managed
from kubestow.compute.case import ComparisonCase
from kubestow.testing import replicas, snapshot


def test_the_nodes_are_the_same_and_the_work_is_not() -> None:
    managed = managed_node_group.option(ComparisonCase(snapshot(replicas(4, "web", "1"))))
    own = self_managed.option(managed)
    assert (own.fleet, own.costs) == (managed.fleet, managed.costs)
    assert own.description.operation != managed.description.operation
    assert own.plans == ()
