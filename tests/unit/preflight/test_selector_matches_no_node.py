"""Selectors that no node satisfies."""

from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.preflight import selector_matches_no_node as check

from .builders import config, found, group, one, setup, unjudged, workload

OURS = config(group(labels=(("tier", "web"),)))


def test_a_value_that_no_group_gives() -> None:
    finding = one(check, setup(workload(node_selector=(("tier", "db"),)), config_of=OURS))
    assert finding.severity == "error"
    assert finding.field == "spec.template.spec.nodeSelector"
    assert finding.reason == "it selects tier: db, but nodes have web: its pods stay Pending"


def test_a_label_that_no_node_has() -> None:
    finding = one(check, setup(workload(node_selector=(("disk", "ssd"),)), config_of=OURS))
    assert "no node has this label" in finding.reason
    terms = (NodeSelectorTerm((SelectorRequirement("disk", "Exists"),)),)
    finding = one(check, setup(workload(node_affinity=terms), config_of=OURS))
    assert finding.field == "spec.template.spec.affinity.nodeAffinity"
    assert finding.reason.startswith("its affinity needs disk, which no node has")


def test_labels_of_the_group_of_eks_and_of_the_type_pass() -> None:
    for key, value in (
        ("tier", "web"),
        ("eks.amazonaws.com/nodegroup", "workers"),
        ("eks.amazonaws.com/capacityType", "ON_DEMAND"),
        ("node.kubernetes.io/instance-type", "m5.large"),
    ):
        item = workload(node_selector=((key, value),))
        assert found(check, setup(item, config_of=OURS)) == []
    assert unjudged(check, setup(workload())) != []


def test_karpenters_labels_are_not_on_the_nodes_of_a_group() -> None:
    item = workload(node_selector=(("karpenter.sh/capacity-type", "on-demand"),))
    assert one(check, setup(item, config_of=OURS))
