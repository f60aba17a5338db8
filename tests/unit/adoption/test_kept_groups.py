"""Groups that stay: what kubestow cannot scale, does otherwise, or does not see is found."""

from typing import Any

import pytest
from tests.unit.live.objects import Object, node, pod

from kubestow.adoption.kept_groups import judge
from kubestow.model.adoption import Manager
from kubestow.model.finding import Finding

from .clusters import GENERAL, context_of, deployment, own_node, under_autoscaler

QUIET = {"group-tags", "other-way"}
WEB = "eks-web-0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f"


def found(items: list[Object], **facts: Any) -> dict[str, Finding]:
    given = {"of": Manager.CLUSTER_AUTOSCALER, "moving": (), "keeps_groups": True,
             "kept": ("system", "workers")} | facts  # fmt: skip
    return {item.rule: item for item in judge(context_of(items, **given))}


def autoscaler(*args: str) -> Object:
    return deployment("cluster-autoscaler", replicas=1, args=args)


def only_nodes(*more: Object) -> list[Object]:
    return [*(item for item in under_autoscaler() if item["kind"] != "Deployment"), *more]


def test_groups_of_one_zone_found_by_tags_have_notes_alone() -> None:
    told = found(under_autoscaler())
    assert set(told) == QUIET
    assert "system, workers" in told["group-tags"].reason
    assert {item.severity for item in told.values()} == {"info"}


def test_where_groups_are_left_only_that_they_can_stay_is_told() -> None:
    told = found(under_autoscaler(), keeps_groups=False, kept=())
    assert list(told) == ["other-way"]
    assert "--keep-groups" in told["other-way"].fix
    assert found(under_autoscaler(), keeps_groups=False, of=Manager.NOBODY) == {}


def test_a_group_that_is_not_of_eks_is_an_error() -> None:
    own = node("own-1")
    labels = own["metadata"]["labels"]
    del labels["eks.amazonaws.com/nodegroup"]
    labels["alpha.eksctl.io/nodegroup-name"] = "old"
    told = found(under_autoscaler(own))["group-not-managed"]
    assert (told.severity, told.subject.name) == ("error", "old")


def test_an_auto_scaling_group_that_names_no_node_group_is_told() -> None:
    told = found(only_nodes(autoscaler(f"--nodes=0:4:{WEB}", "--nodes=0:4:mine")))
    assert told["group-not-managed"].subject.name == "mine"
    assert told["group-not-managed"].severity == "warning"


def test_groups_that_cluster_autoscaler_does_not_scale_stay_as_they_are() -> None:
    told = found(only_nodes(autoscaler("--nodes=1:4:workers")), kept=("workers",))
    assert "without system" in told["group-not-covered"].reason
    assert "group-tags" not in told


def zoned(name: str, zone: str) -> Object:
    made = node(name)
    made["metadata"]["labels"]["topology.kubernetes.io/zone"] = zone
    return made


def test_zones_matter_where_pods_have_volumes_or_are_spread() -> None:
    other = zoned("w-3", "us-east-1b")
    assert "group-zones" not in found(under_autoscaler(other))
    stored = pod("db-0", "w-3")
    stored["spec"]["volumes"] = [{"name": "d", "persistentVolumeClaim": {"claimName": "d"}}]
    assert "shop/db-0" in found(under_autoscaler(other, stored))["group-zones"].reason
    assert "group-zones" not in found(under_autoscaler(zoned("w-3", "us-east-1a"), stored))
    spread = pod("api-0", "w-3")
    spread["spec"]["topologySpreadConstraints"] = [
        {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
         "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}
    ]  # fmt: skip
    assert "us-east-1a, us-east-1b" in found(under_autoscaler(other, spread))["group-zones"].reason


@pytest.mark.parametrize(
    "key", ["cluster-autoscaler.kubernetes.io/scale-down-disabled", "karpenter.sh/do-not-disrupt"]
)
def test_nodes_with_an_annotation_stay(key: str) -> None:
    kept = node("w-3")
    kept["metadata"]["annotations"] = {key: "true"}
    told = found(under_autoscaler(kept))["node-protected"]
    assert (told.subject.name, told.field) == ("w-3", f"metadata.annotations.{key}")
    kept["metadata"]["annotations"] = {key: "false"}
    assert "node-protected" not in found(under_autoscaler(kept))


@pytest.mark.parametrize(
    ("argument", "is_unseen"),
    [
        ("--leader-elect-resource-name=mine", True),
        ("--namespace=infra", True),
        ("--leader-elect=false", True),
        ("--namespace=kube-system", False),
        ("--leader-elect=true", False),
    ],
)
def test_a_lease_that_kubestow_does_not_look_at_is_told(argument: str, is_unseen: bool) -> None:
    assert ("autoscaler-unseen" in found(only_nodes(autoscaler(argument)))) == is_unseen


def test_without_scale_down_consolidation_is_told() -> None:
    assert "scale-down-differs" in found(only_nodes(autoscaler("--scale-down-enabled=false")))
    assert "scale-down-differs" not in found(only_nodes(autoscaler("--scale-down-enabled=true")))


def test_nodepools_beside_the_groups_are_told() -> None:
    assert "general" in found(under_autoscaler(*GENERAL))["nodepools-beside"].reason


def test_no_group_is_an_error() -> None:
    assert found(under_autoscaler(), kept=())["no-groups"].severity == "error"


def test_nodes_that_kubestow_launched_itself_stop_the_way_back() -> None:
    back = {"of": Manager.KUBESTOW, "to": Manager.CLUSTER_AUTOSCALER}
    assert found(under_autoscaler(), **back) == {}
    told = found(under_autoscaler(own_node("own-1")), **back)
    assert list(told) == ["own-nodes-left"]
    assert "own-1" in told["own-nodes-left"].reason
