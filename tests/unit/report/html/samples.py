"""Plans and comparisons made by hand, for the pages that show them."""

from collections.abc import Iterable

from kubestow.model.currency import Currency
from kubestow.model.instance_type import Price
from kubestow.model.option import (
    CannotRun,
    Comparison,
    ComputeOption,
    CostPart,
    FleetLine,
    Operation,
    OptionDescription,
)
from kubestow.model.placements import KUBE_SCHEDULER, placements_of
from kubestow.model.plan import (
    LowerBound,
    Plan,
    PlannedNode,
    Reason,
    Rehearsed,
    Unschedulable,
)
from kubestow.model.pod import Pod
from kubestow.model.resources import amounts
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.testing import catalog, daemonset, instance_type, pod, replicas
from kubestow.views.comparison_view import ComparisonView, comparison_view
from kubestow.views.plan_view import PlanView, plan_view, timing_view
from kubestow.views.settings import Settings

GIB = 2**30
HOSTILE = "<script>document.title='taken'</script>"


def planned_node(
    name: str, pods: Iterable[str], zone: str = "zone-a", kind: str = "m.large", *,
    usd: float = 0.1, estimate: bool = False, existing: bool = False,
) -> PlannedNode:  # fmt: skip
    """Return a node with 1,900m of cpu, 6 GiB and 20 pod slots for pods, and one DaemonSet pod."""
    return PlannedNode(
        name, "pool", kind, zone, "on-demand", Price(round(usd * 10**9), "a list of 2026-01-02",
        is_estimate=estimate), (), (), amounts({"cpu": 1900, "memory": 6 * GIB, "pods": 20}),
        tuple(pods), (f"kube-system/agent-{name}",), existing=existing,
    )  # fmt: skip


def snapshot(pods: tuple[Pod, ...]) -> Snapshot:
    """Return the pods, a DaemonSet of 100m and 128 MiB, and m.large of 2 vCPU and 8 GiB."""
    cluster = Cluster(pods=pods, daemonsets=(daemonset("agent"),), assumptions=("a thing assumed",))
    types = catalog((instance_type("m.large", 2, 8), 0.1), (instance_type("m.xlarge", 4, 16), 0.2))
    return Snapshot(cluster, types)


def small() -> tuple[PlanView, Snapshot]:
    """Return 3 like nodes, an estimated one in zone-b, and a pod that cannot run.

    The bound is 0.4 of 0.5 USD/h: a gap of 25 %.
    """
    web, database = replicas(6, "web", "500m", "1Gi"), replicas(1, "database", "1", "4Gi")
    hostile = pod(HOSTILE, "100m", "1Gi", namespace="shop")
    huge = replicas(2, "huge", "64")
    nodes = [planned_node(f"pool-{n}", [web[2 * n].key, web[2 * n + 1].key]) for n in range(3)]
    nodes.append(
        planned_node("pool-3", [database[0].key, hostile.key], "zone-b", usd=0.2, estimate=True)
    )
    reason = Reason(
        "NodeResourcesFit", 6,
        {"resource": "cpu", "requested": "64", "largestAvailable": "3900m", "hint": "<b>hint</b>"},
    )  # fmt: skip
    nearest = {
        "node": "", "instanceType": "m.xlarge", "zone": "zone-a", "short": {"cpu": "60100m"},
        "refusedBy": [],
    }  # fmt: skip
    plan = Plan(
        "test-1", tuple(nodes),
        tuple(Unschedulable(item.key, (reason,), nearest) for item in huge),
        LowerBound(400_000_000, "L2"), ("a thing assumed",), rehearsed=Rehearsed(12, 0),
    )  # fmt: skip
    found = snapshot((*web, *database, hostile, *huge))
    timing = timing_view(0.1, 0.2, 0.3)
    both = placements_of(plan, plan, KUBE_SCHEDULER)
    return plan_view(plan, found, Settings(), placements=both, timing=timing), found


def large(nodes: int, each: int) -> tuple[PlanView, Snapshot]:
    """Return so many nodes of so many pods, no two alike, of 400 workloads."""
    pods, planned = [], []
    for number in range(nodes):
        names = [(number * (k + 1) + k * 37) % 400 for k in range(each)]
        own = [pod(f"service-{w:03d}-{number * each + k}", "50m") for k, w in enumerate(names)]
        pods += own
        zone = f"zone-{'abc'[number % 3]}"
        planned.append(planned_node(f"pool-{number:05d}", [p.key for p in own], zone))
    plan = Plan("test-1", tuple(planned), (), LowerBound(1, "L1"), rehearsed=None)
    found = snapshot(tuple(pods))
    alone = placements_of(plan, None, KUBE_SCHEDULER)
    return plan_view(plan, found, Settings(), placements=alone), found


def option(
    name: str, instances: float, pods: int = 10, *, stranded: int | None = 0, fee: float = 0,
    bounded: bool = True, cannot_run: tuple[CannotRun, ...] = (),
) -> ComputeOption:  # fmt: skip
    """Return an option of 2 nodes in zone-a, with a control plane of 0.1 USD/h."""
    usd = round(instances * 10**9)
    each = FleetLine("m.large", "zone-a", "on-demand", 2, pods, usd // 2, 8, (0.25, 0.125))
    costs = [CostPart("instances", "instances", usd, "a list of 2026-01-02", in_minimum=True)]
    if fee:
        costs.append(CostPart("fees", "a fee", round(fee * 10**9), "a guess", is_estimate=True))
    costs.append(CostPart("control plane", "EKS cluster", 10**8, "a bill"))
    work = Operation(f"{name} patches", f"{name} starts", f"{name} ends")
    return ComputeOption(
        OptionDescription(name, f"The {name}", work, (f"a note on {name}",), bounded),
        (each,) if usd else (),
        tuple(costs),
        cannot_run,
        pods,
        stranded,
    )


def compared() -> ComparisonView:
    """Return 5 options of 10 pods in KRW at 1,000 a USD, in the wrong order.

    The bound is 0.1 of the planned 0.12 USD/h: 20 % over it. The cheapest leave pods out.
    """
    bars_all = CannotRun(tuple(f"shop/{HOSTILE}-{n}" for n in range(14)), "", "<b>no machine</b>")
    bars_some = CannotRun(("shop/a", "shop/b", "shop/c"), "spec.volumes[]", "no EBS there")
    options = (
        option("nothing", 0, 0, stranded=None, bounded=False, cannot_run=(bars_all,)),
        option("fargate", 0.05, 7, stranded=None, bounded=False, cannot_run=(bars_some,)),
        option("tight", 0.11, stranded=2),
        option("managed", 0.15, stranded=None, fee=0.02, bounded=False),
        option("planned", 0.12),
    )
    found = Comparison(options, LowerBound(100_000_000, "L2"), 10, ("a thing assumed",))
    settings = Settings(currency=Currency("KRW", 1000.0))
    return comparison_view(found, "test-1", ("a list of 2026-01-02",), settings)
