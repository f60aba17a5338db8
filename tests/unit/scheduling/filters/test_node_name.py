"""NodeName: a pod that names its node is bound to it, and asks no filter."""

from tests.verdicts import PASSES, verdicts

from kubestow.scheduling.filters import node_name
from kubestow.testing import node, pod


def test_a_pod_that_waits_names_no_node_and_passes_all() -> None:
    assert verdicts(node_name, pod("p"), (node("a"), node("b"))) == [PASSES, PASSES]
