"""TaintToleration: which taints keep which pods off a node."""

import numpy as np
import pytest
from tests.verdicts import PASSES, context_of, unresolvable, verdict

from kubestow.model.taints import Taint, Toleration
from kubestow.scheduling.filters import taint_toleration
from kubestow.scheduling.filters.taint_toleration import REASON
from kubestow.testing import node, pod

GPU = Taint("gpu", "a100", "NoSchedule")
EVICTS = Taint("gpu", "a100", "NoExecute")
SOFT = Taint("gpu", "a100", "PreferNoSchedule")
REFUSED = unresolvable(REASON)
CASES: list[tuple[str, list[Taint], list[Toleration], str]] = [
    ("no taint", [], [], PASSES),
    ("NoSchedule and no toleration", [GPU], [], REFUSED),
    ("NoExecute and no toleration", [EVICTS], [], REFUSED),
    ("PreferNoSchedule only scores", [SOFT], [], PASSES),
    ("the same key, value and effect", [GPU], [Toleration("gpu", "Equal", "a100", "NoSchedule")],
     PASSES),
    ("an empty operator means Equal", [GPU], [Toleration("gpu", "", "a100")], PASSES),
    ("an unknown operator matches nothing", [GPU], [Toleration("gpu", "Like", "a100")], REFUSED),
    ("another value", [GPU], [Toleration("gpu", "Equal", "t4")], REFUSED),
    ("Exists takes any value", [GPU], [Toleration("gpu", "Exists")], PASSES),
    ("another key", [GPU], [Toleration("cpu", "Exists")], REFUSED),
    ("an empty key with Exists takes everything", [GPU, EVICTS], [Toleration("", "Exists")],
     PASSES),
    ("an empty key with a value takes any key of that value", [GPU],
     [Toleration("", "Equal", "a100")], PASSES),
    ("an empty effect takes all effects", [GPU, EVICTS], [Toleration("gpu", "Exists")], PASSES),
    ("another effect", [EVICTS], [Toleration("gpu", "Exists", "", "NoSchedule")], REFUSED),
    ("one of two taints", [GPU, Taint("team", "", "NoSchedule")], [Toleration("gpu", "Exists")],
     REFUSED),
    ("two taints by two tolerations", [GPU, Taint("team", "", "NoSchedule")],
     [Toleration("gpu", "Exists"), Toleration("team", "Exists")], PASSES),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "taints", "tolerations", "expected"), CASES)
def test_taints_and_tolerations(
    sentence: str, taints: list[Taint], tolerations: list[Toleration], expected: str
) -> None:
    item = pod("p", tolerations=tuple(tolerations))
    assert verdict(taint_toleration, item, node("n", taints=taints)) == expected, sentence


def test_the_first_taint_that_is_not_tolerated_is_counted_for_each_node() -> None:
    team = Taint("team", "", "NoSchedule")
    nodes = [node("a", taints=[GPU, team]), node("b", taints=[team]), node("c"),
             node("d", taints=[GPU])]  # fmt: skip
    context = context_of(pod("p"), nodes, ())
    among = np.array([True, True, True, False])
    found = taint_toleration.refusing_taints(context.template, context.index, among)
    assert found == {"gpu=a100:NoSchedule": 1, "team:NoSchedule": 1}
