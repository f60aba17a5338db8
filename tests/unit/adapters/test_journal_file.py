"""The journal: every snapshot is built again as it was, from what changed since the one before."""

import gzip
from dataclasses import replace
from pathlib import Path

from kubestow.adapters.journal_file import Entry, Head, JournalWriter, read_journal
from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.snapshot import Snapshot
from kubestow.model.spot_prices import repriced
from kubestow.model.workload import Lifecycle
from kubestow.testing import GENERAL, ZONES, catalog, node, nodepool, pod, snapshot


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


def test_of_prices_that_move_only_what_changed_is_written(tmp_path: Path) -> None:
    first = snapshot(catalog_of=catalog(*GENERAL, spot=0.5), nodepools=(nodepool(),))
    moved = repriced(first.catalog, {("m5.large", ZONES[1]): 30_000_000})
    again_moved = repriced(moved, {("m5.large", ZONES[1]): 48_000_000, ("c5.xlarge", ZONES[0]): 7})
    states = [first, *(replace(first, catalog=c) for c in (moved, moved, again_moved))]
    found = again(tmp_path / "j.gz", states)
    # What moved says where it is from, also when it is back at the price it had.
    assert [entry.snapshot.catalog for entry in found] == [state.catalog for state in states]
    lines = gzip.decompress((tmp_path / "j.gz").read_bytes()).splitlines()
    assert [b'"prices"' in line for line in lines[1:]] == [False, True, False, True]
    assert found[2].snapshot.catalog is found[1].snapshot.catalog
