"""The journal: every snapshot is built again as it was, from what changed since the one before."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from kubestow.adapters.journal_file import (
    Entry,
    Head,
    JournalWriter,
    decoded,
    encoded,
    read_journal,
    resumed_journal,
)
from kubestow.model.decision import (
    Cordon,
    Decision,
    Drain,
    Kept,
    Launch,
    Uncordon,
    Waiting,
)
from kubestow.model.input_error import InputError
from kubestow.model.memory import Memory, RecordedDecision
from kubestow.model.snapshot import Snapshot
from kubestow.model.workload import Lifecycle
from kubestow.testing import node, nodeclaim, nodepool, pod, snapshot


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


HEAD = Head("optimal", (nodepool(),), snapshot(), {"seed": 0})


def test_a_decision_is_read_back_as_it_was_written() -> None:
    claim = nodeclaim("n1", daemonset_pods=(replace(pod("agent"), daemonset="agent"),))
    actions = (Launch(claim, "x"), Cordon("a", "y"), Uncordon("a"), Drain("b", "z", force=True))
    made = Decision(actions, (Kept("c", "why"),), (Waiting("default/w", "planned", "n1"),), 7, 9)
    assert decoded(encoded(made)) == made
    assert encoded(decoded(encoded(made))) == encoded(made)
    assert decoded(encoded(Decision())) == Decision()


def written(path: Path, *instants: int) -> bytes:
    """Write a journal of decisions at these instants, and return its bytes."""
    writer = JournalWriter(path, HEAD)
    for at in instants:
        writer.record(replace(snapshot(), at=at), Memory(counter=at), Decision(look_again_at=at))
    writer.close()
    return path.read_bytes()


def test_every_decision_is_in_the_file_before_the_next_is_made(tmp_path: Path) -> None:
    path = tmp_path / "j.gz"
    writer = JournalWriter(path, HEAD)
    for count in range(4):
        assert len(list(read_journal(path)[1])) == count
        writer.record(replace(snapshot(), at=count), Memory(), Decision())
    writer.close()


def test_a_torn_journal_goes_on_with_what_it_holds_and_ends_the_same(tmp_path: Path) -> None:
    path = tmp_path / "j.gz"
    whole = written(path, 1, 2, 3)
    path.write_bytes(whole[:-25])  # in the last line
    writer, recorded = resumed_journal(path, HEAD)
    assert list(recorded) == [
        RecordedDecision(Memory(counter=at), Decision(look_again_at=at)) for at in (1, 2)
    ]
    for at in (1, 2, 3):
        writer.record(replace(snapshot(), at=at), Memory(counter=at), Decision(look_again_at=at))
    writer.close()
    assert path.read_bytes() == whole


def test_a_journal_stays_until_another_has_come_as_far(tmp_path: Path) -> None:
    path = tmp_path / "j.gz"
    whole = written(path, 1, 2, 3)
    writer, _ = resumed_journal(path, HEAD)
    writer.record(replace(snapshot(), at=1), Memory(counter=1), Decision(look_again_at=1))
    writer.close()  # interrupted
    assert path.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [path]


def test_a_journal_of_something_else_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "j.gz"
    whole = written(path, 1, 2)
    with pytest.raises(InputError, match="was written by another command"):
        resumed_journal(path, replace(HEAD, options={"seed": 1}))
    writer, _ = resumed_journal(path, HEAD)
    writer.record(replace(snapshot(), at=1), Memory(counter=1), Decision(look_again_at=1))
    with pytest.raises(InputError, match="decision 2 now differs"):
        writer.record(replace(snapshot(), at=2), Memory(counter=2), Decision())
    assert path.read_bytes() == whole
    path.write_bytes(b"something")
    with pytest.raises(InputError, match="is not a journal"):
        resumed_journal(path, HEAD)
    path.write_bytes(gzip.compress(b"{}\n"))
    with pytest.raises(InputError):
        resumed_journal(path, HEAD)


def test_a_journal_of_another_version_is_refused_by_its_version_and_left_alone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "j.gz"
    old = gzip.compress(b'{"version": 1, "policy": "optimal"}\n{"at": 1}\n')
    path.write_bytes(old)
    for read in (read_journal, lambda path: resumed_journal(path, HEAD)):
        with pytest.raises(InputError, match="journal version 1 is not supported, only") as error:
            read(path)
        assert "run 'kubestow simulate --out' again" in str(error.value.hint)
    assert path.read_bytes() == old


@pytest.mark.parametrize("left", [0, 5, 30])
def test_of_a_journal_without_a_whole_line_nothing_is_left(left: int, tmp_path: Path) -> None:
    path = tmp_path / "j.gz"
    path.write_bytes(written(path, 1)[:left])
    writer, recorded = resumed_journal(path, HEAD)
    writer.close()
    assert list(recorded) == []
    assert list(read_journal(path)[1]) == []
