"""Bindings judged one after the other: the same answers as for each state built anew."""

from dataclasses import replace

import numpy as np

from kubestow.model.node import Node
from kubestow.model.pod import HostPort, Pod
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint
from kubestow.testing import affinity_term, node, pod, spread
from kubestow.verify.arrival import arrival
from kubestow.verify.bindings import Bindings

HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
KINDS = (
    pod("plain", "900m", "1Gi"),
    pod("web", "400m", "1Gi", labels={"app": "web"}, spread=(spread(ZONE, app="web"),)),
    pod("db", labels={"app": "db"}, anti_affinity=(affinity_term(HOST, app="db"),)),
    pod("near", labels={"app": "near"}, affinity=(affinity_term(ZONE, app="web"),)),
    pod("port", host_ports=(HostPort("", "TCP", 80),)),
)  # fmt: skip


def made(kind: Pod, number: int, on: str, **options: bool) -> Pod:
    return replace(kind, name=f"{kind.name}-{number}", node_name=on, **options)  # type: ignore[arg-type] # terminating


def nodes(random: np.random.Generator, known: dict[str, Node], count: int) -> dict[str, Node]:
    """Return nodes of which some are new, some gone and some cordoned."""
    found = {n: item for n, item in known.items() if random.random() < 0.8}
    for name in list(found):
        if random.random() < 0.2:
            item = found[name]
            found[name] = replace(item, unschedulable=not item.unschedulable)
    while len(found) < 5:
        count += 1
        name = f"n{count}-{len(found)}"
        taints = (Taint("only", "x", "NoSchedule"),) if random.random() < 0.2 else ()
        zone = f"zone-{'abc'[int(random.integers(3))]}"
        found[name] = node(name, zone=zone, taints=taints)
    return found


def test_every_answer_is_that_of_a_state_built_anew() -> None:
    random = np.random.default_rng(1)
    judge = Bindings(Cluster())
    there: dict[str, Node] = {}
    bound: dict[int, Pod] = {}
    number, refused = 0, 0
    for turn in range(120):
        there = nodes(random, there, turn * 10)
        bound = {
            n: made(item, 0, item.node_name, terminating=True) if random.random() < 0.1 else item
            for n, item in bound.items()
            if item.node_name in there and random.random() < 0.9
        }
        assert list(judge.follow(there, bound)) == []
        for _ in range(4):
            number += 1
            names = list(there)
            item = made(KINDS[int(random.integers(len(KINDS)))], number,
                        names[int(random.integers(len(names)))])  # fmt: skip
            state = arrival(Cluster(nodes=tuple(there.values()), pods=tuple(bound.values())))
            wanted = state.refusals(item, item.node_name)
            found = list(judge.bind(number, item))
            assert found == (
                [f"pod {item.key} may not be on {item.node_name}: {', '.join(wanted)}"]
                if wanted
                else []
            )
            refused += bool(wanted)
            bound[number] = item
    assert 50 < refused < 400


def test_alone_leaves_out_the_rules_about_other_pods() -> None:
    judge = Bindings(Cluster())
    list(judge.follow({"n": node("n")}, {}))
    assert list(judge.bind(1, made(KINDS[2], 1, "n"))) == []
    assert list(judge.bind(2, made(KINDS[2], 2, "n"), alone=True)) == []
    assert list(judge.bind(3, made(KINDS[2], 3, "n"))) != []


def test_a_daemonsets_pod_needs_room_and_minds_no_cordon() -> None:
    agent = replace(pod("agent", "3"), daemonset="kube-system/agent", node_name="n")
    closed = node("n", unschedulable=True)
    assert list(Bindings(Cluster()).follow({"n": closed}, {1: agent})) == []
    twice = {1: agent, 2: replace(agent, name="other")}
    found = list(Bindings(Cluster()).follow({"n": closed}, twice))
    assert found == ["pod default/other may not be on n: NodeResourcesFit"]


def test_a_node_that_is_not_there_is_found() -> None:
    found = list(Bindings(Cluster()).bind(1, made(KINDS[0], 1, "gone")))
    assert found == ["pod default/plain-1 was bound to gone, which does not exist"]
