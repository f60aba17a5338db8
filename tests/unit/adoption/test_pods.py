"""Pods that cannot move, or that nothing carries, are found; others are not."""

from typing import Any

from tests.unit.live.objects import Object, pod

from kubestow.adoption.pods import judge
from kubestow.model.finding import Finding
from kubestow.model.reporter import SilentReporter
from kubestow.usecases.migrate import MigrateRequest, migrate

from .clusters import context_of, under_karpenter


def found(items: list[Object]) -> dict[str, Finding]:
    context = context_of(items)
    asked = MigrateRequest(snapshot=context.observed.snapshot, sources=("k-1", "k-2"))
    answer = migrate(asked, SilentReporter())
    given = context_of(items, migration=answer.migration, plan=answer.plan)
    return {item.rule: item for item in judge(given)}


def budget(**spec: Any) -> Object:
    selector = {"matchLabels": {"app": "web"}}
    return {
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": selector, **spec},
        "status": {"disruptionsAllowed": 1},
    }  # fmt: skip


def test_pods_that_move_have_no_findings() -> None:
    assert found(under_karpenter(budget(maxUnavailable=1))) == {}


def test_a_budget_that_allows_nothing_holds_pods() -> None:
    finding = found(under_karpenter(budget(maxUnavailable=0)))["pod-cannot-move"]
    assert "shop/web" in finding.reason


def test_do_not_disrupt_and_bare_pods_hold_their_nodes() -> None:
    kept = pod("kept", "k-1", annotations={"karpenter.sh/do-not-disrupt": "true"})
    assert "do-not-disrupt" in found(under_karpenter(kept))["pod-cannot-move"].reason
    bare = pod("bare", "k-1", ownerReferences=[])
    assert "controller" in found(under_karpenter(bare))["pod-cannot-move"].reason


def test_a_pod_that_selects_a_node_group_is_carried_by_no_nodepool() -> None:
    picky = pod("picky", "k-1")
    picky["spec"]["nodeSelector"] = {"team": "gone"}
    assert "picky" in found(under_karpenter(picky))["pod-not-carried"].subject.name


def test_data_on_a_node_is_lost() -> None:
    cached = pod("cached", "k-1")
    cached["spec"]["volumes"] = [{"name": "cache", "emptyDir": {}}]
    assert "emptyDir" in found(under_karpenter(cached))["pod-loses"].reason


def test_pods_that_are_not_ready_before_anything_moves_are_named() -> None:
    crashing = pod("crashing", "system-1")
    crashing["status"]["containerStatuses"][0]["ready"] = False
    (told,) = judge(context_of(under_karpenter(crashing, pod("waiting"))))
    assert (told.rule, told.severity) == ("pods-not-ready", "warning")
    assert "found: 2 that are not Ready" in told.reason
    assert list(judge(context_of(under_karpenter()))) == []
