"""Two hands, a hand that is not seen, and one that comes back are found; one alone is not."""

from tests.unit.live.objects import AT, Object

from kubestow.adoption.hands import judge
from kubestow.model.adoption import OWN_FINALIZER, Manager, ManagerObjects
from kubestow.model.finding import Finding

from .clusters import (
    STALE,
    claim,
    context_of,
    deployment,
    karpenter_node,
    lease,
    objects_of,
    own_node,
    under_karpenter,
)


def found(items: list[Object], **facts: object) -> dict[str, Finding]:
    return {item.rule: item for item in judge(context_of(items, **facts))}


def test_a_cluster_of_karpenter_alone_has_no_findings() -> None:
    assert found(under_karpenter()) == {}


def test_nodes_of_auto_mode_are_named_and_stop_it_only_where_there_are_no_others() -> None:
    auto = karpenter_node("auto")
    auto["metadata"]["labels"]["eks.amazonaws.com/compute-type"] = "auto"
    assert found(under_karpenter(auto))["auto-mode"].severity == "warning"
    assert found([auto])["auto-mode"].severity == "error"


def test_karpenter_in_a_namespace_that_run_does_not_look_at_is_an_error() -> None:
    there = [item for item in under_karpenter() if item["kind"] != "Deployment"]
    assert "karpenter-unseen" in found([*there, deployment("karpenter", "infra")])
    assert "karpenter-unseen" not in found([*there, deployment("karpenter", "karpenter")])


def test_a_lease_that_is_renewed_without_a_deployment_is_an_error() -> None:
    there = [item for item in under_karpenter() if item["kind"] not in ("Deployment", "Lease")]
    assert "karpenter-unseen" in found([*there, lease("karpenter-leader-election")])
    without_nodes = [item for item in there if item["metadata"]["name"] not in ("k-1", "k-2")]
    claimless = [item for item in without_nodes if item["kind"] != "NodeClaim"]
    assert (
        found([*claimless, lease("karpenter-leader-election", STALE)], of=Manager.NOBODY, moving=())
        == {}
    )


def test_karpenters_nodes_without_its_deployment_are_an_error_whatever_its_lease_shows() -> None:
    there = [item for item in under_karpenter() if item["kind"] not in ("Deployment", "Lease")]
    for items in (there, [*there, lease("karpenter-leader-election", STALE)]):
        assert found(items)["karpenter-unseen"].severity == "error"


def test_two_deployments_of_one_manager_are_two_hands() -> None:
    other = deployment("karpenter", "karpenter")
    assert "karpenter/karpenter" in found(under_karpenter(other))["two-hands"].reason
    off = deployment("karpenter", "karpenter", replicas=0)
    assert found(under_karpenter(off)) == {}


def test_a_manager_that_runs_beside_groups_that_nobody_scales_is_another_hand() -> None:
    reason = found(under_karpenter(), of=Manager.NOBODY, moving=())["two-hands"].reason
    assert "Karpenter is running" in reason


def test_a_nodeclaim_without_a_node_and_a_node_without_one_are_errors() -> None:
    coming = claim("general-c", "")
    assert "NodeClaim without a node" in found(under_karpenter(coming))["nodes-leaving"].reason
    bare = [item for item in under_karpenter() if item["kind"] != "NodeClaim"]
    assert "k-1, k-2 without a NodeClaim" in found(bare)["nodes-leaving"].reason


def test_nodeclaims_of_auto_mode_do_not_matter() -> None:
    coming = claim("auto", "", deletionTimestamp="2026-11-18T12:00:00Z")
    coming["spec"] = {"nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass"}}
    assert found(under_karpenter(coming)) == {}


def test_kubestow_and_karpenter_that_both_run_are_two_hands() -> None:
    assert "two-hands" in found(under_karpenter(lease("kubestow")))
    assert "two-hands" not in found(under_karpenter(lease("kubestow", STALE)))


def test_two_autoscalers_that_run_are_two_hands() -> None:
    other = deployment("cluster-autoscaler", replicas=1)
    assert "Cluster Autoscaler" in found(under_karpenter(other))["two-hands"].reason
    off = deployment("cluster-autoscaler", replicas=0)
    assert "two-hands" not in found(under_karpenter(off))


def test_a_deployment_of_argo_cd_comes_back() -> None:
    there = [item for item in under_karpenter() if item["kind"] != "Deployment"]
    labels = {"argocd.argoproj.io/instance": "karpenter"}
    assert (
        "Argo CD"
        in found([*there, deployment("karpenter", labels=labels)])["scaled-by-others"].reason
    )


def test_nodes_that_are_being_deleted_wait_for_their_manager() -> None:
    gone = karpenter_node("k-3", deletionTimestamp="2026-11-18T12:00:00Z")
    assert "k-3" in found(under_karpenter(gone))["nodes-leaving"].reason
    leaving = claim("general-c", "k-2", deletionTimestamp="2026-11-18T12:00:00Z")
    assert "k-2" in found(under_karpenter(leaving))["nodes-leaving"].reason


def test_nodes_of_kubestow_that_are_deleted_matter_on_the_way_back_alone() -> None:
    gone = own_node("own", deletionTimestamp="2026-11-18T12:00:00Z")
    assert found(under_karpenter(gone)) == {}
    there = [gone, deployment("kubestow-controller", "kubestow")]
    back = found(there, of=Manager.KUBESTOW, to=Manager.KARPENTER)
    assert OWN_FINALIZER in back["nodes-leaving"].reason


def test_what_may_not_be_read_is_told() -> None:
    objects = objects_of(under_karpenter(), unread=("NodeClaims may not be listed",))
    assert "NodeClaims" in found(under_karpenter(), objects=objects)["not-read"].reason


def test_files_do_not_show_a_lease_that_is_renewed_but_ready_pods() -> None:
    files = objects_of([deployment("karpenter", ready=0)], is_live=False)
    assert not files.runs(Manager.KARPENTER, AT)
    assert objects_of([deployment("karpenter")], is_live=False).runs(Manager.KARPENTER, AT)
    assert not ManagerObjects().runs(Manager.KARPENTER, AT)
