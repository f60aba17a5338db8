"""Which pods are planned for, and which are refused at once or in the end."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.provisioning.demand import DAEMONSET_TOPOLOGY, NOWHERE, Demand
from kubestow.provisioning.packing.packer import LeftOut
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.scheduling.domains import Dealt
from kubestow.testing import daemonset, node, pod, replicas, snapshot, spread


def demand(*pods: Pod, **cluster: Any) -> Demand:
    state = snapshot(pods, **cluster)
    return Demand(prepare(state, state.cluster.nodepools))


OUTRIGHT = [
    ("a pod that runs somewhere is planned for", pod("p"), None),
    ("a pod with a gate", pod("p", scheduling_gates=("wait",)), "SchedulingGates"),
    ("a pod that asks for what is not supported", pod("p", unsupported=("claims",)),
     "NotSupported"),
    ("a pod whose claim is not in the input", pod("p", claims=("c",)), "VolumeBinding"),
    ("a pod larger than every node", pod("p", "999"), NOWHERE),
    ("a pod for a zone that nothing is sold in",
     pod("p", node_selector=((names.ZONE, "mars"),)), NOWHERE),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "reason"), OUTRIGHT)
def test_refused_outright_is(sentence: str, item: Pod, reason: str | None) -> None:
    found = demand(item)
    assert found.pods == [0 if reason is not None else 1], sentence
    assert found.refused == ({(0, reason): 1} if reason is not None else {}), sentence


def test_a_pod_that_admission_rejects_leaves_by_that_name() -> None:
    assert demand(replace(pod("p"), rejected="no")).refused == {(0, "Admission"): 1}


def test_constraints_wider_than_a_node_over_the_pods_of_a_daemonset_are_not_supported() -> None:
    agent = replace(daemonset("agent"), namespace="default", labels=(("app", "agent"),))
    wide = pod("p", spread=(spread(names.ZONE, app="agent"),))
    narrow = pod("q", spread=(spread(names.HOSTNAME, app="agent"),))
    found = demand(wide, narrow, daemonsets=(agent,))
    assert found.refused == {(0, DAEMONSET_TOPOLOGY): 1}


@pytest.mark.parametrize(("running", "planned"), [(0, 1), (1, 0)])
def test_of_the_pods_of_a_read_write_once_pod_claim_one_runs(running: int, planned: int) -> None:
    claims = {
        ("default", "c"): PersistentVolumeClaim(
            "default", "c", "wait", "v", access_modes=("ReadWriteOncePod",)
        )
    }
    there = [pod("old", claims=("c",), node="n")][:running]
    found = demand(
        *there, *replicas(3, "p", claims=("c",)), nodes=(node("n"),), claims=claims,
        volumes={"v": PersistentVolume("v")},
    )  # fmt: skip
    assert found.pods[0] == planned
    assert found.refused == {(0, "VolumeRestrictions"): 3 - planned}


DEALT = Dealt(((0, 7, 5), (0, 8, 5)), (), ())


def left(cell: int | None, count: int) -> LeftOut:
    return LeftOut({(0, cell, "NodeResourcesFit"): count})


def test_pods_left_out_of_a_cell_tell_what_it_has_room_for() -> None:
    found = demand(*replicas(10, "p"))
    found.learn(left(7, 2), DEALT, patient=True)
    assert (found.room, found.pods) == ({(0, 7): 3}, [10])


def test_pods_left_out_of_a_cell_again_are_refused() -> None:
    found = demand(*replicas(10, "p"))
    found.learn(left(7, 2), DEALT, patient=True)
    found.learn(left(7, 1), DEALT, patient=True)
    assert (found.room, found.pods) == ({(0, 7): 3}, [9])
    assert found.refused == {(0, "NodeResourcesFit"): 1}


def test_pods_left_out_of_no_cell_are_refused() -> None:
    found = demand(*replicas(10, "p"))
    found.learn(left(None, 4), DEALT, patient=True)
    assert (found.pods, found.refused.total()) == ([6], 4)


def test_without_patience_a_class_with_pods_left_is_refused_whole() -> None:
    found = demand(*replicas(10, "p"))
    found.learn(left(7, 1), DEALT, patient=False)
    assert (found.pods, found.refused.total()) == ([0], 10)
