"""NodeUnschedulable: who may go to a cordoned node."""

import pytest
from tests.verdicts import PASSES, unresolvable, verdict

from kubestow.model.taints import UNSCHEDULABLE_KEY, Toleration
from kubestow.scheduling.filters import node_unschedulable
from kubestow.scheduling.filters.node_unschedulable import REASON
from kubestow.testing import node, pod

CORDONED = node("n", unschedulable=True)
TOLERATIONS = [
    ("the cordon's taint", Toleration(UNSCHEDULABLE_KEY, "Exists", "", "NoSchedule"), PASSES),
    ("its key with any effect", Toleration(UNSCHEDULABLE_KEY, "Exists"), PASSES),
    ("its key and empty value", Toleration(UNSCHEDULABLE_KEY, "Equal"), PASSES),
    ("every taint", Toleration("", "Exists"), PASSES),
    ("another value", Toleration(UNSCHEDULABLE_KEY, "Equal", "x"), unresolvable(REASON)),
    ("another effect", Toleration(UNSCHEDULABLE_KEY, "Exists", "", "NoExecute"),
     unresolvable(REASON)),
    ("another key", Toleration("dedicated", "Exists"), unresolvable(REASON)),
]  # fmt: skip


def test_a_node_that_is_not_cordoned_takes_any_pod() -> None:
    assert verdict(node_unschedulable, pod("p"), node("n")) == PASSES


def test_a_cordoned_node_takes_no_pod_without_tolerations() -> None:
    assert verdict(node_unschedulable, pod("p"), CORDONED) == unresolvable(REASON)


@pytest.mark.parametrize(("tolerated", "toleration", "expected"), TOLERATIONS)
def test_a_cordoned_node_and_a_pod_that_tolerates(
    tolerated: str, toleration: Toleration, expected: str
) -> None:
    item = pod("p", tolerations=(toleration,))
    assert verdict(node_unschedulable, item, CORDONED) == expected, tolerated
