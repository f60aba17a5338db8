"""A fleet counts pods by workload, and nodes that carry the same as one load."""

import pytest
from msgspec.structs import replace

from kubestow.model.pod import Pod, PodTemplate
from kubestow.report.html.fleet import fleet_of

from .samples import GIB, planned_node, small, snapshot

MIB = 2**20


def test_like_nodes_are_one_load_of_one_group() -> None:
    fleet = fleet_of(*small())
    first, second = fleet.groups
    assert (first.count, len(first.loads), second.count) == (3, 1, 1)
    assert [(w.name, n) for w, n in first.loads[0].parts] == [
        ("default/web", 2),
        ("kube-system/agent", 1),
    ]


def test_a_group_knows_its_size_its_room_and_what_its_pods_take() -> None:
    first = fleet_of(*small()).groups[0]
    assert first.capacity == (2000, 8 * GIB, 20)  # of the catalog: 2 vCPU, 8 GiB
    assert first.allocatable == (1900, 6 * GIB, 20)
    assert first.requested == (3 * 1100, 3 * (2 * GIB + 128 * MIB), 9)
    assert first.usd_per_hour == pytest.approx(0.3)


def test_the_workloads_that_take_most_come_first_without_daemonsets() -> None:
    names = [(w.name, n) for w, n in fleet_of(*small()).workloads]
    assert names[:2] == [("default/web", 6), ("default/database", 1)]
    assert all(name != "kube-system/agent" for name, _ in names)


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("web-12", {}, "web"),
        ("web-7d9f8b6c5-x2k9q", {"pod-template-hash": "7d9f8b6c5"}, "web"),
        ("agent-x2k9q", {}, "agent"),
        ("database", {}, "database"),
        ("web-green", {}, "web-green"),
    ],
)
def test_a_workload_is_named_without_what_numbers_its_pods(
    name: str, labels: dict[str, str], expected: str
) -> None:
    own = Pod("a", name, PodTemplate(), tuple(labels.items()))
    plan, _ = small()
    plan = replace(plan, nodes=(replace(plan.nodes[0], pods=(own.key,)),))
    fleet = fleet_of(plan, snapshot((own,)))
    assert [w.name for w, _ in fleet.workloads] == [f"a/{expected}"]


def test_an_existing_node_adds_no_cost_and_an_unused_reservation_is_left_out() -> None:
    plan, of = small()
    there = replace(plan.nodes[0], existing=True)
    unused = replace(plan.nodes[1], existing=True, reservation="r", pods=())
    (group,) = fleet_of(replace(plan, nodes=(there, unused)), of).groups
    assert (group.status, group.usd_per_hour) == ("existing", 0.0)
    assert planned_node("x", []).price.usd_per_hour == 0.1
