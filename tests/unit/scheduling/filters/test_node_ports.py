"""NodePorts: which host ports two pods of one node cannot both have."""

import pytest
from tests.verdicts import PASSES, unschedulable, verdict, verdicts

from kubestow.model.pod import HostPort
from kubestow.scheduling.filters import node_ports
from kubestow.scheduling.filters.node_ports import REASON
from kubestow.testing import node, pod

ANY = "0.0.0.0"
TAKEN = unschedulable(REASON)
CASES: list[tuple[str, list[HostPort], list[HostPort], str]] = [
    ("no ports are wanted", [], [HostPort(ANY, "TCP", 80)], PASSES),
    ("no ports are taken", [HostPort(ANY, "TCP", 80)], [], PASSES),
    ("the same port", [HostPort(ANY, "TCP", 80)], [HostPort(ANY, "TCP", 80)], TAKEN),
    ("another port", [HostPort(ANY, "TCP", 80)], [HostPort(ANY, "TCP", 81)], PASSES),
    ("another protocol", [HostPort(ANY, "TCP", 80)], [HostPort(ANY, "UDP", 80)], PASSES),
    ("the same address", [HostPort("10.0.0.1", "TCP", 80)], [HostPort("10.0.0.1", "TCP", 80)],
     TAKEN),
    ("two addresses", [HostPort("10.0.0.1", "TCP", 80)], [HostPort("10.0.0.2", "TCP", 80)],
     PASSES),
    ("all addresses are wanted, one is taken", [HostPort(ANY, "TCP", 80)],
     [HostPort("10.0.0.2", "TCP", 80)], TAKEN),
    ("one address is wanted, all are taken", [HostPort("10.0.0.1", "TCP", 80)],
     [HostPort(ANY, "TCP", 80)], TAKEN),
    (":: is an address like any other", [HostPort("::", "TCP", 80)],
     [HostPort("10.0.0.2", "TCP", 80)], PASSES),
    ("one of two ports", [HostPort(ANY, "TCP", 80), HostPort(ANY, "TCP", 443)],
     [HostPort(ANY, "TCP", 443)], TAKEN),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "wanted", "taken", "expected"), CASES)
def test_ports_wanted_and_taken(
    sentence: str, wanted: list[HostPort], taken: list[HostPort], expected: str
) -> None:
    there = pod("there", node="n", host_ports=tuple(taken))
    item = pod("p", host_ports=tuple(wanted))
    assert verdict(node_ports, item, node("n"), there) == expected, sentence


def test_a_port_is_taken_on_the_pods_own_node_alone() -> None:
    web = (HostPort(ANY, "TCP", 80),)
    there = pod("there", node="b", host_ports=web)
    found = verdicts(node_ports, pod("p", host_ports=web), (node("a"), node("b")), there)
    assert found == [PASSES, TAKEN]


def test_equal_ports_inside_one_pod_do_not_conflict() -> None:
    twice = (HostPort(ANY, "TCP", 80), HostPort(ANY, "TCP", 80))
    assert verdict(node_ports, pod("p", host_ports=twice), node("n")) == PASSES
