"""Why a pod cannot run, and the smallest change that lets it: tables whose rows are sentences."""

from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.explanation.explain import explain
from kubestow.model import labels as names
from kubestow.model.currency import Currency
from kubestow.model.explanation import Explanation, Remedy
from kubestow.model.nodepool import Networking, NodeClass
from kubestow.model.pod import Pod
from kubestow.model.resources import USD_PER_HOUR
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.report.explanation_text import render_explanation
from kubestow.report.table import Screen
from kubestow.testing import (
    GENERAL,
    affinity_term,
    catalog,
    instance_type,
    node,
    nodepool,
    pod,
    replicas,
    snapshot,
    spread,
)
from kubestow.views.explanation_view import explanation_view
from kubestow.views.settings import Settings

BATCH = Taint("team", "batch", "NoSchedule")
ARM = catalog(*GENERAL, (instance_type("m6g.large", 2, 8, architecture="arm64"), 0.077), spot=0.3)
AMD64 = (names.ARCH, "In", ["amd64"])
ON_DEMAND = (names.CAPACITY_TYPE, "In", ["on-demand"])


def explained(given: Snapshot, position: int = 0) -> Explanation:
    return explain(given, engine.plan(given), position)


def told(remedy: Remedy) -> str:
    """Write a remedy as a sentence."""
    changes = " and ".join(
        " ".join(
            part
            for part in (c.kind, c.nodepool, c.subject, c.before, "->" if c.after else "", c.after)
            if part
        )
        for c in remedy.changes
    )
    where = "existing" if remedy.place.existing else "planned" if remedy.place.planned else "new"
    cost = remedy.extra_nano_usd_per_hour / 10**9
    article = "an" if where == "existing" else "a"
    return f"{changes}: {cost:.3f} USD/h on {article} {where} node"


def requires(*expressions: SelectorRequirement) -> tuple[NodeSelectorTerm, ...]:
    return (NodeSelectorTerm(expressions),)


IN_ZONE_X = SelectorRequirement(names.ZONE, "In", ("zone-x",))
ON_GPU = SelectorRequirement("gpu", "Exists")
WANTS_ARM = pod("a", node_selector=((names.ARCH, "arm64"),))


def case(*pods: Pod, **cluster: object) -> Snapshot:
    return snapshot(pods, **cluster)  # type: ignore[arg-type] # a table of keyword arguments


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            case(pod("a", cpu="20")),
            ["LowerRequest cpu 20 -> 15890m: 0.768 USD/h on a new node"],
            id="a request larger than any node is lowered to the largest",
        ),
        pytest.param(
            case(
                pod("a", cpu="3", node_selector=(("team", "batch"),)),
                nodes=(node("n", labels={"team": "batch"}, taints=[BATCH]),),
            ),
            [
                "TolerateTaint team=batch:NoSchedule -> toleration of team=batch:NoSchedule: "
                "0.000 USD/h on an existing node",
                "DropNodeSelector team team=batch: 0.170 USD/h on a new node",
            ],
            id="a taint of an existing node is tolerated for nothing, or the selector dropped",
        ),
        pytest.param(
            case(pod("a"), nodepools=(nodepool("p", taints=(BATCH,)),)),
            [
                "TolerateTaint team=batch:NoSchedule -> toleration of team=batch:NoSchedule: "
                "0.096 USD/h on a new node"
            ],
            id="a taint of a NodePool is tolerated",
        ),
        pytest.param(
            case(pod("a", node_affinity=requires(IN_ZONE_X))),
            [
                "DropNodeAffinity topology.kubernetes.io/zone "
                "topology.kubernetes.io/zone In [zone-x]: 0.096 USD/h on a new node"
            ],
            id="the only expression of required node affinity is dropped",
        ),
        pytest.param(
            case(pod("a", node_affinity=requires(IN_ZONE_X, ON_GPU))),
            [
                "DropNodeAffinity topology.kubernetes.io/zone "
                "topology.kubernetes.io/zone In [zone-x] and "
                "DropNodeAffinity gpu gpu Exists: 0.096 USD/h on a new node"
            ],
            id="of two expressions both have to go",
        ),
        pytest.param(
            case(WANTS_ARM, nodepools=(nodepool("p", AMD64, ON_DEMAND),), catalog_of=ARM),
            [
                "AllowInNodePool p kubernetes.io/arch kubernetes.io/arch In [amd64] -> "
                "kubernetes.io/arch In [amd64, arm64]: 0.077 USD/h on a new node",
                "DropNodeSelector kubernetes.io/arch kubernetes.io/arch=arm64: "
                "0.096 USD/h on a new node",
            ],
            id="an architecture is allowed in the NodePool, or not asked for",
        ),
        pytest.param(
            case(
                pod("a", node_selector=((names.CAPACITY_TYPE, "spot"),)),
                nodepools=(nodepool("p", AMD64, ON_DEMAND),),
                catalog_of=ARM,
            ),
            [
                "AllowInNodePool p karpenter.sh/capacity-type "
                "karpenter.sh/capacity-type In [on-demand] -> "
                "karpenter.sh/capacity-type In [on-demand, spot]: 0.029 USD/h on a new node",
                "DropNodeSelector karpenter.sh/capacity-type karpenter.sh/capacity-type=spot: "
                "0.096 USD/h on a new node",
            ],
            id="a capacity type is allowed in the NodePool",
        ),
        pytest.param(
            case(
                pod("a", cpu="3"),
                nodepools=(nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"])),),
            ),
            [
                "LowerRequest cpu 3 -> 1930m: 0.096 USD/h on a new node",
                "AllowInNodePool p node.kubernetes.io/instance-type "
                "node.kubernetes.io/instance-type In [m5.large] -> "
                "node.kubernetes.io/instance-type In [c5.xlarge, m5.large]: "
                "0.170 USD/h on a new node",
            ],
            id="the cheapest instance type that carries the pod is allowed",
        ),
        pytest.param(
            case(
                pod("a", node_selector=((names.ZONE, "zone-b"),)),
                nodepools=(nodepool("p", (names.ZONE, "NotIn", ["zone-b"])),),
            ),
            [
                "DropNodeSelector topology.kubernetes.io/zone topology.kubernetes.io/zone=zone-b: "
                "0.096 USD/h on a new node",
                "AllowInNodePool p topology.kubernetes.io/zone "
                "topology.kubernetes.io/zone NotIn [zone-b] -> "
                "topology.kubernetes.io/zone Exists: 0.096 USD/h on a new node",
            ],
            id="a zone that the NodePool leaves out is let in",
        ),
        pytest.param(
            case(pod("a"), nodepools=(nodepool("p", limits=(("cpu", 1000),)),)),
            ["RaiseNodePoolLimit p cpu 1 -> 2: 0.096 USD/h on a new node"],
            id="a NodePool's limit is raised to what the node needs",
        ),
        pytest.param(
            case(
                pod("a", labels={"app": "a"}, affinity=(affinity_term(names.ZONE, app="b"),)),
            ),
            [
                "RelaxPodAffinity topology.kubernetes.io/zone "
                "required: app In [b] over topology.kubernetes.io/zone -> preferred: "
                "0.096 USD/h on a new node"
            ],
            id="affinity to pods that are nowhere becomes a preference",
        ),
        pytest.param(
            case(
                *replicas(
                    4, "a", labels={"app": "a"}, anti_affinity=(affinity_term(names.ZONE, app="a"),)
                )
            ),
            [
                "RelaxPodAntiAffinity topology.kubernetes.io/zone "
                "required: app In [a] over topology.kubernetes.io/zone -> preferred: "
                "-0.192 USD/h on a planned node"
            ],
            id="anti-affinity over fewer zones than replicas becomes a preference",
        ),
        pytest.param(
            case(
                pod("a", cpu="3", node_selector=(("team", "batch"),)),
                nodes=(node("n", "2", labels={"team": "batch"}, taints=[BATCH]),),
                nodepools=(nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"])),),
            ),
            [
                "LowerRequest cpu 3 -> 2 and TolerateTaint team=batch:NoSchedule -> "
                "toleration of team=batch:NoSchedule: 0.000 USD/h on an existing node",
                "LowerRequest cpu 3 -> 1930m and DropNodeSelector team team=batch: "
                "0.096 USD/h on a new node",
                "DropNodeSelector team team=batch and "
                "AllowInNodePool p node.kubernetes.io/instance-type "
                "node.kubernetes.io/instance-type In [m5.large] -> "
                "node.kubernetes.io/instance-type In [c5.xlarge, m5.large]: "
                "0.170 USD/h on a new node",
            ],
            id="where one change is not enough, every pair that is",
        ),
        pytest.param(
            case(
                pod("a", cpu="3", node_selector=(("team", "x"), ("disk", "y"))),
                nodepools=(
                    nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"]), taints=(BATCH,)),
                ),
            ),
            [],
            id="four changes at once are not looked for",
        ),
    ],
)
def test_the_smallest_change_that_lets_a_pod_run(given: Snapshot, expected: list[str]) -> None:
    found = explained(given, len(given.cluster.pods) - 1)
    assert found.status == "Unschedulable"
    assert [told(remedy) for remedy in found.remedies] == expected


def test_a_search_without_success_says_what_was_tried() -> None:
    wrong = tuple((f"k{n}", "v") for n in range(4))
    found = explained(case(pod("a", node_selector=wrong)))
    assert found.remedies == ()
    assert found.trials.kinds == ("DropNodeSelector",)
    assert (found.trials.size_max, found.trials.combinations, found.trials.plans) == (3, 14, 0)


def test_three_changes_are_found_where_two_are_not_enough() -> None:
    wrong = tuple((f"k{n}", "v") for n in range(3))
    (remedy,) = explained(case(pod("a", node_selector=wrong))).remedies
    assert [change.before for change in remedy.changes] == ["k0=v", "k1=v", "k2=v"]


def test_what_kube_scheduler_says_over_the_existing_nodes() -> None:
    nodes = [node(f"t{n}", taints=[BATCH]) for n in range(6)] + [
        node(f"s{n}", "1") for n in range(3)
    ]
    view = explained(case(pod("a", cpu="20"), nodes=tuple(nodes))).scheduler
    assert view is not None
    assert view.message == (
        "0/9 nodes are available: 3 Insufficient cpu, 6 node(s) had untolerated taint(s)."
    )
    assert view.filters == (("TaintToleration", 6), ("NodeResourcesFit", 3))


def test_nodes_that_are_feasible_are_counted_and_the_best_named() -> None:
    found = explained(case(pod("a"), nodes=(node("big"), node("small", "1"), node("t", "0"))))
    assert found.status == "Planned"
    assert found.scheduler is not None
    assert (found.scheduler.feasible, found.scheduler.best) == (2, ("big",))


def test_the_nearest_miss_is_told_in_numbers() -> None:
    found = explained(case(pod("a", cpu="20")))
    assert found.nearest is not None
    assert found.nearest.place.instance_type == "m5.4xlarge"
    (item,) = found.nearest.shortfalls
    assert (item.requested, item.available, item.short) == (20_000, 15_890, 4_110)


def test_a_limit_can_be_the_nearest_miss() -> None:
    found = explained(case(pod("a"), nodepools=(nodepool("p", limits=(("cpu", 1000),)),)))
    assert found.nearest is not None
    assert found.nearest.refused_by == ("NodePoolLimits",)
    (item,) = found.nearest.shortfalls
    assert (item.requested, item.available) == (2000, 1000)


def test_a_change_concerns_all_pods_of_the_workload_and_so_does_its_price() -> None:
    found = explained(case(*replicas(3, "web", cpu="20"), pod("b", cpu="20", memory="1Gi")))
    assert (found.replicas, found.replicas_unschedulable) == (3, 3)
    (remedy,) = found.remedies
    assert (remedy.pods, remedy.extra_nano_usd_per_hour) == (3, 3 * 768_000_000)


def test_other_pods_that_a_raised_limit_lets_in_are_counted() -> None:
    pools = (nodepool("p", limits=(("cpu", 1000),)),)
    others = replicas(2, "b", cpu="1500m")
    found = explained(case(pod("a", cpu="1500m", labels={"app": "a"}), *others, nodepools=pools))
    raised = [r for r in found.remedies if r.changes[0].kind == "RaiseNodePoolLimit"]
    assert raised[0].others == 2


def test_replicas_that_run_are_told_from_those_that_do_not() -> None:
    there = tuple(replace(p, node_name="n") for p in replicas(2, "web", cpu="1500m"))
    given = case(
        *there,
        pod("web-2", cpu="1500m"),
        nodes=(node("n"),),
        nodepools=(nodepool("p", (names.ARCH, "In", ["none"])),),
    )
    found = explained(given, 2)
    remedy = found.remedies[0]
    assert (remedy.pods, remedy.running) == (3, 2)


@pytest.mark.parametrize(
    ("refused", "constraint"),
    [
        (pod("a", scheduling_gates=("example.com/wait",)), "SchedulingGates"),
        (pod("a", unsupported=("resource claims",)), "NotSupported"),
        (pod("a", claims=("none",)), "VolumeBinding"),
        (replace(pod("a"), rejected="over the LimitRange"), "Admission"),
    ],
)
def test_what_no_change_can_mend_is_named_and_not_tried(refused: Pod, constraint: str) -> None:
    found = explained(case(refused, nodes=(node("n"),)))
    assert found.obstacle is not None
    assert found.obstacle.constraint == constraint
    assert found.obstacle.hint
    assert (found.remedies, found.trials.plans) == ((), 0)


def test_a_pod_that_is_fine_has_a_place_and_a_share_of_its_price() -> None:
    found = explained(case(pod("a", cpu="965m")))
    assert found.status == "Planned"
    assert found.share is not None
    assert (found.share.resource, found.share.nano_usd_per_hour) == ("cpu", 48_000_000)
    assert found.remedies == ()


def test_a_bound_pod_runs_where_it_is_bound() -> None:
    found = explained(case(pod("a", node="n"), nodes=(node("n"),)))
    assert found.status == "Running"
    assert found.place is not None
    assert (found.place.node, found.place.existing) == ("n", True)


def test_nobody_is_told_to_tolerate_a_node_that_is_not_ready() -> None:
    taint = Taint("node.kubernetes.io/not-ready", "", "NoSchedule")
    given = case(
        pod("a", tolerations=(Toleration("x", "Exists"),), cpu="3"),
        nodes=(node("n", taints=[taint]),),
        nodepools=(nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"])),),
    )
    assert "TolerateTaint" not in explained(given).trials.kinds


def test_the_same_input_gives_the_same_explanation() -> None:
    given = case(*replicas(4, "a", cpu="20", labels={"app": "a"}, spread=(spread(names.ZONE),)))
    assert explained(given) == explained(given)


def test_a_limit_in_dollars_is_told_in_dollars() -> None:
    limits = ((USD_PER_HOUR, 50_000_000),)
    found = explained(case(pod("a"), nodepools=(nodepool("p", limits=limits),)))
    assert [told(remedy) for remedy in found.remedies] == [
        f"RaiseNodePoolLimit p {USD_PER_HOUR} 0.05 -> 0.1: 0.096 USD/h on a new node"
    ]
    assert found.nearest is not None
    (item,) = found.nearest.shortfalls
    assert (item.requested, item.available) == (96_000_000, 50_000_000)
    settings = Settings(NodeClass(), Networking(), Currency("USD", 1.0), 730.0)
    view = explanation_view(found, "a", (), settings)
    text = render_explanation(view, Screen())
    assert f"{USD_PER_HOUR}: 0.096 requested, 0.05 left under the NodePool's limit: 0.046" in text
    assert f"raise limits.{USD_PER_HOUR} of NodePool p from 0.05 to 0.1" in text
