"""The runbook: commands in order, quoted, each with what undoes it."""

import json
from dataclasses import replace

import pytest

from kubestow.model.migration import LOST, SCALE, Loss, PodMove, Request, Wave, WorkloadMove
from kubestow.model.snapshot import Cluster
from kubestow.views.migrated_nodes import launched_node_view, source_view
from kubestow.views.runbook import StepView, runbook
from kubestow.views.wave_view import wave_views

from .migrations import NODES, WAVES, launch, migration


def steps(**changes: object) -> tuple[StepView, ...]:
    moved = migration(**changes)
    cluster = Cluster(nodes=NODES)
    source = source_view("group in (old)", moved, cluster, Request(moved.sources))
    launched = [launched_node_view(item, cluster) for item in moved.launched]
    return runbook("test-1", source, launched, wave_views(moved), moved.losses)


@pytest.mark.parametrize(
    ("title", "command", "back"),
    [
        ("set the cluster name", "CLUSTER=shop", "nothing to undo"),
        ("launch 1 m5.large in zone-a", "eksctl create nodegroup -f - <<EOF",
         '--region test-1 --name kubestow-1-1-m5-large'),
        ("launch 1 m5.large in zone-a", "--name new --nodes 2 --nodes-max 2", "--nodes 1"),
        ("cordon the old nodes", "kubectl cordon -l 'group in (old)'",
         "kubectl uncordon -l 'group in (old)'"),
        ("restart Deployment shop/web", "kubectl rollout restart deployment/web -n shop",
         "kubectl rollout undo deployment/web -n shop"),
        ("add a replica to StatefulSet shop/db",
         "kubectl patch hpa db -n shop --type merge -p '{\"spec\": {\"minReplicas\": 2}}'",
         "'{\"spec\": {\"minReplicas\": 1}}'"),
        ("drain old-1: 2 pods, about 400 s",
         "kubectl drain old-1 --ignore-daemonsets --delete-emptydir-data --timeout=800s",
         "kubectl uncordon old-1"),
        ("remove the empty nodes", "--name old --nodes-min 0", "--name old --nodes N"),
        ("drain old-2: 1 pod, about 20 s",
         "kubectl drain old-2 --ignore-daemonsets --timeout=300s",
         "kubectl uncordon old-2"),
        ("restore the replicas of StatefulSet shop/db", '"minReplicas": 1', '"minReplicas": 2'),
        ("delete node group old", "eksctl delete nodegroup",
         "recreate it with eksctl create nodegroup"),
    ],
)  # fmt: skip
def test_a_step_has_its_command_and_its_way_back(title: str, command: str, back: str) -> None:
    matching = [step for step in steps() if step.title.startswith(title)]
    assert any(command in "\n".join(s.commands) and back in s.back for s in matching)


def test_what_keda_scales_is_scaled_through_its_scaled_object() -> None:
    scaled = WorkloadMove("Rollout", "shop", "web", 1, SCALE, autoscaler="scaledobject/web")
    first, *others = WAVES
    commands = [c for s in steps(waves=(replace(first, workloads=(scaled,)), *others))
                for c in s.commands]  # fmt: skip
    patch = '\'{"spec": {"minReplicaCount": 2}}\''
    assert f"kubectl patch scaledobject web -n shop --type merge -p {patch}" in commands


def test_the_steps_are_in_the_order_of_the_waves() -> None:
    assert [step.wave for step in steps()] == [0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]


def test_a_new_node_group_is_an_eksctl_config_with_labels_and_taints() -> None:
    create = next(s.commands[0] for s in steps() if "create nodegroup" in s.commands[0])
    (group,) = json.loads(create.split("EOF")[1])["managedNodeGroups"]
    assert group["labels"] == {"team": "batch"}
    assert group["taints"] == [{"key": "team", "value": "batch", "effect": "NoSchedule"}]
    assert group["spot"]


def test_like_nodes_are_launched_together() -> None:
    wave = Wave(("a", "b"), (), (), (), ())
    alike = steps(launched=(launch("a"), launch("b")), waves=(wave,))
    launches = [step for step in alike if step.title.startswith("launch")]
    assert [step.title for step in launches] == ["launch 2 m5.large in zone-a"]


def test_a_pod_that_nothing_creates_again_needs_force() -> None:
    lost = Wave((), (), (), ("old-1", "old-2"), (PodMove("shop/bare", "old-2", LOST),))
    drain = next(
        step
        for step in steps(waves=(lost,), losses=(Loss("shop/bare", LOST),))
        if step.title.startswith("drain")
    )
    assert drain.commands == (
        "kubectl drain old-1 --ignore-daemonsets --timeout=300s &",
        "kubectl drain old-2 --ignore-daemonsets --force --timeout=300s &",
        "wait",
    )
