"""The labels of nodes that pods name."""

from kubestow.model import labels as names
from kubestow.model.named_labels import named_labels
from kubestow.model.pod import Preferences
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.testing import affinity_term, daemonset, pod, spread


def term(key: str) -> NodeSelectorTerm:
    return NodeSelectorTerm((SelectorRequirement(key, "Exists"),))


def test_selectors_affinity_spread_and_preferences_of_pods_and_daemonsets_count() -> None:
    liked = Preferences(
        spread=(spread("rack", app="a"),),
        node_affinity=((1, term("fast")),),
        anti_affinity=((1, affinity_term("row", app="a")),),
    )
    chosen = pod(
        "web",
        node_selector=(("team", "a"), ("beta.kubernetes.io/arch", "amd64")),
        node_affinity=(term("disk"),),
        spread=(spread(names.ZONE, app="a"),),
        affinity=(affinity_term("cell", app="a"),),
        preferences=liked,
    )
    agent = daemonset("agent", node_selector=(("agent", "yes"),))
    assert named_labels(Cluster(pods=(chosen,), daemonsets=(agent,))) == {
        "team", names.ARCH, "disk", names.ZONE, "cell", "rack", "fast", "row", "agent",
    }  # fmt: skip


def test_pods_that_name_no_label_name_none() -> None:
    assert named_labels(Cluster(pods=(pod("web"),))) == frozenset()
