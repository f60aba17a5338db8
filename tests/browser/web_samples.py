"""A running cluster made by hand, as the views that the server of the web view answers with."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from kubestow.views.advice_view import (
    AdviceView,
    AdvisedView,
    FleetView,
    KeptNodeView,
    NodeKindView,
    WasteView,
)
from kubestow.views.cluster_view import (
    ClusterView,
    HourlyCostView,
    MinimumView,
    NodeRowView,
    PendingView,
    PodShareView,
    RequestedView,
    ReservedNodesView,
)
from kubestow.views.node_page_view import (
    EventView,
    NodeConditionView,
    NodePageView,
    PodPageView,
    PodRowView,
)
from kubestow.views.shared import LocalCostView, TaintView

START = datetime(2026, 11, 29, 7, 6, 40, tzinfo=UTC)
RATE, HOURS = 1391.5, 730
HOSTILE = "<img src=x onerror=alert(1)>\u202egpj.exe"
GIB = 2**30
SOURCES = ("ec2instances.info 2025-05-28", "Karpenter 1.15.1 price list 2026-07-20")
WAITING = "0/9 nodes are available: 9 Insufficient cpu. preemption: 0/9 nodes are available."


@dataclass(frozen=True)
class Kind:
    """An instance type in a pool."""

    group_kind: str
    group: str
    name: str
    cpu: int
    memory: int
    usd: float
    capacity: str = "on-demand"


KINDS = (
    Kind("managed node group", "workers", "m5.xlarge", 3920, int(14.4 * GIB), 0.236),
    Kind("NodePool", "batch", "c6g.2xlarge", 7910, int(14.6 * GIB), 0.308),
    Kind("NodePool", "spot", "m7i.large", 1930, int(6.9 * GIB), 0.0412, "spot"),
    Kind("", "", "t3.large", 1930, int(6.9 * GIB), 0.104),
)
APPS = ("shop/catalog", "shop/orders", "shop/payment", "shop/search", "batch/reports", "web/front")


def instant(ago: timedelta = timedelta()) -> str:
    return (START - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


def cost(usd: float) -> HourlyCostView:
    month = round(usd * HOURS, 6)
    won = LocalCostView(code="KRW", rate=RATE, per_month=float(round(month * RATE)))
    return HourlyCostView(usd_per_hour=round(usd, 6), usd_per_month=month, local=won)


def node(number: int) -> NodeRowView:
    kind = KINDS[(number * 7 // 3) % 4 if number % 11 else 0]
    name = f"ip-10-{number // 250}-{number % 250}-17.ap-northeast-2.compute.internal"
    pods = [
        PodShareView(
            pod=f"{APPS[(number + i) % 6]}-{number}-{i}",
            share=round(0.03 + 0.011 * ((number * 5 + i * 3) % 9), 4),
            bound=False,
        )
        for i in range(2 + (number * 7) % 13)
    ]
    pods += [
        PodShareView(pod=f"kube-system/node-agent-{number}", share=0.0128, bound=True),
        PodShareView(pod=f"logging/log-collector-{number}", share=0.0255, bound=True),
    ]
    share = min(0.98, sum(p.share for p in pods))
    cpu, memory = round(share * kind.cpu), round(0.7 * share * kind.memory)
    return NodeRowView(
        name=name,
        group_kind=kind.group_kind,
        group=kind.group,
        instance_type=kind.name,
        zone=f"ap-northeast-2{'abc'[number % 3]}",
        capacity_type=kind.capacity,
        usd_per_hour=None if number == 8 else kind.usd,
        created_at=instant(timedelta(hours=5 + number * 9 % 400, minutes=number)),
        status={3: "Ready,SchedulingDisabled", 5: "NotReady"}.get(number, "Ready"),
        cpu=RequestedView(requested=cpu, allocatable=kind.cpu, used=round(cpu * 0.42)),
        memory=RequestedView(
            requested=memory, allocatable=kind.memory, used=None if number == 7 else memory // 2
        ),
        share=round(share, 6),
        pods_max=58,
        pods=tuple(pods),
    )


def cluster(nodes: int = 12) -> ClusterView:
    rows = [node(number) for number in range(nodes)]
    if nodes > 9:
        rows[9] = replace(
            rows[9],
            pods=(PodShareView(pod=f"evil/{HOSTILE}", share=0.2, bound=False), *rows[9].pods[1:]),
        )
    unused = ReservedNodesView("m5-2026", "m5.xlarge", None, 3, 2, 0.01, 0.01, "contract")
    usd = sum(row.usd_per_hour or 0 for row in rows) + unused.unused_usd_per_hour
    least = round(usd / 1.3, 6)
    return ClusterView(
        reservations=(unused,),
        cluster="shop-prod",
        region="ap-northeast-2",
        at=instant(),
        cost=cost(usd),
        unpriced_nodes=1,
        pods=sum(len(row.pods) for row in rows),
        pending_pods=4,
        minimum=MinimumView(
            usd_per_hour=least,
            cheapest_usd_per_hour=round(least * 1.01, 6),
            gap=usd / least - 1,
            at=instant(),
        ),
        nodes=tuple(rows),
        pending=(
            PendingView(pods=("batch/reports-0",), message=WAITING, reason="NodeResourcesFit"),
            PendingView(
                pods=("shop/payment-0", "shop/payment-1", f"evil/{HOSTILE}"),
                message="0/9 nodes are available: 9 node(s) had untolerated taint(s).",
                reason="TaintToleration",
            ),
        ),
        price_sources=SOURCES,
        notes=(),
    )


def event(reason: str, message: str, *, warns: bool = False) -> EventView:
    return EventView(
        type="Warning" if warns else "Normal",
        reason=reason,
        message=message,
        count=3,
        at=instant(timedelta(minutes=12)),
        source="kubelet",
    )


def pod_row(pod: str, share: float, usd: float | None, *, bound: bool = False) -> PodRowView:
    return PodRowView(
        pod=pod,
        status="CrashLoopBackOff" if "payment" in pod else "Running",
        ready=0 if "payment" in pod else 1,
        containers=1,
        restarts=7 if "payment" in pod else 0,
        created_at=instant(timedelta(days=2, hours=3)),
        requests={"cpu": f"{round(share * 3920)}m", "memory": f"{round(share * 9000)}Mi"},
        used={"cpu": f"{round(share * 1500)}m", "memory": f"{round(share * 7000)}Mi"},
        bound=bound,
        usd_per_hour=None if usd is None else round(usd * share, 6),
    )


def node_page(row: NodeRowView) -> NodePageView:
    def condition(kind: str, status: str, reason: str, good: bool) -> NodeConditionView:
        since = instant(timedelta(days=3))
        message = f"kubelet has posted {reason}"
        return NodeConditionView(kind, status, good, reason, message, since)

    ready = "NotReady" not in row.status
    return NodePageView(
        at=instant(),
        node=row,
        instance_id="i-0abc000000000000",
        capacity={"cpu": "4", "ephemeral-storage": "20959212Ki", "memory": "16069384Ki",
                  "pods": "58"},
        allocatable={"cpu": f"{row.cpu.allocatable}m", "ephemeral-storage": "18181869946",
                     "memory": f"{row.memory.allocatable // 1024}Ki", "pods": "58"},
        requested={"cpu": f"{row.cpu.requested}m", "memory": f"{row.memory.requested // 2**20}Mi"},
        conditions=(
            condition("Ready", "True" if ready else "Unknown", "KubeletReady", ready),
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory", True),
            condition("DiskPressure", "True", "KubeletHasDiskPressure", False),
            condition("PIDPressure", "False", "KubeletHasSufficientPID", True),
        ),
        taints=(TaintView("dedicated", "shop", "NoSchedule"),),
        labels={
            "kubernetes.io/arch": "amd64",
            "node.kubernetes.io/instance-type": row.instance_type,
            "owner": HOSTILE,
            "topology.kubernetes.io/zone": row.zone,
        },
        annotations={"node.alpha.kubernetes.io/ttl": "0", "note": "two\nlines"},
        addresses=(("InternalIP", "10.0.0.17"),),
        system={"kubelet": "v1.34.2-eks-1", "operating system": "Amazon Linux 2023",
                "kernel": "6.1", "container runtime": "containerd://2.1"},
        pods=tuple(pod_row(p.pod, p.share, row.usd_per_hour, bound=p.bound) for p in row.pods),
        events=(
            event("NodeHasDiskPressure", "Node status is now: NodeHasDiskPressure", warns=True),
            event("Starting", "Starting kubelet."),
        ),
    )  # fmt: skip


def pod_page(key: str, view: ClusterView) -> PodPageView:
    row = next((row for row in view.nodes if any(p.pod == key for p in row.pods)), None)
    waits = next((item for item in view.pending if key in item.pods), None)
    shown = pod_row(key, 0.2, None if row is None else row.usd_per_hour)
    if row is None:
        shown = replace(shown, status="Pending", ready=0, used=None, restarts=0)
    return PodPageView(
        at=instant(),
        pod=shown,
        node="" if row is None else row.name,
        owner="Deployment orders",
        labels={"app": "orders", "evil": HOSTILE},
        message="" if row else "Unschedulable",
        pending=waits,
        events=(event("FailedScheduling", WAITING, warns=True),) if waits else (),
    )


def fleet(nodes: int, usd: float, *kinds: tuple[str, int]) -> FleetView:
    rows = tuple(NodeKindView(name, "on-demand", count) for name, count in kinds)
    return FleetView(nodes=nodes, cost=cost(usd), kinds=rows)


def waste(cause: str, usd: float) -> WasteView:
    return WasteView(cause=cause, usd_per_hour=usd, usd_per_month=usd * HOURS)


def advised(policy: str, view: ClusterView, *, saving: float, removes: int) -> AdvisedView:
    names = [row.name for row in view.nodes]
    return AdvisedView(
        policy=policy,
        reasons=("Underutilized",) if removes else (),
        removes=tuple(names[:removes]),
        launches=fleet(1, 0.154, ("c6g.xlarge", 1)) if removes else fleet(0, 0.0),
        evicted=tuple(p.pod for p in view.nodes[0].pods) if removes else (),
        saving_usd_per_hour=saving,
        saving_usd_per_month=saving * HOURS,
        after_seconds=15 if removes else 0,
        kept=(
            KeptNodeView(names[4], "a pod must not be disrupted", f"evil/{HOSTILE}"),
            KeptNodeView(names[6], "the budget of its NodePool allows no more", "10%"),
        ),
    )


def advice(view: ClusterView) -> AdviceView:
    usd = view.cost.usd_per_hour
    assert view.minimum is not None
    cheapest = view.minimum.cheapest_usd_per_hour
    total = round(usd - cheapest, 6)
    held = round(total * 0.3, 6)
    reachable = fleet(7, cheapest + held, ("m5.xlarge", 4), ("c6g.2xlarge", 3))
    empty, room = round(total * 0.2, 6), round(total * 0.35, 6)
    return AdviceView(
        cluster=view.cluster,
        region=view.region,
        at=instant(),
        nodes=len(view.nodes),
        unpriced_nodes=1,
        pods=view.pods,
        pending_pods=view.pending_pods,
        cost=view.cost,
        reservations=view.reservations,
        minimum=view.minimum,
        rung="L5",
        cheapest=fleet(6, cheapest, ("c5a.large", 3), ("c5a.4xlarge", 3)),
        reachable=reachable,
        saving=cost(usd - reachable.cost.usd_per_hour),
        spot=fleet(5, cheapest * 0.4, ("c7i.large", 5)),
        wastes=(
            waste("empty nodes", empty),
            waste("unused room", room),
            waste("kinds of nodes", total - empty - room),
            waste("cannot move", -held),
        ),
        daemon_sets=cost(usd * 0.038),
        unused_requests=cost(usd * 0.4),
        immovable=("batch/reports-0",),
        decisions=(
            advised("optimal", view, saving=0.21, removes=3),
            advised("karpenter", view, saving=0.08, removes=1),
            advised("cluster-autoscaler", view, saving=0.0, removes=0),
        ),
        rests=(),
        assumed_pools=("workers",),
        price_sources=SOURCES,
        notes=("2 pods are not managed by a controller: no policy moves them",),
    )
