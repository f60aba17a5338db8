"""Disks: how long a pod waits for its volumes."""

from kubestow.simulation.disks import Disks
from kubestow.simulation.scenario import Durations

TIMES = Durations(provision=5, attach=8, detach=4)


def test_a_new_volume_is_provisioned_and_attached() -> None:
    assert Disks(TIMES).attach(["v"], "n1", 100) == 13
    assert Disks(TIMES).attach([], "n1", 100) == 0


def test_a_volume_moves_once_it_is_free() -> None:
    disks = Disks(TIMES)
    disks.attach(["v"], "n1", 0)
    disks.release(["v"], "n1", 50)
    assert disks.detached_at("n1") == 54
    assert disks.attach(["v"], "n2", 51) == 3 + 8
    assert disks.detached_at("n2") == 0


def test_pods_of_one_node_share_a_volume() -> None:
    disks = Disks(TIMES)
    disks.attach(["v"], "n1", 0)
    assert disks.attach(["v"], "n1", 20) == 0
    disks.release(["v"], "n1", 30)
    assert disks.detached_at("n1") == 0
    disks.release(["v"], "n1", 40)
    assert disks.detached_at("n1") == 44


def test_a_volume_of_a_lost_node_is_free_after_six_minutes() -> None:
    disks = Disks(TIMES)
    disks.attach(["v"], "n1", 0)
    disks.release(["v"], "n1", 100, lost=True)
    assert disks.attach(["v"], "n2", 110) == 350 + 8
    assert disks.detached_at("n1") == 0  # the node is gone


def test_the_slowest_volume_of_a_pod_counts() -> None:
    disks = Disks(TIMES)
    disks.attach(["a"], "n1", 0)
    disks.release(["a"], "n1", 100)
    assert disks.attach(["a", "new"], "n2", 200) == 13
