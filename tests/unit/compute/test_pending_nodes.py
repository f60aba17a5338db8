"""Nodes for Pending pods: an option does not look cheaper for those it leaves waiting."""

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_option import option_of
from kubestow.compute.optimum import OPTIMUM
from kubestow.compute.pending_nodes import pending_nodes
from kubestow.model import labels as names
from kubestow.model.option import PENDING_PODS
from kubestow.testing import affinity_term, nodepool, replicas, snapshot

PODS = replicas(3, "web", "1")
CASE = ComparisonCase(snapshot(PODS))
PLANNED = CASE.planned((nodepool(),))


def test_nodes_for_pending_pods_are_a_part_of_their_own() -> None:
    left = [PODS[0].key]
    whole = option_of(CASE, OPTIMUM, PLANNED, stranded=())
    found = option_of(CASE, OPTIMUM, PLANNED, stranded=left)
    (part,) = pending_nodes(CASE, PLANNED, left)
    assert part.name == "1 node for 1 Pending pod"
    assert part.is_estimate
    assert part.nano_usd_per_hour > 0
    assert found.part(PENDING_PODS) == part.nano_usd_per_hour
    assert found.nano_usd_per_hour == whole.nano_usd_per_hour + part.nano_usd_per_hour
    assert found.stranded == 1


def test_without_pending_pods_there_is_no_such_part() -> None:
    assert not list(pending_nodes(CASE, PLANNED, ()))


def test_a_pod_that_must_be_beside_others_counts_without_them() -> None:
    beside = (affinity_term(names.HOSTNAME, app="cache"),)
    pods = replicas(1, "web", "1", affinity=beside)
    state = snapshot((*pods, *replicas(1, "cache", labels={"app": "cache"})))
    case = ComparisonCase(state)
    (part,) = pending_nodes(case, case.planned((nodepool(),)), [pods[0].key])
    assert part.nano_usd_per_hour > 0
