from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.taints import Taint, Toleration


def test_a_daemonsets_pod_on_every_new_node_is_legal(scene: Any) -> None:
    scene.daemonset("agent")
    scene.new("one", daemonset_pods=("system/agent-one",))
    scene.new("two", daemonset_pods=("system/agent-two",))
    assert scene.found() == ()


def test_a_missing_daemonset_pod_is_found(scene: Any) -> None:
    scene.daemonset("agent")
    scene.new("one")
    assert scene.rules() == ["DaemonSet"]
    assert scene.subjects() == ["one"]


@pytest.mark.parametrize(
    "listed", [("system/agent-two",), ("system/ghost-one",), ("system/agent-one",) * 2]
)
def test_a_misplaced_invented_or_doubled_daemonset_pod_is_found(
    scene: Any, listed: tuple[str, ...]
) -> None:
    scene.daemonset("agent")
    scene.new("one", daemonset_pods=listed)
    scene.new("two", daemonset_pods=("system/agent-two",))
    assert scene.rules() == ["DaemonSet"]


def test_a_daemonset_runs_only_where_its_selector_allows(scene: Any) -> None:
    scene.daemonset("arm", node_selector={names.ARCH: "arm64"})
    scene.new("one", kind="g9.large", daemonset_pods=("system/arm-one",))
    scene.new("two")
    assert scene.found() == ()
    scene.change("two", daemonset_pods=("system/arm-two",))
    assert scene.subjects() == ["two"]


def test_a_daemonset_runs_only_where_its_profile_allows(scene: Any) -> None:
    arm = NodeSelectorTerm((SelectorRequirement(names.ARCH, "In", ("arm64",)),))
    scene.daemonset("arm", added_affinity=(arm,))
    scene.new("one", kind="g9.large", daemonset_pods=("system/arm-one",))
    scene.new("two")
    assert scene.found() == ()


def test_a_daemonset_runs_only_where_it_tolerates_the_taints(scene: Any) -> None:
    taint = Taint("team", "blue", "NoSchedule")
    scene.pools.append(NodePool("own", taints=(taint,)))
    scene.daemonset("plain")
    scene.daemonset("blue", tolerations=(Toleration("team", "Exists"),))
    scene.new("one", pool="own", daemonset_pods=("system/blue-one",))
    assert scene.found() == ()


def test_a_daemonset_tolerates_what_its_controller_adds(scene: Any) -> None:
    pressure = Taint("node.kubernetes.io/disk-pressure", "", "NoSchedule")
    scene.pools.append(NodePool("own", taints=(pressure,)))
    scene.daemonset("agent")
    scene.new("one", pool="own")
    assert scene.rules() == ["DaemonSet"]


@pytest.mark.parametrize("facts", [{"unsupported": ("x",)}, {"scheduling_gates": ("x",)}])
def test_a_daemonset_that_is_not_scheduled_runs_nowhere(scene: Any, facts: Any) -> None:
    scene.daemonset("odd", **facts)
    scene.new("one")
    assert scene.found() == ()


def test_a_missing_daemonset_pod_of_an_existing_node_may_be_listed(scene: Any) -> None:
    scene.daemonset("agent")
    scene.old("old", unschedulable=True)
    assert scene.found() == ()
    scene.change("old", daemonset_pods=("system/agent-old",))
    assert scene.found() == ()


def test_a_daemonset_pod_that_already_runs_must_not_be_listed_again(scene: Any) -> None:
    scene.daemonset("agent")
    scene.old("old")
    scene.pod("agent-x7k", "old", bound=True, daemonset="system/agent", namespace="system")
    assert scene.found() == ()
    scene.change("old", daemonset_pods=("system/agent-old",))
    assert scene.rules() == ["DaemonSet"]


def test_a_listed_daemonset_pod_must_fit_on_the_existing_node(scene: Any) -> None:
    scene.daemonset("agent")
    scene.old("old", allocatable={"cpu": 50, "pods": 5})
    scene.change("old", daemonset_pods=("system/agent-old",))
    assert scene.rules() == ["NodeResourcesFit"]
