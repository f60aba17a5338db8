"""The way back: nodes of kubestow are ended by kubestow, and never beside Karpenter."""

import subprocess
from pathlib import Path

import pytest
from tests.unit.adoption.clusters import deployment, own_node
from tests.unit.live.objects import node, pod

from kubestow.model.adoption import OWN_FINALIZER

from .adoptions import back_to, commands, view


def test_to_karpenter_pods_move_before_kubestow_ends_its_nodes() -> None:
    found = commands(back_to("karpenter"))
    index = {
        key: next(i for i, c in enumerate(found) if text in c)
        for key, text in {
            "dry": "controller.mode=dry-run", "start": "deployment/karpenter --replicas=3",
            "drain": "kubectl drain", "delete": "kubectl delete node own-1 own-2 --wait=false",
            "stop": "deployment/karpenter --replicas=0", "act": "controller.mode=act",
            "gone": "--for=delete node/own-1",
        }.items()
    }  # fmt: skip
    order = [index[key] for key in ("dry", "start", "drain", "delete", "stop", "act", "gone")]
    assert order == sorted(order)
    assert "limits.launchesPerHour=0" in found[index["act"]]
    assert sum("deployment/karpenter --replicas=3" in c for c in found) == 2
    assert found[-2].startswith("! kubectl get nodes")
    assert found[-2].endswith(
        "| grep kubestow.dev/termination && helm uninstall kubestow -n kubestow"
    )
    assert "annotate deployment karpenter kubestow.dev/replicas-before-adoption- " in found[-1]


def test_to_groups_their_nodes_come_first_and_kubestow_drains_its_own() -> None:
    found = commands(back_to("cluster-autoscaler", sizes="workers=2,system=1,self-managed/own=3"))
    sizes = [c for c in found if c.startswith("aws")]
    assert "workers --scaling-config minSize=MIN,desiredSize=2" in sizes[0]
    assert any(c.startswith("eksctl scale nodegroup") and "--name own" in c for c in found)
    deleted = [i for i, c in enumerate(found) if c.startswith("kubectl delete node own-")]
    off = next(i for i, c in enumerate(found) if "controller.mode=dry-run" in c)
    on = next(i for i, c in enumerate(found) if "scale deployment/cluster-autoscaler" in c)
    assert found.index(sizes[-1]) < min(deleted) <= max(deleted) < off < on
    assert not any("kubectl drain" in c for c in found)
    assert "limits.launchesPerHour=0 --set controller.limits.evictionsPerHour=0" in found[0]
    lifted = next(i for i, c in enumerate(found) if c.endswith("limits.evictionsPerHour="))
    assert found.index(sizes[-1]) < lifted < min(deleted)


@pytest.mark.parametrize(("finalizers", "goes_on"), [([], True), ([OWN_FINALIZER], False)])
def test_kubestow_is_removed_only_if_no_node_has_its_finalizer(
    tmp_path: Path, finalizers: list[str], goes_on: bool
) -> None:
    (command,) = [c for c in commands(back_to("karpenter")) if "helm uninstall" in c]
    for name, told in {"kubectl": f"own-1 {finalizers}", "helm": "uninstalled"}.items():
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{told}"\n')
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", command], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, text=True,
        capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    assert (done.returncode == 0, "uninstalled" in done.stdout) == (goes_on, goes_on)


def test_sizes_that_nothing_tells_are_to_be_filled_in() -> None:
    step = back_to("cluster-autoscaler").runbook[1]
    assert set(step.fill_in) == {"MIN", "N"}


@pytest.mark.parametrize("manager", ["karpenter", "cluster-autoscaler"])
def test_nodes_of_groups_that_kubestow_scales_are_opened_and_never_deleted(manager: str) -> None:
    group = node("g-1")
    group["metadata"]["annotations"] = {"kubestow.dev/leaving": "spot"}
    items = [own_node("own-1"), own_node("own-2"), group, node("system-1", group="system"),
             *(pod(f"web-{number}", f"own-{number}") for number in (1, 2)),
             deployment(manager, replicas=0)]  # fmt: skip
    found = commands(view(items, back=True))
    assert any("delete node own-1" in c for c in found)
    assert not any("delete node" in c and "g-1" in c for c in found)
    opened = [i for i, c in enumerate(found) if c.endswith("| xargs -r kubectl uncordon")]
    stopped = next(i for i, c in enumerate(found) if "kubestow-controller --replicas=0" in c)
    assert opened
    assert stopped < opened[0]
    assert all("-l eks.amazonaws.com/nodegroup " in found[i] for i in opened)
