"""The journal: every snapshot is built again as it was, from what changed since the one before."""

from dataclasses import replace
from pathlib import Path

from kubestow.adapters.journal_file import Entry, Head, JournalWriter, read_journal
from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.snapshot import Snapshot
from kubestow.model.workload import Lifecycle
from kubestow.testing import node, nodepool, pod, snapshot


def again(path: Path, snapshots: list[Snapshot]) -> list[Entry]:
    """Write snapshots down and read them back."""
    base = replace(snapshots[0], cluster=replace(snapshots[0].cluster, pods=(), nodes=()))
    writer = JournalWriter(path, Head("optimal", (nodepool(),), base, {"seed": 0}))
    for state in snapshots:
        writer.record(state, Memory(), Decision())
    writer.close()
    return list(read_journal(path)[1])


def test_pods_and_nodes_that_come_change_and_go_are_there_again_in_their_order(
    tmp_path: Path,
) -> None:
    first = snapshot((pod("a"), pod("b")), nodes=(node("n1"),), nodepools=(nodepool(),))
    bound = replace(first.cluster.pods[1], node_name="n1")
    second = replace(first, at=10, cluster=replace(first.cluster, pods=(bound, pod("c"))))
    third = replace(second, at=20, cluster=replace(second.cluster, nodes=(node("n2"),)))
    found = again(tmp_path / "j.gz", [first, second, third])
    assert [entry.snapshot.cluster.pods for entry in found] == [
        first.cluster.pods, second.cluster.pods, third.cluster.pods,
    ]  # fmt: skip
    assert [entry.snapshot.cluster.nodes for entry in found] == [
        first.cluster.nodes, second.cluster.nodes, third.cluster.nodes,
    ]  # fmt: skip
    assert [entry.snapshot.at for entry in found] == [0, 10, 20]


def test_a_pod_of_which_only_its_readiness_changed_is_written_again(tmp_path: Path) -> None:
    starting = replace(pod("a"), lifecycle=Lifecycle(("Deployment", "a"), is_ready=False))
    ready = replace(starting, lifecycle=replace(starting.lifecycle, is_ready=True))
    assert starting == ready, "equality leaves the lifecycle out: the journal may not"
    first = snapshot((starting,), nodepools=(nodepool(),))
    second = replace(first, cluster=replace(first.cluster, pods=(ready,)))
    found = again(tmp_path / "j.gz", [first, second])
    read = [entry.snapshot.cluster.pods[0].lifecycle.is_ready for entry in found]
    assert read == [False, True]
