"""Which moves are worth trying, by what stands in the pod's way."""

import pytest

from kubestow.explanation.generate import generate
from kubestow.explanation.prescreen import Prescreen
from kubestow.model import explanation as kinds
from kubestow.model import labels as names
from kubestow.model.pod import HostPort
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.testing import affinity_term, daemonset, node, nodepool, pod, snapshot, spread

BATCH = Taint("team", "batch", "NoSchedule")
SOFT = Taint("team", "soft", "PreferNoSchedule")
PORTS = (HostPort("0.0.0.0", "TCP", 80),)
NOT_READY = Taint("node.kubernetes.io/not-ready", "", "NoSchedule")
GPU, DISK = SelectorRequirement("gpu", "Exists"), SelectorRequirement("disk", "Exists")
AMD64 = (names.ARCH, "In", ["amd64"])


def moves(given: Snapshot) -> list[tuple[str, str, str]]:
    screen = Prescreen(given, given.cluster.nodepools, 0, 1)
    return [(move.kind, move.subject, move.nodepool) for move in generate(screen)]


def on_node(item: Taint, **template: object) -> Snapshot:
    nodes = (node("n", taints=[item]),)
    return snapshot([pod("a", **template)], nodes=nodes, nodepools=())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(snapshot([pod("a")]), [], id="a pod that fits has nothing to try"),
        pytest.param(
            snapshot([pod("a", "20")]),
            [(kinds.LOWER_REQUEST, "cpu", "")],
            id="a request of which some candidate has too little is lowered",
        ),
        pytest.param(
            on_node(BATCH), [(kinds.TOLERATE_TAINT, "team", "")], id="a taint is tolerated"
        ),
        pytest.param(
            on_node(BATCH, tolerations=(Toleration("team", "Exists"),)),
            [],
            id="unless it is tolerated already",
        ),
        pytest.param(on_node(SOFT), [], id="or does not block"),
        pytest.param(
            snapshot([pod("a", host_ports=PORTS)], daemonsets=(daemonset("d", host_ports=PORTS),)),
            [(kinds.DROP_HOST_PORT, "", "")],
            id="a host port that is taken is dropped",
        ),
        pytest.param(snapshot([pod("a", host_ports=PORTS)]), [], id="and one that is free is kept"),
        pytest.param(on_node(NOT_READY), [], id="or says that the node is not ready"),
        pytest.param(
            snapshot([pod("a", node_selector=(("team", "x"), (names.OS, "linux")))]),
            [(kinds.DROP_NODE_SELECTOR, "team", "")],
            id="only the key of a node selector that refuses a candidate is dropped",
        ),
        pytest.param(
            snapshot([pod("a", node_affinity=(NodeSelectorTerm((GPU, DISK)),))]),
            [(kinds.DROP_NODE_AFFINITY, "gpu", ""), (kinds.DROP_NODE_AFFINITY, "disk", "")],
            id="each expression of a term is dropped by itself",
        ),
        pytest.param(
            snapshot(
                [pod("a", node_affinity=(NodeSelectorTerm((GPU,)), NodeSelectorTerm((DISK,))))]
            ),
            [(kinds.DROP_NODE_AFFINITY, "", "")],
            id="of several terms with one expression each all of node affinity goes at once",
        ),
        pytest.param(
            snapshot(
                [
                    pod(
                        "a",
                        spread=(spread(names.ZONE),),
                        affinity=(affinity_term(names.ZONE),),
                        anti_affinity=(affinity_term(names.ZONE),),
                    )
                ]
            ),
            [
                (kinds.RELAX_SPREAD, "", ""),
                (kinds.RELAX_AFFINITY, "", ""),
                (kinds.RELAX_ANTI_AFFINITY, "", ""),
            ],
            id="constraints between pods are relaxed, in a fixed order",
        ),
        pytest.param(
            snapshot([pod("a")], nodepools=(nodepool("p", (names.ARCH, "In", ["arm64"])),)),
            [(kinds.ALLOW_IN_POOL, names.ARCH, "p")],
            id="a requirement of a NodePool that keeps offerings out is widened",
        ),
        pytest.param(
            snapshot(
                [pod("a")],
                nodepools=(nodepool("p", AMD64, (names.ZONE, "In", ["zone-a"])),),
            ),
            [(kinds.ALLOW_IN_POOL, names.ZONE, "p")],
            id="where an offering would do only another zone can help",
        ),
        pytest.param(
            snapshot([pod("a")], nodepools=(nodepool("p", limits=(("cpu", 10**6),)),)),
            [(kinds.RAISE_LIMIT, "cpu", "p")],
            id="a limit is raised",
        ),
    ],
)
def test_the_moves_address_what_refuses_the_pod(
    given: Snapshot, expected: list[tuple[str, str, str]]
) -> None:
    assert moves(given) == expected
