"""The runbook has one manager act at a time, and each end the nodes that it launched."""

import shlex

from tests.unit.adoption.clusters import deployment, under_autoscaler, under_karpenter
from tests.unit.live.objects import node, pod

from kubestow.model.adoption import REPLICAS_BEFORE, SIZES_BEFORE
from kubestow.views.adoption_commands import AdoptionSettings

from .adoptions import SETTINGS, commands, from_autoscaler, from_karpenter, view


def test_every_step_says_how_to_see_that_it_worked_and_how_to_go_back() -> None:
    for found in (from_karpenter(), from_autoscaler()):
        assert all(step.expect and step.back for step in found.runbook)
        for command in commands(found):
            shlex.split(command)


def test_karpenter_is_stopped_before_kubestow_acts_and_runs_again_only_beside_a_stopped_one() -> (
    None
):
    found = commands(from_karpenter())
    down = [i for i, c in enumerate(found) if "scale deployment/karpenter --replicas=0" in c]
    up = [i for i, c in enumerate(found) if "scale deployment/karpenter --replicas=2" in c]
    act = next(i for i, c in enumerate(found) if "controller.mode=act" in c)
    stop = next(i for i, c in enumerate(found) if "kubestow.dev/stop=now" in c)
    go_on = next(i for i, c in enumerate(found) if c.endswith("kubestow.dev/stop-"))
    assert down[0] < act < stop < up[0] < down[1] < go_on


def test_nodeclaims_are_deleted_after_their_nodes_were_drained() -> None:
    found = commands(from_karpenter())
    drained = [i for i, c in enumerate(found) if c.startswith("kubectl drain")]
    deleted = next(i for i, c in enumerate(found) if c.startswith("kubectl delete nodeclaim"))
    assert len(drained) == 2
    assert max(drained) < deleted
    assert found[deleted] == "kubectl delete nodeclaim general-a general-b --wait=false"
    assert "kubectl wait --for=delete nodeclaim/general-a nodeclaim/general-b" in found[deleted + 5]


def test_the_nodes_that_stay_are_open_before_karpenter_is_started_on_them() -> None:
    found = commands(from_karpenter(), "end")
    opened = found.index("kubectl uncordon system-1 system-2")
    started = next(i for i, c in enumerate(found) if "deployment/karpenter --replicas=2" in c)
    assert opened < started


def test_without_nodeclaims_nothing_is_deleted() -> None:
    items = [item for item in under_karpenter() if item["kind"] != "NodeClaim"]
    found = view(items)
    assert not found.ready
    assert not any("nodeclaim" in c for c in commands(found))
    assert any("No NodeClaim" in step.does for step in found.runbook)


def test_kubestow_evicts_nothing_by_itself_until_the_old_nodes_have_gone() -> None:
    found = commands(from_karpenter())
    assert any("mode=act" in c and "limits.evictionsPerHour=0" in c for c in found)
    assert "limits.evictionsPerHour=" in commands(from_karpenter(), "after")[0]


def test_kubestow_runs_on_nodes_that_stay_and_with_a_priority() -> None:
    (install,) = [c for c in commands(from_karpenter()) if "--install" in c]
    assert """'controller.nodeSelector={"eks.amazonaws.com/nodegroup":"system"}'""" in install
    assert "controller.priorityClassName=system-cluster-critical" in install
    assert "image.repository=registry/kubestow" in install


def test_files_with_nodepools_are_given_to_the_chart() -> None:
    settings = AdoptionSettings(pool_files={"mine": "a b.yaml"})
    (install,) = [c for c in commands(from_karpenter(settings=settings)) if "--install" in c]
    assert "'nodePools.mine=a b.yaml'" in install
    step = next(s for s in from_karpenter(settings=settings).runbook if "install" in s.title)
    assert step.fill_in == ("REGISTRY",)
    assert (
        next(s for s in from_karpenter(settings=SETTINGS).runbook if s.phase == "act").fill_in == ()
    )


def test_the_nodes_that_stay_are_kept_free_while_pods_move() -> None:
    found = commands(from_karpenter())
    cordon = next(i for i, c in enumerate(found) if c.startswith("kubectl cordon"))
    uncordon = next(i for i, c in enumerate(found) if c.startswith("kubectl uncordon"))
    assert found[cordon] == "kubectl cordon k-1 k-2 system-1 system-2"
    assert found[uncordon] == "kubectl uncordon system-1 system-2"
    assert max(i for i, c in enumerate(found) if c.startswith("kubectl drain")) < uncordon


def test_what_was_is_written_on_the_deployment_for_the_way_back() -> None:
    noted = commands(from_autoscaler(), "stop")[0]
    assert "replicas-before-adoption=1" in noted
    assert "sizes-before-adoption=system=1,workers=2" in noted


def test_a_group_is_ended_once_it_is_empty_and_the_one_that_stays_is_not() -> None:
    ends = [c for c in commands(from_autoscaler(), "end") if c.startswith("aws")]
    assert ends == [
        "aws eks update-nodegroup-config --region us-east-1 --cluster-name shop --nodegroup-name "
        "workers --scaling-config minSize=0,desiredSize=0"
    ]


def test_of_the_only_group_single_instances_are_ended() -> None:
    items = [*(node(f"w-{n}") for n in range(3)), pod("a", "w-2"), pod("b", "w-2"),
             deployment("cluster-autoscaler")]  # fmt: skip
    ends = [c for c in commands(view(items), "end") if "aws" in c]
    assert "minSize=2,desiredSize=3" in ends[0]
    assert ends[1].startswith("aws eks wait nodegroup-active")
    assert "get node w-2" in ends[2]
    assert "--should-decrement-desired-capacity" in ends[2]


def test_a_manager_that_is_stopped_already_is_not_stopped_or_noted_again() -> None:
    items = [item for item in under_karpenter() if item["kind"] not in ("Deployment", "Lease")]
    notes = {REPLICAS_BEFORE: "3"}
    found = view([*items, deployment("karpenter", replicas=0, annotations=notes)])
    assert commands(found, "stop") == []
    assert any("deployment/karpenter --replicas=3" in c for c in commands(found, "end"))


def test_sizes_that_were_noted_are_kept_and_new_groups_are_added() -> None:
    items = [item for item in under_autoscaler() if item["kind"] != "Deployment"]
    notes = {SIZES_BEFORE: "workers=9,gone=2"}
    found = view([*items, deployment("cluster-autoscaler", replicas=1, annotations=notes)])
    assert f"{SIZES_BEFORE}=system=1,workers=9,gone=2" in commands(found, "stop")[0]


def test_once_the_manager_is_stopped_the_moves_are_planned_again() -> None:
    settings = AdoptionSettings(pool_files={}, again="kubestow adopt --cluster --of karpenter")
    found = commands(from_karpenter(settings=settings))
    again = found.index("kubestow adopt --cluster --of karpenter")
    stop = next(i for i, c in enumerate(found) if "scale deployment/karpenter --replicas=0" in c)
    assert stop < again < next(i for i, c in enumerate(found) if "mode=act" in c)


def test_a_pod_that_is_never_ready_does_not_hold_up_the_runbook() -> None:
    waits = [c for c in commands(from_karpenter()) if c.startswith("kubectl wait --for=condition")]
    assert waits
    assert all("=PodScheduled" in c or "--timeout=3m ||" in c for c in waits)
