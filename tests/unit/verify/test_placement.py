from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import HostPort, InlineVolume
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.taints import Taint, Toleration

ARM = NodeSelectorTerm((SelectorRequirement("beta.kubernetes.io/arch", "In", ("arm64",)),))


def test_a_pod_whose_selector_matches_its_node_is_legal(scene: Any) -> None:
    scene.new("one", "b")
    scene.pod("p", "one", node_selector={names.ZONE: "b"})
    assert scene.found() == ()


def test_a_pod_whose_selector_refuses_its_node_is_found(scene: Any) -> None:
    scene.new("one", "b")
    scene.pod("p", "one", node_selector={names.ZONE: "a"})
    assert scene.rules() == ["NodeAffinity"]
    assert scene.subjects() == ["default/p"]


def test_a_pod_whose_affinity_refuses_its_node_is_found(scene: Any) -> None:
    scene.new("one")
    scene.pod("p", "one", node_affinity=(ARM,))
    assert scene.rules() == ["NodeAffinity"]


def test_a_pod_whose_profile_refuses_its_node_is_found(scene: Any) -> None:
    scene.new("one")
    scene.pod("p", "one", added_affinity=(ARM,))
    assert scene.rules() == ["NodeAffinity"]


def test_a_bound_pod_is_not_judged_again(scene: Any) -> None:
    scene.old("old", unschedulable=True, allocatable={"cpu": 1, "pods": 1})
    scene.pod("p", "old", bound=True, node_affinity=(ARM,))
    assert scene.found() == ()


@pytest.mark.parametrize("effect", ["NoSchedule", "NoExecute"])
def test_a_pod_that_does_not_tolerate_a_taint_is_found(scene: Any, effect: str) -> None:
    scene.old("old", taints=(Taint("team", "blue", effect),))
    scene.pod("p", "old", tolerations=(Toleration("team", "Equal", "blue"),))
    assert scene.found() == ()
    scene.pod("q", "old")
    assert scene.rules() == ["TaintToleration"]
    assert scene.subjects() == ["default/q"]


def test_a_soft_taint_keeps_nobody_away(scene: Any) -> None:
    scene.old("old", taints=(Taint("team", "blue", "PreferNoSchedule"),))
    scene.pod("p", "old")
    assert scene.found() == ()


def test_a_cordoned_node_takes_only_pods_that_tolerate_the_cordon(scene: Any) -> None:
    scene.old("old", unschedulable=True)
    scene.pod("p", "old", tolerations=(Toleration("", "Exists"),))
    assert scene.found() == ()
    scene.pod("q", "old")
    assert scene.rules() == ["TaintToleration"]


def test_pods_must_constrain_the_keys_their_pool_demands(scene: Any) -> None:
    scene.pools.append(NodePool("own", opt_in_keys=(names.ARCH,)))
    scene.daemonset("agent")
    scene.new("one", kind="g9.large", pool="own", daemonset_pods=("system/agent-one",))
    scene.pod("selects", "one", node_selector={names.ARCH: "arm64"})
    scene.pod("requires", "one", node_affinity=(ARM,))
    assert scene.found() == ()
    scene.pod("unaware", "one")
    assert scene.rules() == ["NodePool"]
    assert scene.subjects() == ["default/unaware"]


def test_an_alternative_that_does_not_constrain_the_key_is_no_opt_in(scene: Any) -> None:
    scene.pools.append(NodePool("own", opt_in_keys=(names.ARCH,)))
    amd = NodeSelectorTerm((SelectorRequirement(names.ARCH, "In", ("amd64",)),))
    zone = NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("a",)),))
    scene.new("one", kind="g9.large", pool="own")
    scene.pod("p", "one", node_affinity=(amd, zone))
    assert scene.rules() == ["NodePool"]


def test_a_node_filled_to_the_brim_is_legal_and_one_more_is_found(scene: Any) -> None:
    scene.old("old", allocatable={"cpu": 200, "pods": 10})
    scene.pod("a", "old", bound=True)
    scene.pod("b", "old")
    assert scene.found() == ()
    scene.pod("c", "old", requests={"cpu": 1})
    assert scene.rules() == ["NodeResourcesFit"]
    assert scene.subjects() == ["old"]


def test_too_many_pods_are_found_however_small(scene: Any) -> None:
    scene.old("old", allocatable={"cpu": 200, "pods": 2})
    scene.pod("a", "old", bound=True)
    scene.pod("b", "old", requests={})
    assert scene.found() == ()
    scene.pod("c", "old", requests={})
    assert scene.rules() == ["NodeResourcesFit"]


def test_a_resource_the_node_does_not_have_is_found(scene: Any) -> None:
    scene.new("one")
    scene.pod("p", "one", requests={"nvidia.com/gpu": 1})
    assert scene.rules() == ["NodeResourcesFit"]


def test_an_overcommitted_resource_hurts_only_pods_that_request_it(scene: Any) -> None:
    scene.old("old", allocatable={"cpu": 100, "memory": 100, "pods": 9})
    scene.pod("a", "old", bound=True, requests={"cpu": 500})
    scene.pod("b", "old", requests={"memory": 100})
    assert scene.found() == ()
    scene.pod("c", "old", requests={"cpu": 1})
    assert scene.rules() == ["NodeResourcesFit"]


def test_daemonset_pods_take_their_share_of_a_new_node(scene: Any) -> None:
    scene.daemonset("agent", requests={"cpu": 1000})
    scene.new("one", daemonset_pods=("system/agent-one",))
    scene.pod("p", "one", requests={"cpu": 2900})
    assert scene.found() == ()
    scene.pod("q", "one", requests={"cpu": 100})
    assert scene.rules() == ["NodeResourcesFit"]


def port(number: int, ip: str = "0.0.0.0", protocol: str = "TCP") -> tuple[HostPort, ...]:
    return (HostPort(ip, protocol, number),)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (port(80), port(81)),
        (port(80), port(80, protocol="UDP")),
        (port(80, "10.0.0.1"), port(80, "10.0.0.2")),
        (port(80, "::"), port(80, "10.0.0.2")),
    ],
)
def test_different_host_ports_are_legal(scene: Any, ours: Any, theirs: Any) -> None:
    scene.new("one")
    scene.pod("p", "one", host_ports=ours)
    scene.pod("q", "one", host_ports=theirs)
    assert scene.found() == ()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (port(80), port(80)),
        (port(80), port(80, "10.0.0.1")),
        (port(80, "10.0.0.1"), port(80, "10.0.0.1")),
    ],
)
def test_a_host_port_taken_twice_is_found(scene: Any, ours: Any, theirs: Any) -> None:
    scene.old("old")
    scene.pod("p", "old", bound=True, host_ports=ours)
    scene.pod("q", "old", host_ports=theirs)
    assert scene.rules() == ["NodePorts"]
    assert scene.subjects() == ["default/q"]


def test_a_host_port_taken_by_a_daemonset_is_found(scene: Any) -> None:
    scene.daemonset("agent", host_ports=port(80))
    scene.new("one", daemonset_pods=("system/agent-one",))
    scene.pod("p", "one", host_ports=port(80))
    assert scene.rules() == ["NodePorts"]
    assert scene.subjects() == ["default/p"]


def test_host_ports_of_two_nodes_do_not_meet(scene: Any) -> None:
    scene.new("one")
    scene.new("two")
    scene.pod("p", "one", host_ports=port(80))
    scene.pod("q", "two", host_ports=port(80))
    assert scene.found() == ()


def test_two_pods_of_one_inline_volume_need_two_nodes(scene: Any) -> None:
    scene.new("one")
    scene.new("two")
    scene.pod("p", "one", inline_volumes=(InlineVolume("ebs", "vol-1"),))
    scene.pod("q", "two", inline_volumes=(InlineVolume("ebs", "vol-1"),))
    assert scene.found() == ()
    scene.pod("r", "two", inline_volumes=(InlineVolume("ebs", "vol-1"),))
    assert scene.rules() == ["VolumeRestrictions"]


def test_inline_volumes_of_every_kind_collide_by_their_own_rules(scene: Any) -> None:
    readers = (InlineVolume("gce", "disk", read_only=True),)
    image = (InlineVolume("rbd", "pool/image", monitors=("m1", "m2")),)
    scene.new("one")
    scene.pod("p", "one", inline_volumes=readers)
    scene.pod("q", "one", inline_volumes=readers)
    scene.pod("r", "one", inline_volumes=image)
    scene.pod("s", "one", inline_volumes=(InlineVolume("rbd", "pool/image", monitors=("m3",)),))
    assert scene.found() == ()
    scene.pod("t", "one", inline_volumes=(InlineVolume("gce", "disk"),))
    scene.pod("u", "one", inline_volumes=(InlineVolume("rbd", "pool/image", monitors=("m2",)),))
    assert scene.rules() == ["VolumeRestrictions"]
    assert scene.subjects() == ["default/t", "default/u"]
