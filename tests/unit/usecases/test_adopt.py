"""A change-over has two ends, nodes that stay, nodes that move, and what both cost."""

from typing import Any

import pytest
from tests.unit.adoption.clusters import (
    deployment,
    karpenter_node,
    objects_of,
    own_node,
    under_autoscaler,
    under_karpenter,
)
from tests.unit.live.objects import Object, node, observed, pod

from kubestow.model.adoption import Adoption, Manager
from kubestow.model.input_error import InputError
from kubestow.model.reporter import SilentReporter
from kubestow.usecases.adopt import AdoptRequest, adopt


def adopted(items: list[Object], **more: Any) -> Adoption:
    request = AdoptRequest(
        observed=observed(*items), objects=objects_of(items), eks_cluster="shop",
        classes=frozenset({"general"}), **more,
    )  # fmt: skip
    return adopt(request, SilentReporter())


def rules(found: Adoption) -> list[str]:
    return [item.rule for item in found.report.findings]


def test_karpenters_nodes_move_and_static_ones_stay() -> None:
    found = adopted(under_karpenter())
    assert (found.of, found.to) == (Manager.KARPENTER, Manager.KUBESTOW)
    assert found.moving == ("k-1", "k-2")
    assert found.home is not None
    assert found.home.nodes == ("system-1", "system-2")
    assert found.migration is not None
    assert found.migration.ends
    assert rules(found) == []


def test_the_cost_after_is_without_the_old_nodes_and_with_the_planned_ones() -> None:
    found = adopted(under_karpenter())
    assert found.plan is not None
    new = sum(n.price.nano_usd_per_hour for n in found.plan.nodes if not n.existing)
    assert found.before == 4 * 192_000_000
    assert found.after == 2 * 192_000_000 + new


def test_what_groups_cost_on_the_way_back_is_not_known() -> None:
    items = [own_node("own"), node("s", group="system"), pod("a", "own"),
             deployment("cluster-autoscaler", replicas=0)]  # fmt: skip
    found = adopted(items, back=True)
    assert found.moving == ("own",)
    assert found.migration is not None
    assert found.after is None


def test_groups_without_nodepools_are_planned_with_those_that_are_offered() -> None:
    found = adopted(under_autoscaler())
    assert (found.of, found.moving) == (Manager.CLUSTER_AUTOSCALER, ("w-1", "w-2"))
    assert [item.pool.name for item in found.offered] == ["system", "workers"]
    assert found.migration is not None
    assert rules(found) == ["nodepool-missing", "home-full", "other-way"]


def test_groups_that_nobody_scales_can_be_moved_too() -> None:
    items = [item for item in under_autoscaler() if item["kind"] != "Deployment"]
    assert adopted(items).of is Manager.NOBODY
    assert adopted(items, keep="workers").moving == ("system-1",)


def test_the_way_back_leaves_kubestows_nodes_for_who_is_at_zero() -> None:
    items = [own_node("own"), node("s", group="system"), pod("a", "own"), pod("b", "own"),
             deployment("karpenter", replicas=0)]  # fmt: skip
    found = adopted(items, back=True)
    assert (found.of, found.to, found.moving) == (Manager.KUBESTOW, Manager.KARPENTER, ("own",))
    assert found.is_back
    assert found.home is None


@pytest.mark.parametrize(
    ("items", "more", "said"),
    [
        ([own_node("own")], {}, "all nodes are kubestow's already"),
        ([own_node("own")], {"back": True}, "whom to go back to is not known"),
        (under_karpenter(), {"of": Manager.CLUSTER_AUTOSCALER}, "it manages no node"),
        (under_karpenter(), {"back": True, "of": Manager.NOBODY}, "--back --of nobody"),
        (under_karpenter(), {"back": True}, "there is no node of kubestow's"),
        ([node("a"), pod("p", "a")], {}, "all of its nodes stay for kubestow"),
        (
            [node("a"), pod("p", "a"), deployment("karpenter")],
            {},
            "no node of Karpenter moves: it has none",
        ),
        (under_karpenter(), {"keep_groups": True}, "Karpenter scales no node groups"),
        (under_autoscaler(), {"keep_groups": True, "back": True}, "no Deployment of kubestow"),
        (
            under_karpenter(),
            {"keep_groups": True, "back": True, "of": Manager.KARPENTER},
            "Karpenter scales no node groups",
        ),
    ],
)
def test_what_cannot_be_changed_over_is_an_error(
    items: list[Object], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as raised:
        adopted(items, **more)
    assert said in raised.value.message
    assert raised.value.hint


def scaled_by_kubestow(mode: str = "act") -> list[Object]:
    there = [item for item in under_autoscaler() if item["kind"] != "Deployment"]
    args = ("run", "--mode", mode, "--node-group", "workers")
    return [*there, deployment("cluster-autoscaler", replicas=0),
            deployment("kubestow-controller", "kubestow", args=args)]  # fmt: skip


def test_groups_that_are_kept_move_nothing_and_cost_the_same() -> None:
    found = adopted(under_autoscaler(), keep_groups=True)
    assert (found.of, found.moving, found.kept) == (
        Manager.CLUSTER_AUTOSCALER, (), ("system", "workers"),
    )  # fmt: skip
    assert (found.home, found.migration, found.offered) == (None, None, ())
    assert found.after == found.before
    assert rules(found) == ["home-scaled", "group-tags", "other-way"]
    kept = adopted(under_autoscaler(), keep_groups=True, keep="system")
    assert (kept.kept, kept.home and kept.home.nodes) == (("workers",), ("system-1",))


def test_with_two_managers_it_is_cluster_autoscalers_groups_that_are_kept() -> None:
    both = [*under_karpenter(), node("w-1"), deployment("cluster-autoscaler", replicas=1)]
    assert adopted(both).of is Manager.KARPENTER
    assert adopted(both, keep_groups=True).of is Manager.CLUSTER_AUTOSCALER


def test_the_way_back_keeps_the_groups_that_kubestow_was_given() -> None:
    found = adopted(scaled_by_kubestow(), back=True)
    assert (found.to, found.kept, found.moving) == (
        Manager.CLUSTER_AUTOSCALER, ("workers",), (),
    )  # fmt: skip
    owners = {group.group.name: group.manager for group in found.groups}
    assert owners == {
        "workers": Manager.KUBESTOW, "system": Manager.CLUSTER_AUTOSCALER,
    }  # fmt: skip
    assert rules(found) == []
    to_karpenter = adopted(scaled_by_kubestow(), back=True, of=Manager.KARPENTER)
    assert (to_karpenter.keeps_groups, to_karpenter.moving) == (False, ())


def test_a_dry_run_has_no_groups_yet() -> None:
    found = adopted(scaled_by_kubestow("dry-run"), keep_groups=True)
    assert {group.manager for group in found.groups} == {Manager.CLUSTER_AUTOSCALER}


def test_auto_mode_alone_cannot_be_adopted() -> None:
    auto = karpenter_node("auto")
    auto["metadata"]["labels"]["eks.amazonaws.com/compute-type"] = "auto"
    found = adopted([auto, pod("a", "auto")])
    assert found.moving == ()
    assert rules(found)[0] == "auto-mode"
    assert found.report.count("error")
