"""The filters that look at one pod and one candidate alone."""

from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import PodTemplate
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.taints import Taint
from kubestow.scheduling.candidate_index import CandidateIndex
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.classes import ClassKey, PodClass
from kubestow.scheduling.static_filters import OPT_IN, StaticFilters, constrained_keys
from kubestow.scheduling.volume_need import NO_VOLUMES, VolumeNeed
from kubestow.testing import affinity_term, node, spread

IN_B = NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("zone-b",)),))
ARM = (("kubernetes.io/arch", "arm64"),)


def candidate(item: Node, **facts: Any) -> CandidateNode:
    facts.setdefault("exists", True)
    return CandidateNode(
        item.name, dict(item.labels), item.taints, item.allocatable,
        unschedulable=item.unschedulable, **facts,
    )  # fmt: skip


def class_of(volumes: VolumeNeed = NO_VOLUMES, **template: Any) -> PodClass:
    return PodClass(0, ClassKey(PodTemplate(**template), "", (), volumes), [0], [])


A, B = candidate(node("a")), candidate(node("b", zone="zone-b"))
CORDONED = candidate(node("c", unschedulable=True))
TAINTED = candidate(node("d", taints=[Taint("t", "", "NoSchedule")]))
FILTERS = StaticFilters(CandidateIndex([A, B, CORDONED, TAINTED]))
CASES = [
    ("the profile refuses a zone", class_of(added_affinity=(IN_B,)),
     {"NodeUnschedulable": [2], "TaintToleration": [3], "NodeAffinity": [0, 2, 3]}),
    ("nothing is asked", class_of(), {"NodeUnschedulable": [2], "TaintToleration": [3]}),
    ("a zone", class_of(node_selector=((names.ZONE, "zone-b"),)),
     {"NodeUnschedulable": [2], "TaintToleration": [3], "NodeAffinity": [0, 2, 3]}),
    ("a volume in a zone", class_of(VolumeNeed(terms=((IN_B,),))),
     {"NodeUnschedulable": [2], "TaintToleration": [3], "VolumeBinding": [0, 2, 3]}),
    ("a volume that is nowhere", class_of(VolumeNeed(problem="lost")),
     {"NodeUnschedulable": [2], "TaintToleration": [3], "VolumeBinding": [0, 1, 2, 3]}),
    ("spread over a key that no node has", class_of(spread=(spread("rack", app="x"),)),
     {"NodeUnschedulable": [2], "TaintToleration": [3], "PodTopologySpread": [0, 1, 2, 3]}),
    ("affinity over a key that no node has", class_of(affinity=(affinity_term("rack", app="x"),)),
     {"NodeUnschedulable": [2], "TaintToleration": [3], "PodTopologySpread": [0, 1, 2, 3]}),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "pod_class", "expected"), CASES)
def test_candidates_are_refused_where(
    sentence: str, pod_class: PodClass, expected: dict[str, list[int]]
) -> None:
    refused = {
        name: (~mask).nonzero()[0].tolist()
        for name, mask in FILTERS.by_filter(pod_class).items()
        if not mask.all()
    }
    assert refused == expected, sentence
    passing = set(range(4)) - {n for numbers in expected.values() for n in numbers}
    assert set(FILTERS.passing(pod_class).nonzero()[0].tolist()) == passing, sentence


def test_a_new_node_has_its_hostname_once_it_is_launched() -> None:
    new = CandidateNode("new", {}, (), (), exists=False)
    filters = StaticFilters(CandidateIndex([A, new]))
    assert filters.has_key(names.HOSTNAME).tolist() == [True, True]
    assert filters.has_key(names.ZONE).tolist() == [True, False]


OPTED = [
    ("a pod that names no architecture", class_of(), False),
    ("a selector on the key", class_of(node_selector=ARM), True),
    ("a term on the key", class_of(node_affinity=(
        NodeSelectorTerm((SelectorRequirement("kubernetes.io/arch", "In", ("arm64",)),)),)), True),
    ("a term on another key", class_of(node_affinity=(
        NodeSelectorTerm((SelectorRequirement(names.ZONE, "Exists"),)),)), False),
    ("a selector under the key's old name",
     class_of(node_selector=(("beta.kubernetes.io/arch", "arm64"),)), True),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "pod_class", "expected"), OPTED)
def test_a_pool_to_opt_in_to_takes(sentence: str, pod_class: PodClass, expected: bool) -> None:
    arm = candidate(node("arm", labels=dict(ARM)), opt_in_keys=("kubernetes.io/arch",))
    filters = StaticFilters(CandidateIndex([arm]))
    assert filters.by_filter(pod_class)[OPT_IN].tolist() == [expected], sentence


def test_constrained_keys_are_given_by_their_current_names() -> None:
    template = PodTemplate(
        node_selector=(("beta.kubernetes.io/arch", "amd64"),), node_affinity=(IN_B,)
    )
    assert constrained_keys(template) == {"kubernetes.io/arch", names.ZONE}
