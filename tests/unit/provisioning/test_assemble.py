"""A fleet turned into a plan: names, pods in the input's order, what is existing."""

from kubestow.model import labels as names
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.provision import provision
from kubestow.testing import daemonset, node, nodepool, pod, replicas, snapshot, spread

POOLS = (nodepool("general", (names.INSTANCE_TYPE, "In", ["m5.xlarge"])),)


def test_new_nodes_are_numbered_by_pool_and_carry_their_name_as_hostname() -> None:
    plan = assemble(provision(snapshot(replicas(5, "web", "3")), POOLS, work_limit=50))
    assert [n.name for n in plan.nodes] == [f"general-{i:03d}" for i in range(1, 6)]
    assert all(dict(n.labels)[names.HOSTNAME] == n.name for n in plan.nodes)


def test_the_pods_of_a_class_are_handed_out_in_the_input_s_order() -> None:
    plan = assemble(provision(snapshot(replicas(4, "web", "3")), POOLS, work_limit=50))
    assert [n.pods for n in plan.nodes] == [(f"default/web-{i}",) for i in range(4)]


def test_an_existing_node_keeps_its_pods_and_costs_nothing() -> None:
    there = pod("old", node="n")
    state = snapshot([there, pod("new")], nodes=(node("n"),), daemonsets=(daemonset("agent"),))
    (found,) = assemble(provision(state, POOLS, work_limit=50)).nodes
    assert found.existing
    assert found.price.nano_usd_per_hour == 0
    assert found.pods == ("default/new", "default/old")
    assert found.daemonset_pods == ("kube-system/agent-n",)


def test_the_witness_is_every_constrained_pod_once_in_a_legal_order() -> None:
    pods = replicas(6, "web", labels={"app": "web"}, spread=(spread(names.ZONE, app="web"),))
    plan = assemble(provision(snapshot((*pods, pod("free"))), POOLS, work_limit=50))
    assert sorted(plan.witness) == sorted(item.key for item in pods)
    zone = {key: n.zone for n in plan.nodes for key in n.pods}
    counts = dict.fromkeys({zone[key] for key in plan.witness}, 0)
    for key in plan.witness:
        assert counts[zone[key]] == min(counts.values())
        counts[zone[key]] += 1


def test_a_pool_without_offerings_is_named_with_the_reason() -> None:
    empty = nodepool("empty", (names.ARCH, "In", ["sparc"]))
    plan = assemble(provision(snapshot([pod("p")]), (*POOLS, empty), work_limit=50))
    ((name, reason),) = plan.empty_pools
    assert name == "empty"
    assert "sparc" in reason
