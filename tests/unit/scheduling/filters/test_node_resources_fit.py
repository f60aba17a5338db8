"""NodeResourcesFit: requests against what is free, and a slot for one more pod."""

from dataclasses import replace

import pytest
from tests.verdicts import PASSES, context_of, unresolvable, unschedulable, verdict

from kubestow.model.node import Node
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.resources import amounts
from kubestow.scheduling.filters import node_resources_fit
from kubestow.scheduling.filters.node_resources_fit import TOO_MANY_PODS
from kubestow.testing import node, pod, quantities

NODE = node("n", cpu="4", memory="16Gi", pods=3)
FULL = (pod("full", "4", "1Gi", node="n"),)
OVER = (pod("over", "5", "1Gi", node="n"),)
CPU, MEMORY = "Insufficient cpu", "Insufficient memory"


def asking(**texts: str) -> Pod:
    """Return a pod that requests this and nothing else."""
    return Pod("default", "p", PodTemplate(requests=quantities(**texts)))


def having(**texts: str) -> Node:
    """Return the node with more resources."""
    return replace(NODE, allocatable=amounts([*NODE.allocatable, *quantities(**texts)]))


CASES: list[tuple[str, Pod, Node, tuple[Pod, ...], str]] = [
    ("a pod as large as the node", asking(cpu="4", memory="16Gi"), NODE, (), PASSES),
    ("a pod that is larger", asking(cpu="4001m"), NODE, (), unresolvable(CPU)),
    ("every resource that is short is a reason", asking(cpu="5", memory="17Gi"), NODE, (),
     unresolvable(CPU, MEMORY)),
    ("a node that other pods have filled", asking(cpu="1"), NODE, FULL, unschedulable(CPU)),
    ("a pod as large as the node, which is not empty", asking(cpu="4"), NODE, FULL,
     unschedulable(CPU)),
    ("a pod larger than the node, which is also full", asking(cpu="5"), NODE, FULL,
     unresolvable(CPU)),
    ("one resource full and another too small", asking(cpu="1", memory="17Gi"), NODE, FULL,
     unresolvable(CPU, MEMORY)),
    ("what is not requested is not compared", asking(memory="1Gi"), NODE, OVER, PASSES),
    ("no request at all on an overcommitted node", asking(), NODE, OVER, PASSES),
    ("as many pods as the node takes", asking(cpu="1m"), NODE,
     tuple(pod(f"q{n}", node="n") for n in range(3)), unschedulable(TOO_MANY_PODS)),
    ("a pod without requests takes a slot too", asking(), NODE,
     tuple(pod(f"q{n}", node="n") for n in range(3)), unschedulable(TOO_MANY_PODS)),
    ("the last slot", asking(cpu="1m"), NODE,
     tuple(pod(f"q{n}", node="n") for n in range(2)), PASSES),
    ("an extended resource", asking(**{"nvidia.com/gpu": "1"}), having(**{"nvidia.com/gpu": "1"}),
     (), PASSES),
    ("an extended resource that the node does not have", asking(**{"nvidia.com/gpu": "1"}), NODE,
     (), unresolvable("Insufficient nvidia.com/gpu")),
    ("ephemeral storage", asking(ephemeral_storage="11Gi"), having(ephemeral_storage="10Gi"), (),
     unresolvable("Insufficient ephemeral-storage")),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "on", "there", "expected"), CASES)
def test_requests_and_what_is_free(
    sentence: str, item: Pod, on: Node, there: tuple[Pod, ...], expected: str
) -> None:
    assert verdict(node_resources_fit, item, on, *there) == expected, sentence
    fits = node_resources_fit.fits(context_of(item, (on,), there))
    assert fits.tolist() == [expected == PASSES], sentence


def test_the_quick_answer_follows_pods_that_come_and_go() -> None:
    context = context_of(pod("p", "3"), (NODE, node("m")), [pod("q", "2")])
    assert node_resources_fit.fits(context).tolist() == [True, True]
    context.cache.add(1, 0)
    assert node_resources_fit.fits(context).tolist() == [False, True]
    context.cache.remove(1)
    assert node_resources_fit.fits(context).tolist() == [True, True]
